import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { recordAt } from "../../../src/host/record.ts";
import { CloisterError } from "../../../src/model/diagnostic.ts";

function withRecord(body: (record: ReturnType<typeof recordAt>, directory: string) => void): void {
  const directory = mkdtempSync(join(tmpdir(), "cloister-record-"));
  try {
    body(recordAt(join(directory, "blog")), join(directory, "blog"));
  } finally {
    rmSync(directory, { recursive: true });
  }
}

const document = {
  schema: "cloister/generation/v1",
  number: 1,
  environments: { web: { hostname: "w\u00e9b", mounts: { "1": {}, "/a": {} } } },
};

test("what is written is read again; without anything nothing is there, and nothing is made", () =>
  withRecord((record, directory) => {
    assert.equal([record.numbers(), record.events()], [[], []]);
    assert.ok("damaged" in record.read(1));
    assert.throws(() => readdirSync(directory), /ENOENT/);
    record.write(1, document);
    record.write(10, { ...document, number: 10 });
    record.write(2, { ...document, number: 2 });
    assert.equal(record.numbers(), [1, 2, 10]);
    const read = record.read(1);
    assert.ok("document" in read);
    const { checksum, ...rest }: { readonly checksum?: string } = JSON.parse(readFileSync(`${directory}/generations/1.json`, "utf8"));
    assert.match(checksum ?? "", /^[0-9a-f]{8}$/);
    assert.equal(rest, document);
    record.remove();
    assert.equal(readdirSync(directory), []);
  }));

test("cut at any byte, or with any byte changed, it is not believed", () =>
  withRecord((record, directory) => {
    record.write(1, document);
    const file = `${directory}/generations/1.json`;
    const whole = readFileSync(file);
    const believed = () => {
      try {
        return "document" in record.read(1);
      } catch (error) {
        // A version that became a higher one is refused, which believes nothing either.
        assert.ok(error instanceof CloisterError && error.diagnostics[0]?.code === "record/newer-version");
        return false;
      }
    };
    assert.ok(believed());
    for (let length = 0; length < whole.length; length += 1) {
      writeFileSync(file, whole.subarray(0, length));
      assert.not(believed(), `cut to ${length}`);
    }
    for (let index = 0; index < whole.length; index += 1) {
      for (const bit of [0, 3, 6]) {
        const changed = Buffer.from(whole);
        changed[index] = (changed[index] ?? 0) ^ (1 << bit);
        writeFileSync(file, changed);
        assert.not(believed(), `bit ${bit} of byte ${index}`);
      }
    }
  }));

test("files that are no generations are passed over; what a killed run left is taken away", () =>
  withRecord((record, directory) => {
    record.write(1, document);
    for (const name of ["01.json", "x.json", "2.json.4711.tmp"]) writeFileSync(`${directory}/generations/${name}`, "x");
    assert.equal(record.numbers(), [1]);
    record.write(2, document);
    assert.equal(readdirSync(`${directory}/generations`).sort(), ["01.json", "1.json", "2.json", "x.json"]);
  }));

test("events are appended, each on a line of its own even after one that was cut", () =>
  withRecord((record, directory) => {
    record.append({ a: 1 });
    writeFileSync(`${directory}/events.jsonl`, '{"a":1}\n{"b":');
    record.append({ c: 3 });
    assert.equal(record.events(), [{ a: 1 }, { c: 3 }]);
  }));

test("a place that cannot be written is told", () =>
  withRecord((record, directory) => {
    writeFileSync(directory, "a file");
    for (const write of [() => record.append({}), () => record.write(1, document)]) {
      assert.throws(write, (error: unknown) => error instanceof CloisterError && error.diagnostics[0]?.code === "record/not-written");
    }
  }));

test.run();
