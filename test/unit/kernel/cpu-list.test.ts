import { test } from "uvu";
import * as assert from "uvu/assert";
import { formatCpuList, parseCpuList } from "../../../src/kernel/cpu-list.ts";

test("the same processors are the same list, however they are written", () => {
  for (const text of ["0-1,3", "3,1,0\n", "0,0-1,3", "0-1,3-3"]) assert.is(formatCpuList(parseCpuList(text) ?? []), "0-1,3");
  assert.is(formatCpuList(parseCpuList("\n") ?? [9]), "");
});

test("what is no list is none", () => {
  for (const text of ["a", "1-", "-1", "2-1", "1,,2", "1 2", "123456"]) assert.is(parseCpuList(text), null, text);
});

test.run();
