import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";

const documents = execFileSync("git", ["ls-files", "--cached", "--others", "--exclude-standard", "*.md"], { encoding: "utf8" })
  .trim()
  .split("\n");
const { scripts }: { readonly scripts: Readonly<Record<string, string>> } = JSON.parse(readFileSync("package.json", "utf8"));

/** Commands of fenced blocks and `inline code` that start with a word, without prompt. */
function commands(text: string, word: string): string[] {
  const fenced = [...text.matchAll(/^```(?:sh|console|bash)?\n([\s\S]*?)^```$/gm)].flatMap(([, block = ""]) => block.split("\n"));
  const inline = [...text.replace(/^```[\s\S]*?^```$/gm, "").matchAll(/`([^`\n]+)`/g)].map(([, code = ""]) => code);
  return [...fenced, ...inline].map((line) => line.replace(/^[#$] /, "").trim()).filter((line) => line.startsWith(`${word} `));
}

for (const document of documents) {
  const text = readFileSync(document, "utf8");

  test(`${document}: every link leads somewhere`, () => {
    const links = [...text.matchAll(/\]\(([^)\s]+)\)/g)]
      .map(([, link = ""]) => link)
      .filter((link) => !/^(https?:|#|mailto:|NNNN)/.test(link));
    const dead = links.filter((link) => !existsSync(join(dirname(document), link.replace(/#.*/, ""))));
    assert.equal(dead, []);
  });

  test(`${document}: every npm script that it names is there`, () => {
    const named = commands(text, "npm").flatMap((command) => /^npm (?:run )?(test|[a-z:]+)/.exec(command)?.[1] ?? []);
    const builtIn = ["ci", "install", "link"];
    assert.equal(
      named.filter((name) => !(name in scripts) && !builtIn.includes(name)),
      [],
    );
  });

  test(`${document}: every verb that it names is there`, () => {
    const verbs = commands(text, "cloister").flatMap(
      (command) => /^cloister (?:--?[a-z-]+(?: (?=[./])\S+)? )*([a-z]+)/.exec(command)?.[1] ?? [],
    );
    assert.equal(
      [...new Set(verbs)].filter((verb) => !knownVerbs().includes(verb)),
      [],
    );
  });
}

test("the commands of a document are found, or the tests above hold nothing", () => {
  const text = "a `npm run a:b -- c`\n```sh\nnpm test # all\n$ cloister plan -f x.yaml\n```\nand `cloister apply`";
  assert.equal(commands(text, "npm"), ["npm test # all", "npm run a:b -- c"]);
  assert.equal(commands(text, "cloister"), ["cloister plan -f x.yaml", "cloister apply"]);
});

test("each decision has a number of its own and follows the template", () => {
  const records = readdirSync("docs/adr").filter((name) => name !== "template.md");
  assert.ok(records.length > 0);
  const headings = ["## What made us decide", "## What we decided", "## What else we looked at", "## What it costs"];
  for (const [index, name] of records.sort().entries()) {
    const text = readFileSync(join("docs/adr", name), "utf8");
    const number = String(index + 1).padStart(4, "0");
    assert.ok(name.startsWith(`${number}-`), `${name} should be number ${number}`);
    assert.match(text, new RegExp(`^# ${number}\\. `));
    for (const heading of headings) assert.ok(text.includes(`\n${heading}\n`), `${name} has no "${heading}"`);
  }
});

test("the glossary is in order and says each word once", () => {
  const words = [...readFileSync("docs/GLOSSARY.md", "utf8").matchAll(/^\| ([a-z][^|]*) \|/gm)]
    .map(([, word = ""]) => word)
    .filter((word) => word !== "word");
  assert.ok(words.length > 30);
  assert.equal(words, [...new Set(words)].sort());
});

let verbs: readonly string[] | null = null;

/** The verbs that the program itself lists. */
function knownVerbs(): readonly string[] {
  if (verbs === null) {
    const { stdout, status } = spawnSync("dist/cloister", ["help"], { encoding: "utf8" });
    assert.is(status, 0);
    verbs = [...stdout.matchAll(/^ {2}([a-z]+)(?: \(([a-z]+)\))?/gm)].flatMap(([, name = "", alias]) =>
      alias === undefined ? [name] : [name, alias],
    );
    assert.ok(verbs.includes("apply") && verbs.length > 10, stdout);
  }
  return verbs;
}

test.run();
