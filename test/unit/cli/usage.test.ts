import { test } from "uvu";
import * as assert from "uvu/assert";
import { verbNames } from "../../../src/cli/verb-names.ts";
import { cloister, goodManifest, withFiles } from "../../support/command-line.ts";

/** A command line, and everything that it says. */
function says(args: readonly string[], expected: string): void {
  withFiles({ "cloister.yaml": goodManifest }, (cwd) => {
    const { error } = cloister(args, { cwd });
    assert.is(error, expected.replace(/^\n/, "").replace(/^ {4}/gm, ""));
  });
}

test("a misspelt verb", () =>
  says(
    ["aply"],
    `
    error usage/unknown-verb: there is no verb "aply"
      hint: did you mean "apply"? the verbs are ${verbNames.join(", ")}
    `,
  ));

test("a verb of compose that is near to another one here", () =>
  says(
    ["unpause", "web"],
    `
    error usage/unknown-verb: there is no verb "unpause"
      hint: did you mean "thaw"? the verbs are ${verbNames.join(", ")}
    `,
  ));

test("a manifest where a verb should stand", () =>
  says(
    ["web.yaml"],
    `
    error usage/unknown-verb: there is no verb "web.yaml"
      hint: a manifest is given with -f: cloister plan -f web.yaml
    `,
  ));

test("a misspelt flag", () =>
  says(
    ["destroy", "--volume"],
    `
    error usage/unknown-flag: destroy has no flag --volume
      hint: did you mean --volumes? the flags are --volumes, --now, --force-protected, --file, --project, --profile, --env-file, --directory, --data-dir, --state-dir, --json, --quiet, --verbose, --no-color, --progress, --yes, --lock-timeout, --help, --version
    `,
  ));

test("a flag of another verb", () => {
  const { error } = cloister(["validate", "--volumes"]);
  assert.match(error, /^error usage\/unknown-flag: validate has no flag --volumes\n/);
});

test("a value that is none of the choices", () =>
  says(
    ["plan", "--progress", "fancy"],
    `
    error usage/invalid-value: --progress is "fancy", which it does not take
      hint: it takes auto, tty, plain, json, quiet
    `,
  ));

test("two forms of one plan at once", () => {
  withFiles({ "cloister.yaml": goodManifest }, (cwd) => {
    const { code, out } = cloister(["plan", "--script", "--json"], { cwd });
    assert.is(code, 64);
    assert.match(out, /"code":"usage\/invalid-value","severity":"error","message":"--script prints a shell script, and --json a document"/);
  });
});

test("a flag without its value", () =>
  says(
    ["plan", "--file"],
    `
    error usage/invalid-value: --file needs a value
      hint: write --file FILE
    `,
  ));

test("an environment that the manifest does not have", () =>
  says(
    ["config", "wbe", "x.yaml", "web/main"],
    `
    error usage/unknown-environment: the manifest has no environment "wbe"
      hint: did you mean "web"? it has web, db

    error usage/unknown-environment: the manifest has no environment "x.yaml"
      hint: a manifest is given with --file: --file x.yaml

    error usage/unknown-environment: the manifest has no environment "web/main"
      hint: this is about an environment, not about one of its processes: web
    `,
  ));

test("nothing to work on", () =>
  says(
    ["exec", "web"],
    `
    error usage/missing-operand: exec needs COMMAND: the command and its arguments
      hint: usage: cloister exec [FLAGS] ENVIRONMENT COMMAND...
    `,
  ));

test("more than there is to work on", () =>
  says(
    ["shell", "web", "bash"],
    `
    error usage/too-many-operands: shell does not know what to do with "bash"
      hint: usage: cloister shell [FLAGS] ENVIRONMENT
    `,
  ));

test("a command line that attacks the terminal is shown harmless", () => {
  const { error } = cloister(["\x1b[2J\u202everb"]);
  assert.not(error.includes("\x1b") || error.includes("\u202e"), error);
});

test("under --json a wrong command line is told as JSON", () => {
  const { out, code } = cloister(["plna", "--json"]);
  assert.is(JSON.parse(out).diagnostics[0].code, "usage/unknown-verb");
  assert.is(code, 64);
});

test.run();
