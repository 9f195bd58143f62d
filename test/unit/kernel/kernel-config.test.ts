import { test } from "uvu";
import * as assert from "uvu/assert";
import { configured, parseFilesystems } from "../../../src/kernel/kernel-config.ts";

const config = "CONFIG_EROFS_FS=y\nCONFIG_OVERLAY_FS=m\n# CONFIG_EROFS_FS_ZIP is not set\n";

test("an option is built in, a module, left out or not known", () => {
  assert.is(configured(config, "CONFIG_EROFS_FS"), true);
  assert.is(configured(config, "CONFIG_OVERLAY_FS"), true);
  assert.is(configured(config, "CONFIG_EROFS_FS_ZIP"), false);
  assert.is(configured(config, "CONFIG_EROFS"), null);
});

test("file systems, with and without a device", () => {
  assert.equal(parseFilesystems("nodev\toverlay\n\terofs\n"), ["overlay", "erofs"]);
});

test.run();
