import { test } from "uvu";
import * as assert from "uvu/assert";
import { isRelease } from "../../../src/kernel/release.ts";

test("a release is compared by its numbers", () => {
  for (const release of ["6.5.0", "6.18.4-amd64\n", "7.0-rc1", "10.0"]) assert.ok(isRelease(release, [6, 5]), release);
  for (const release of ["6.4.99", "6.1.0-28-amd64", "5.15", "", "mine", "6"]) assert.not.ok(isRelease(release, [6, 5]), release);
});

test.run();
