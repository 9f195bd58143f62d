import { test } from "uvu";
import * as assert from "uvu/assert";
import { root } from "../../../src/resources/root.ts";
import { factsOf } from "../../support/root-build.ts";
import { sampleScope } from "../../support/sample-scope.ts";

const keeper = { pid: 7, start: "1", assembled: true, parent: 1, base: 0x70000000 };
const digest = "0123456789abcdef".repeat(4);

/** What mountinfo says of /, by device, path in the file system, type, source and options of the superblock. */
function seen(device: string, path: string, rest: string) {
  const facts = factsOf({ "keeper/mountinfo": `21 20 ${device} ${path} / ro,nodev,relatime - ${rest}\n` });
  const state = root.have({ ...sampleScope(), keeper }, facts).get("/");
  return [state?.layer, state?.overlay];
}

test("a root is told by its digest, in whatever form it is mounted", () => {
  const layer = digest.slice(0, 16);
  assert.equal(seen("0:40", "/", `erofs /var/lib/cloister/store/sha256/${digest} ro`), [layer, "none"]);
  assert.equal(seen("7:0", "/", `erofs /proc/self/fd/9/${digest} ro`), [layer, "none"]);
  assert.equal(seen("7:0", "/", `squashfs /proc/self/fd/9/${digest} ro`), [layer, "none"]);
  for (const path of [`trees/${digest}`, `unpacked/${digest}`, `shifted/${digest}.0-1879048192-65536_0-1879048192-65536`]) {
    assert.equal(seen("8:1", `/var/lib/cloister/store/${path}`, "ext4 /dev/sda1 rw"), [layer, "none"]);
    assert.equal(
      seen("0:30", `/store/${path}`, "overlay overlay rw,lowerdir=/a,upperdir=/b,workdir=/c"),
      [layer, "none"],
      "on an overlay of the host",
    );
  }
  assert.equal(seen("0:40", "/", `overlay overlay rw,lowerdir=l/${layer},upperdir=u/abcdefgh,workdir=u/abcdefgh.work`), [
    layer,
    "persistent",
  ]);
  assert.is.not(seen("8:1", `/srv/${digest}`, "ext4 /dev/sda1 rw")[0], layer);
});

test.run();
