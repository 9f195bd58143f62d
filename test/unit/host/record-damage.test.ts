import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { recordAt } from "../../../src/host/record.ts";
import { randomFrom } from "../../support/random.ts";

const generation = {
  schema: "cloister/generation/v1",
  number: 1,
  directory: "/srv/site",
  environments: { web: { hostname: "web", mounts: { "/srv": { type: "bind", source: "/srv/site" } } } },
};

function withRecord(body: (record: ReturnType<typeof recordAt>, directory: string) => void): void {
  const directory = mkdtempSync(join(tmpdir(), "cloister-record-"));
  try {
    body(recordAt(directory), directory);
  } finally {
    rmSync(directory, { recursive: true });
  }
}

test("a generation that is cut at any byte is not believed", () =>
  withRecord((record, directory) => {
    record.write(1, generation);
    const file = join(directory, "generations/1.json");
    const whole = readFileSync(file);
    assert.ok("document" in record.read(1));
    for (let length = 0; length < whole.length; length++) {
      writeFileSync(file, whole.subarray(0, length));
      assert.ok("damaged" in record.read(1), `cut to ${length} bytes`);
    }
  }));

test("of ten thousand flipped bits none is believed, and none is more than a warning or a refusal", () =>
  withRecord((record, directory) => {
    const random = randomFrom(1);
    record.write(1, generation);
    const file = join(directory, "generations/1.json");
    const whole = readFileSync(file);
    for (let time = 0; time < 10_000; time++) {
      const bytes = Buffer.from(whole);
      const at = random.below(bytes.length);
      bytes[at] = (bytes[at] ?? 0) ^ (1 << random.below(8));
      writeFileSync(file, bytes);
      try {
        assert.ok("damaged" in record.read(1), `byte ${at}`);
      } catch (error) {
        // A changed number of the version is a newer version.
        assert.match(String(error), /was written by a newer cloister/);
      }
    }
  }));

test("events that are cut at any byte lose the last line alone, and the next is on a line of its own", () =>
  withRecord((record, directory) => {
    record.append({ n: 1 });
    record.append({ n: 2 });
    const file = join(directory, "events.jsonl");
    const whole = readFileSync(file);
    for (let length = 0; length < whole.length; length++) {
      writeFileSync(file, whole.subarray(0, length));
      const before = record.events().length;
      assert.ok(before <= 2);
      record.append({ n: 3 });
      assert.equal(record.events().slice(before), [{ n: 3 }], `cut to ${length} bytes`);
    }
  }));

test("a directory where a record should be, and files that are none, are no record", () =>
  withRecord((record, directory) => {
    mkdirSync(join(directory, "generations/1.json"), { recursive: true });
    writeFileSync(join(directory, "generations/x.json"), "{}");
    assert.equal(record.numbers(), [1]);
    assert.ok("damaged" in record.read(1));
  }));

test.run();
