import type { Environment, Mount, Secret } from "../model/environment.ts";
import type { Secret as WrittenSecret } from "../model/manifest.gen.ts";
import { secretsMount } from "./default-mounts.ts";
import type { Laid } from "./files.ts";
import { obstacleTo } from "./files.ts";
import { modeOf } from "./mode.ts";
import type { Reading } from "./reading.ts";
import { hostPath, pathFault, wordsAt } from "./reading.ts";
import { quoted } from "./shown.ts";
import type { Pointer } from "./tree.ts";
import { inside } from "./tree.ts";
import { checkId } from "./users.ts";

/** Where secrets lie that say nothing else, on a tmpfs of their own. */
const secretsDirectory = "/run/secrets";

/** How many secrets an environment can have; with the size of one (`mostSecret`), their tmpfs holds all of them. */
const mostSecrets = 32;

type Written = Readonly<Record<string, WrittenSecret>>;

/** The mounts of an environment with the tmpfs that its secrets lie on, where they need one of their own. */
export function withSecretsMount(mounts: Environment["mounts"], written: Written = {}): Record<string, Mount> {
  const needed = Object.entries(written).some(([name, secret]) => targetOf(name, secret).startsWith(`${secretsDirectory}/`));
  const all = needed && !(secretsDirectory in mounts) ? { ...mounts, [secretsDirectory]: secretsMount } : mounts;
  return Object.fromEntries(Object.entries(all).sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** The secrets of an environment by name. `files`: what else is kept inside. */
export function readSecrets(reading: Reading, laid: Laid, files: Environment["files"]): Record<string, Secret> {
  const at = inside(reading.at, "secrets");
  const written = Object.entries(laid.written.secrets ?? {});
  if (written.length > mostSecrets) {
    const message = `there are ${written.length} secrets, more than ${mostSecrets}`;
    reading.findings.report({ code: "manifest/out-of-range", at, on: "key", message });
  }
  const seen = new Map<string, Pointer>(Object.keys(files).map((path) => [path, inside(inside(reading.at, "files"), path)]));
  const secrets: [string, Secret][] = [];
  for (const [name, secret] of written.slice(0, mostSecrets)) {
    const here = inside(at, name);
    const target = targetOf(name, secret);
    if (!checkTarget(reading, secret.target === undefined ? here : inside(here, "target"), { target, laid, seen })) continue;
    const source = readSource(reading, here, secret);
    if (source === null) continue;
    const { uid = 0, gid = 0, mode = "0400" } = secret;
    checkId(reading, inside(here, "uid"), { id: uid, kind: "uid_mappings", users: laid.users });
    checkId(reading, inside(here, "gid"), { id: gid, kind: "gid_mappings", users: laid.users });
    secrets.push([name, { ...source, target, uid, gid, mode: modeOf(reading, inside(here, "mode"), mode) }]);
  }
  return Object.fromEntries(secrets);
}

function targetOf(name: string, { target = `${secretsDirectory}/${name}` }: WrittenSecret): string {
  return target;
}

interface Targeted {
  readonly target: string;
  readonly laid: Laid;
  /** What lies inside already, by path. */
  readonly seen: Map<string, Pointer>;
}

function checkTarget({ findings }: Reading, at: Pointer, { target, laid, seen }: Targeted): boolean {
  const fault = pathFault(target) ?? (/\/\.cloister-new$/.test(target) ? { message: "is the name under which files are made" } : null);
  if (fault !== null) {
    const { message, hint } = { hint: undefined, ...fault };
    findings.report({
      ...{ code: "manifest/bad-target", at, message: `secret ${quoted(target)} ${message}` },
      ...(hint === undefined ? {} : { hint }),
    });
    return false;
  }
  const other = [...seen].find(([path]) => path === target || path.startsWith(`${target}/`) || target.startsWith(`${path}/`));
  if (other !== undefined) {
    const also = [{ message: "the other one", at: other[1] }];
    findings.report({
      code: "manifest/conflict",
      at,
      message: `secret ${quoted(target)} and ${quoted(other[0])} are in each other's way`,
      also,
    });
    return false;
  }
  seen.set(target, at);
  const obstacle = obstacleTo(target, laid) ?? (isInMemory(target, laid.mounts) ? null : onDisk);
  if (obstacle === null) return true;
  const [message, hint] = obstacle;
  findings.report({ code: "manifest/conflict", at, message: `secret ${quoted(target)} ${message}`, hint });
  return false;
}

const onDisk = [
  "lies on no tmpfs, and a secret is not written to a disk",
  `leave target out (${secretsDirectory}/NAME), or mount a tmpfs there`,
] as const;

/** Whether the innermost mount that holds a path is a tmpfs. */
function isInMemory(path: string, mounts: Environment["mounts"]): boolean {
  const holders = Object.keys(mounts).filter((target) => path.startsWith(`${target}/`));
  const innermost = holders.reduce((longest, one) => (one.length > longest.length ? one : longest), "");
  return mounts[innermost]?.type === "tmpfs";
}

function readSource(reading: Reading, at: Pointer, secret: WrittenSecret): Pick<Secret, "file" | "environment" | "command"> | null {
  const { file, environment, command } = secret;
  const given = Object.entries({ file, environment, command }).flatMap(([key, value]) => (value === undefined ? [] : [key]));
  const { findings } = reading;
  if (given.length > 1) {
    const message = `a secret has one source, and this one has ${given.join(" and ")}`;
    findings.report({ code: "manifest/conflict", at: inside(at, given[1] ?? ""), on: "key", message, hint: "keep one of them" });
    return null;
  }
  if (file !== undefined) return { file: hostPath(reading, inside(at, "file"), { written: file, optional: false }) };
  if (environment !== undefined) return { environment };
  if (command !== undefined) return { command: wordsAt(reading, inside(at, "command"), command) };
  if (!findings.marked(at)) {
    const message = "nothing says where the secret comes from";
    findings.report({ code: "manifest/missing-key", at, on: "key", message, hint: "give it a file, an environment variable or a command" });
  }
  return null;
}
