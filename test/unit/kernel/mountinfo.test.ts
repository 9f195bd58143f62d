import { readFileSync } from "node:fs";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { isBelow, locate, option, parseMountinfo, stacked } from "../../../src/kernel/mountinfo.ts";
import { escapeOctal } from "../../../src/model/assembly.ts";

const capture = (name: string) => readFileSync(`test/unit/kernel/captures/${name}.txt`, "utf8");
const environment = parseMountinfo(capture("linux-6.18-mountinfo-environment"));
const host = parseMountinfo(capture("linux-6.1-mountinfo-v2"));

test("every line of a captured table is understood", () => {
  for (const name of ["linux-6.18-mountinfo-environment", "linux-6.18-mountinfo-hybrid", "linux-6.1-mountinfo-v2"]) {
    const text = capture(name);
    assert.equal(
      parseMountinfo(text)
        .map(({ line }) => `${line}\n`)
        .join(""),
      text,
    );
  }
});

test("one line, field by field", () => {
  assert.equal(environment[1], {
    ...{ id: 84, parent: 83, device: "254:0", root: "/home/me/data/volumes/t.data", target: "/data" },
    ...{ options: ["rw", "nosuid", "nodev", "relatime", "idmapped"], propagation: [], fstype: "ext4", source: "/dev/vda" },
    superOptions: ["rw", "discard", "resv_strict", "resuid=65534", "resgid=65534"],
    line: environment[1]?.line,
  });
  assert.equal(host[0]?.propagation, ["shared:7"]);
});

test("what the kernel escapes comes back as it was", () => {
  assert.equal([host.at(-1)?.root, host.at(-1)?.target], ["/me/shared files", "/home/me/with\ttab\\"]);
  assert.ok(environment.some(({ target }) => target === "/with space"));
  const there = (source: string) => parseMountinfo(`1 2 0:1 / ${escapeOctal(source)} rw - tmpfs tmpfs rw`)[0]?.target;
  for (const text of ["/plain", "/a b\tc\nd\\e#f", "/\\040"]) assert.is(there(text), text);
});

test("mounts of one target lie as their parents say, in whatever order they are listed", () => {
  const [upper, lower, root] = parseMountinfo(
    "63 66 0:5 / /t rw - tmpfs upper rw\n66 43 0:6 / /t rw - tmpfs lower rw\n43 1 0:4 / / rw - tmpfs root rw\n",
  );
  if (upper === undefined || lower === undefined || root === undefined) throw new Error("not parsed");
  for (const lines of [
    [upper, lower],
    [lower, upper],
  ])
    assert.equal(
      stacked(lines).map(({ source }) => source),
      ["lower", "upper"],
    );
  assert.equal(locate([upper, lower, root], "/t/x"), { device: "0:5", root: "/x" });
  assert.equal(locate([root, lower, upper], "/t/x"), { device: "0:5", root: "/x" });
});

test("lines that are none are left out", () => {
  assert.equal(parseMountinfo(""), []);
  assert.equal(parseMountinfo("garbage\n1 2 0:1 / /a rw\n1 2 0:1 / /a rw -\n"), []);
});

test("options by their name", () => {
  assert.is(option(["rw", "size=64k", "size=1k"], "size"), "64k");
  assert.is(option(["rw", "resize=1"], "size"), null);
});

test("where a path lies, as a bind of it will show", () => {
  assert.equal(locate(host, "/home/me/site"), { device: "254:2", root: "/me/site" });
  assert.equal(locate(host, "/home"), { device: "254:2", root: "/" });
  assert.equal(locate(host, "/homes"), { device: "254:1", root: "/homes" });
  assert.equal(locate(host, "/"), { device: "254:1", root: "/" });
  assert.equal(locate(host, "/home/me/with\ttab\\/x"), { device: "254:2", root: "/me/shared files/x" });
  assert.is(locate([], "/"), null);
});

test("below is at or inside, never only the same beginning", () => {
  assert.equal([isBelow("/a", "/a"), isBelow("/a", "/a/b"), isBelow("/a", "/ab"), isBelow("/", "/x")], [true, true, false, true]);
});

test.run();
