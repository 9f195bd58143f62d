import type { Environment as WrittenEnvironment } from "../model/manifest.gen.ts";
import type { Isolation } from "./namespaces.ts";
import type { Reading } from "./reading.ts";
import type { Pointer } from "./tree.ts";
import { inside } from "./tree.ts";

interface Surrender {
  readonly word: string;
  readonly at: Pointer;
  readonly message: string;
}

const meanings: Readonly<Record<string, string>> = {
  "host-user": "root inside is root on the host",
  "host-pid": "the host's processes are visible inside, and can be signalled by whoever may",
};

/** The words of `unsafe`; each that is needed and not there is an error, each that is there is warned of. */
export function readUnsafe(reading: Reading, written: WrittenEnvironment, isolation: Isolation): readonly string[] {
  const { findings } = reading;
  const at = inside(reading.at, "unsafe");
  const words: readonly string[] = written.unsafe ?? [];
  const needs = surrenders(reading, written, isolation);
  for (const { word, at: where, message } of needs) {
    if (words.includes(word) || findings.marked(at)) continue;
    findings.report({ code: "manifest/unsafe-needed", at: where, message, hint: `add unsafe: [${word}]` });
  }
  for (const [index, word] of words.entries()) {
    const needed = needs.some((need) => need.word === word);
    const told = needed ? `${word}: ${meanings[word] ?? word}` : `unsafe says ${word}, which nothing here needs`;
    const code = needed ? "manifest/unsafe" : "manifest/unsafe-unused";
    findings.report({ code, severity: "warning", at: inside(at, index), message: told });
  }
  if (written.network?.mode === "host") {
    const message = "network mode host: the host's network is the environment's, abstract sockets included";
    findings.report({ code: "manifest/host-network", severity: "warning", at: inside(inside(reading.at, "network"), "mode"), message });
  }
  return [...new Set(words)].sort();
}

function surrenders({ at, findings }: Reading, written: WrittenEnvironment, { namespaces, users }: Isolation): readonly Surrender[] {
  const found: Surrender[] = [];
  const namespacesAt = inside(at, "namespaces");
  if (users.mode === "host" && !findings.marked(inside(at, "users"))) {
    const where = written.users === undefined ? inside(namespacesAt, "user") : inside(at, "users");
    found.push({ word: "host-user", at: where, message: "the host's user ids inside need the word host-user under unsafe" });
  }
  if (users.mode === "map" && !findings.marked(inside(at, "users"))) {
    for (const key of ["uid_mappings", "gid_mappings"] as const) {
      const index = users[key].findIndex(({ outside }) => outside === 0);
      const message = "a range that holds the host's root needs the word host-user under unsafe";
      if (index !== -1) found.push({ word: "host-user", at: inside(inside(inside(at, "users"), key), index), message });
    }
  }
  if (namespaces.pid === "host") {
    found.push({
      word: "host-pid",
      at: inside(namespacesAt, "pid"),
      message: "the host's process ids inside need the word host-pid under unsafe",
    });
  }
  return found;
}
