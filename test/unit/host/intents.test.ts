import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { hintsAt } from "../../../src/host/hints.ts";
import { intentsAt } from "../../../src/host/intents.ts";
import { withDirectory } from "../../support/directory.ts";

const since = "2026-01-02T03:04:05.000Z";
const pause = { environment: "web", reason: "backup", since, until: "2026-01-02T05:00:00.000Z" };
const before = Date.parse(since);

test("a pause is what was written, until its time is over or it is resumed", () =>
  withDirectory((directory) => {
    const intents = intentsAt(join(directory, "state"));
    assert.equal([...intents.pauses(before).pauses], [], "nothing is made before something is written");
    intents.pause(pause);
    intents.pause({ ...pause, environment: "db", until: null });
    assert.equal([...intents.pauses(before).pauses.values()], [{ ...pause, environment: "db", until: null }, pause]);
    assert.equal([...intents.pauses(Date.parse(pause.until)).pauses.keys()], ["db"]);
    intents.pause({ ...pause, reason: null });
    assert.is(intents.pauses(before).pauses.get("web")?.reason, null);
    for (const name of intents.names()) intents.resume(name);
    assert.equal(readdirSync(join(directory, "state")), [], "and its directory with the last");
  }));

test("which processes stay ended is what was written last; with none left the file goes; pauses beside it are their own", () =>
  withDirectory((directory) => {
    const intents = intentsAt(join(directory, "state"));
    assert.equal([...intents.stopped().stopped], [], "nothing is made before something is written");
    intents.stop({ environment: "web", processes: { nginx: since, worker: since } });
    intents.pause(pause);
    assert.equal([...intents.stopped().stopped.values()], [{ environment: "web", processes: { nginx: since, worker: since } }]);
    assert.equal(intents.names(), ["web"]);
    intents.stop({ environment: "web", processes: { worker: since } });
    assert.equal(Object.keys(intents.stopped().stopped.get("web")?.processes ?? {}), ["worker"]);
    const file = join(intents.directory, "web.stopped.json");
    const text = readFileSync(file, "utf8");
    for (const damage of [text.replace("worker", "warker"), text.slice(0, -3), "{}\n"]) {
      writeFileSync(file, damage);
      const { stopped, damaged } = intents.stopped();
      assert.equal([stopped.size, damaged.length], [0, 1], damage);
    }
    intents.stop({ environment: "web", processes: {} });
    intents.resume("web");
    assert.equal(readdirSync(join(directory, "state")), [], "and its directory with the last");
  }));

test("a pause that is cut at any byte, changed, or of another name is not believed", () =>
  withDirectory((directory) => {
    const intents = intentsAt(directory);
    intents.pause(pause);
    const file = join(directory, "intents", "web.pause.json");
    const text = readFileSync(file, "utf8");
    const damages = [...Array.from(text, (_, length) => text.slice(0, length)), text.replace("backup", "backap"), "[]\n", "\0\0"];
    for (const damage of damages) {
      writeFileSync(file, damage);
      const { pauses, damaged } = intents.pauses(before);
      assert.equal([pauses.size, damaged.length], [0, 1], JSON.stringify(damage));
    }
    writeFileSync(join(directory, "intents", "db.pause.json"), text);
    assert.match(intents.pauses(before).damaged[0] ?? "", /is no pause of db/);
    writeFileSync(file, '{"schema":"cloister/pause/v2"}\n');
    assert.throws(() => intents.pauses(before), /newer cloister/);
  }));

test("hints are believed of a process that lives, by pid, start time and boot", () =>
  withDirectory((directory) => {
    const hints = hintsAt(directory);
    const told = { condition: "Synced", environment: "web", status: false, reason: "Drifted", message: "m", since, generation: 1 } as const;
    assert.is(hints.read(), null);
    hints.write([told]);
    assert.equal(hints.read(), [told]);
    const file = join(directory, "conditions.json");
    const text = readFileSync(file, "utf8");
    const others = [
      text.replace(/"start":"\d+"/, '"start":"1"'),
      text.replace(/"boot":"[^"]+"/, '"boot":"x"'),
      text.replace(/"pid":\d+/, '"pid":4194999'),
      text.replace('"Synced"', '"Gone"'),
      text.slice(0, -3),
      "",
    ];
    for (const other of others) {
      writeFileSync(file, other);
      assert.is(hints.read(), null, other);
    }
    hints.remove();
    assert.equal(readdirSync(directory), [], "what nobody is behind is taken away");
    writeFileSync(file, text.replace(/"pid":\d+,"start":"\d+"/, `"pid":1,"start":"${startOfInit()}"`));
    hints.remove();
    assert.equal(readdirSync(directory), ["conditions.json"], "that of another process which lives is not");
  }));

test("hints that cannot be written are left", () =>
  withDirectory((directory) => {
    mkdirSync(join(directory, "conditions.json.tmp"));
    hintsAt(directory).write([]);
    assert.is(hintsAt(directory).read(), null);
  }));

test.run();

function startOfInit(): string {
  return (
    readFileSync("/proc/1/stat", "utf8")
      .replace(/^.*\) /, "")
      .split(" ")[19] ?? ""
  );
}
