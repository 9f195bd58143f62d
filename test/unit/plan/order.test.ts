import { test } from "uvu";
import * as assert from "uvu/assert";
import { CloisterError } from "../../../src/model/diagnostic.ts";
import { order } from "../../../src/plan/order.ts";

const item = (address: string, ...needs: readonly string[]) => ({ address, needs });
const sorted = (...items: readonly ReturnType<typeof item>[]) => order(items).map(({ address }) => address);

test("what needs nothing stays as it was given", () => {
  assert.equal(sorted(item("b"), item("a"), item("c")), ["b", "a", "c"]);
});

test("everything comes after what it needs, of other environments too", () => {
  assert.equal(sorted(item("web.namespaces", "db.namespaces"), item("db.hostname", "db.namespaces"), item("db.namespaces")), [
    "db.namespaces",
    "web.namespaces",
    "db.hostname",
  ]);
});

test("a need is met by all that lies inside it, and by what is not in the list", () => {
  assert.equal(sorted(item("web", "db", "gone"), item('db.mounts["/a"]'), item("db.hostname")), ['db.mounts["/a"]', "db.hostname", "web"]);
});

test("a circle is told as a path", () => {
  try {
    sorted(item("a", "b"), item("b", "c"), item("c", "a"));
    assert.unreachable();
  } catch (error) {
    assert.instance(error, CloisterError);
    const [diagnostic] = error instanceof CloisterError ? error.diagnostics : [];
    assert.is(diagnostic?.code, "plan/cycle");
    assert.match(diagnostic?.message ?? "", /a -> b -> c -> a/);
  }
});

test("a thousand things in a chain are sorted at once", () => {
  const chain = Array.from({ length: 1000 }, (_, index) => item(`e${index}`, `e${index + 1}`));
  assert.equal(sorted(...chain).at(0), "e999");
});

test.run();
