import { test } from "uvu";
import * as assert from "uvu/assert";
import { parseArguments } from "../../../src/cli/args.ts";
import { executionOf } from "../../../src/cli/execution.ts";
import { durationMs } from "../../../src/cli/flags.ts";
import { verbs } from "../../../src/cli/verbs.ts";
import { CloisterError } from "../../../src/model/diagnostic.ts";

const parse = (line: string) => parseArguments(line.split(" "), verbs);

test("global flags stand before or behind the verb, and repeated ones add up", () => {
  const { flags, operands, verb } = parse("-f a.yaml --json plan -f b.yaml web --file=c.yaml -p blog");
  assert.is(verb?.name, "plan");
  assert.equal(flags.values("file"), ["a.yaml", "b.yaml", "c.yaml"]);
  assert.equal(operands, ["web"]);
  assert.ok(flags.has("json"));
  assert.not(flags.has("quiet"));
  assert.is(flags.value("project"), "blog");
  assert.is(flags.value("state-dir"), null);
});

test("short flags stand together, and before their value", () => {
  const { flags, operands } = parse("-qv exec -Tufred -eA=1 web true");
  assert.ok(flags.has("quiet") && flags.has("verbose") && flags.has("no-tty"));
  assert.is(flags.value("user"), "fred");
  assert.equal(flags.values("env"), ["A=1"]);
  assert.equal(operands, ["web", "true"]);
});

test("the last of two values holds", () => assert.is(parse("plan -p one -p two").flags.value("project"), "two"));

test("--no-color is seen on either side", () => {
  assert.ok(parse("--no-color plan").flags.has("no-color"));
  assert.ok(parse("plan --no-color").flags.has("no-color"));
  assert.not(parse("plan").flags.has("no-color"));
});

test("what stands behind exec's environment belongs to the command", () => {
  const { flags, operands } = parse("-v exec -u www-data -e A=1 -e B=x=y web ls -l --help -u root");
  assert.equal(operands, ["web", "ls", "-l", "--help", "-u", "root"]);
  assert.ok(flags.has("verbose"));
  assert.not(flags.has("help"));
  assert.equal(executionOf(flags), { user: "www-data", workingDir: null, variables: { A: "1", B: "x=y" } });
});

test("a flag whose value may be left out takes it behind = only, and only where the verb has it", () => {
  const { flags, operands } = parse("apply --wait web");
  assert.is(flags.value("wait"), "started");
  assert.equal(operands, ["web"]);
  assert.is(parse("apply web --wait=healthy").flags.value("wait"), "healthy");
  assert.is(parse("apply web").flags.value("wait"), null);
  assert.equal(parse("apply -- --wait").operands, ["--wait"]);
  assert.equal(parse("exec web x --wait").operands, ["web", "x", "--wait"]);
  assert.throws(
    () => parse("apply --wait=ready"),
    (error: unknown) => error instanceof CloisterError && /takes started, healthy/.test(error.diagnostics[0]?.hint ?? ""),
  );
});

test("two dashes end the flags", () => {
  assert.equal(parse("exec web -- rm -rf").operands, ["web", "--", "rm", "-rf"]);
  assert.equal(parse("plan -- -v").operands, ["-v"]);
});

test("-f follows in logs, where --file names the manifest", () => {
  const { flags, operands } = parse("-f a.yaml logs -f --file b.yaml web");
  assert.ok(flags.has("follow"));
  assert.equal(flags.values("file"), ["a.yaml", "b.yaml"]);
  assert.equal(operands, ["web"]);
});

test("- is an operand", () => assert.equal(parse("validate -").operands, ["-"]));

test("names of Object's own are no flags", () => {
  assert.throws(
    () => parse("plan --constructor"),
    (error: unknown) => error instanceof CloisterError,
  );
  assert.throws(
    () => parse("plan --__proto__=x"),
    (error: unknown) => error instanceof CloisterError,
  );
});

test("lengths of time", () => {
  assert.equal(
    ["0", "500ms", "30s", "5m", "1h"].map((text) => durationMs("lock-timeout", text)),
    [0, 500, 30_000, 300_000, 3_600_000],
  );
  for (const text of ["", "5", "-1s", "1.5s", "1d", "s", "9999999999s"]) assert.throws(() => durationMs("lock-timeout", text), text);
});

test.run();
