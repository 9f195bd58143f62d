import { createHash } from "node:crypto";
import { parseIdMap } from "../kernel/idmap.ts";
import { isBelow } from "../kernel/mountinfo.ts";
import { child } from "../model/address.ts";
import type { Environment } from "../model/environment.ts";
import type { FactName, Facts } from "../model/fact.ts";
import { text } from "../model/fact.ts";
import type { ManagedFile } from "../model/managed-file.ts";
import type { Difference, Resource, Scope } from "../model/resource.ts";
import type { Step } from "../model/step.ts";
import type { FileSeen } from "./file-seen.ts";
import { fileFact, parseFileFact, secretFact } from "./file-seen.ts";
import { namespacesAddress, shimStep } from "./keeper.ts";
import { parseSource } from "./source.ts";

/** A file as it is wanted: what it is to be, by digest. */
export interface FileWant {
  readonly type: "wanted";
  readonly path: string;
  readonly file: ManagedFile;
  readonly sha256: string;
  readonly size: number;
  /** It is to be taken away: no longer declared, and here it can only go before the environment is there. */
  readonly gone: boolean;
}

/** What a kind of file says of its own. */
export interface FileKind {
  readonly name: string;
  /** The address of the file at a path, inside its environment. */
  path(path: string, scope: Scope): string;
  /** The files of an environment by path, as it is wanted, or (`last`) as it was last applied. */
  declared(environment: Environment, scope: Scope): Readonly<Record<string, ManagedFile>>;
  /** How a difference in what the two hold is said. */
  contents(want: FileWant, have: FileSeen): readonly Difference[];
  describe(want: FileWant): string;
  /** Whether a symbolic link of that name gives way. */
  readonly overLink?: true;
  /** They hold secrets: what those are is known by keyed digests alone ("": not known), and none stays that is declared no more. */
  readonly secret?: true;
}

/** A kind of resource whose instances are files, by path: written whole, and compared by what is seen inside. */
export function managedFiles(kind: FileKind): Resource<FileWant, FileSeen> {
  const { declared, before, factOf, seenOf, leftOf } = knownFiles(kind);
  return {
    name: kind.name,
    stage: "assembly",
    placed: true,
    path: kind.path,
    facts: (scope) => [
      ...new Set([...declared(scope), ...before(scope)].map(([path, file]) => factOf(path, file))),
      ...["keeper/uid_map", "keeper/gid_map"],
      ...declared(scope).flatMap(([, { source }]): readonly FactName[] => (source === undefined ? [] : [`source/${source}`])),
    ],
    want(scope, facts) {
      const wanted = new Map(declared(scope).map(([path, file]) => [path, wantOf(path, file)]));
      const left =
        scope.keeper === null
          ? before(scope).filter(([path]) => !wanted.has(path) && kind.secret !== true)
          : leftOf(scope, facts).filter(([path]) => isFixed(scope, path));
      for (const [path, file] of left) wanted.set(path, { ...wantOf(path, file), gone: true });
      return wanted;
    },
    have(scope, facts) {
      const known = new Set(before(scope).map(([path]) => path));
      const own = declared(scope).flatMap(([path, file]): readonly (readonly [string, FileSeen])[] => {
        const seen = seenOf(facts, path, file);
        if (seen !== null) return [[path, seen]];
        return known.has(path) || isFixed(scope, path) ? [[path, missing(path)]] : [];
      });
      return new Map([...own, ...leftOf(scope, facts).map(([path, , seen]) => [path, seen] as const)]);
    },
    needs(scope, key) {
      const mounts = Object.keys(scope.environment?.mounts ?? {}).filter((target) => isBelow(target, key));
      return [namespacesAddress(scope.name), ...mounts.map((target) => child(child(scope.name, "mounts"), target))];
    },
    compare(want, have) {
      const evidence = have.line;
      if (want.gone) return [{ field: "", want: "nothing", have: "what was written last", evidence }];
      if (have.type !== "file") return [{ field: "", want: kind.describe(want), have: kindWords[have.type] ?? have.type, evidence }];
      const fields = (["uid", "gid", "mode"] as const).flatMap((field) => {
        const wanted = String(want.file[field]);
        return wanted === have[field] ? [] : [{ field, want: wanted, have: have[field], evidence }];
      });
      const isAlike = have.sha256 === want.sha256 || (kind.secret === true && want.sha256 === "");
      return [...(isAlike ? [] : kind.contents(want, have)), ...fields];
    },
    describe: (value) => (value.type === "wanted" ? (value.gone ? "no longer declared: taken away" : kind.describe(value)) : value.line),
    create: ({ scope, want, facts }) => writeSteps(scope, want, { facts, kind }),
    update: ({ scope, key, want, facts }) => (isFixed(scope, key) ? "recreate" : writeSteps(scope, want, { facts, kind })),
    remove({ scope, key }) {
      const file = before(scope).find(([path]) => path === key)?.[1];
      if (kind.secret === true) return [shimStep(scope, `take ${key} away`, ["secret-gone", key])];
      return file === undefined ? [] : [goneStep(scope, wantOf(key, file))];
    },
  };
}

/** Which files there are to be, which there were, and what is seen of them. */
function knownFiles(kind: FileKind) {
  const declaredBy = (environment: Environment | null | undefined, scope: Scope) =>
    environment === null || environment === undefined ? [] : Object.entries(kind.declared(environment, scope));
  const declared = (scope: Scope) => declaredBy(scope.environment, scope);
  const before = (scope: Scope) => declaredBy(scope.last, scope);
  const factOf = (path: string, file: ManagedFile) => (kind.secret === true ? secretFact(path) : fileFact(path, sizeOf(file)));
  const seenOf = (facts: Facts, path: string, file: ManagedFile) =>
    parseFileFact(text(facts, factOf(path, file)), { path, uids: idMap(facts, "uid_map"), gids: idMap(facts, "gid_map") });
  /** What of the last time is still there as it was written then, and is declared no more. */
  const leftOf = (scope: Scope, facts: Facts): readonly (readonly [string, ManagedFile, FileSeen])[] => {
    const now = new Set(declared(scope).map(([path]) => path));
    return before(scope).flatMap(([path, file]) => {
      const seen = now.has(path) ? null : seenOf(facts, path, file);
      const isOurs = seen !== null && (kind.secret === true ? seen.type === "file" : isAsWritten(wantOf(path, file), seen));
      return isOurs ? [[path, file, seen] as const] : [];
    });
  };
  return { declared, before, factOf, seenOf, leftOf };
}

const kindWords: Readonly<Record<string, string>> = {
  missing: "nothing",
  link: "a symbolic link",
  directory: "a directory",
  fifo: "a fifo",
  socket: "a socket",
  device: "a device",
};

function missing(path: string): FileSeen {
  return { type: "missing", path, uid: "", gid: "", mode: "", size: 0, sha256: null, text: null, line: `${path}: nothing there` };
}

function wantOf(path: string, file: ManagedFile): FileWant {
  const sha256 =
    file.held?.[1] ??
    createHash("sha256")
      .update(file.content ?? "")
      .digest("hex");
  return { type: "wanted", path, file, sha256, size: sizeOf(file), gone: false };
}

function sizeOf({ content = "", held }: ManagedFile): number {
  return held?.[0] ?? Buffer.byteLength(content);
}

function isAsWritten({ file, sha256 }: FileWant, seen: FileSeen): boolean {
  return (
    seen.type === "file" &&
    seen.sha256 === sha256 &&
    seen.uid === String(file.uid) &&
    seen.gid === String(file.gid) &&
    seen.mode === file.mode
  );
}

/** Whether a file can only be written before its root is made read-only. */
function isFixed({ environment }: Scope, path: string): boolean {
  return environment?.read_only === true && !Object.keys(environment.mounts).some((target) => isBelow(target, path));
}

function idMap(facts: Facts, name: string): ReturnType<typeof parseIdMap> {
  return parseIdMap(text(facts, `keeper/${name}`) ?? "");
}

interface Writing {
  readonly facts: Facts;
  readonly kind: FileKind;
}

function writeSteps(scope: Scope, want: FileWant, { facts, kind }: Writing): readonly Step[] {
  if (want.gone) return [goneStep(scope, want)];
  const { path, file, size, sha256 } = want;
  const title = `file ${path}`;
  const owned = [String(file.uid), String(file.gid), file.mode, kind.overLink === true ? "1" : "0"] as const;
  // The value takes the place of its digest only when it is told to the shim.
  if (kind.secret === true) return [shimStep(scope, `secret ${path}`, ["secret", path, sha256, ...owned])];
  if (file.source !== undefined) {
    const source = parseSource(text(facts, `source/${file.source}`))?.realPath ?? file.source;
    return [shimStep(scope, title, ["file-of", path, source, ...owned, String(size), sha256])];
  }
  // Content is in nobody's list of processes: it goes by a file that the shim takes away.
  const staged = `${scope.places.run}/file-${createHash("sha256").update(path).digest("hex").slice(0, 16)}`;
  return [
    { type: "mkdir", title: "run directory", path: scope.places.run, mode: 0o700 },
    { type: "write", title, path: staged, content: file.content ?? "", to: "file", mode: 0o600, brief: true },
    shimStep(scope, title, ["file", path, staged, ...owned]),
  ];
}

function goneStep(scope: Scope, { path, file, size, sha256 }: FileWant): Step {
  return shimStep(scope, `take ${path} away`, ["file-gone", path, String(file.uid), String(file.gid), file.mode, String(size), sha256]);
}
