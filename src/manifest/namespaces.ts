import type { Environment, NamespaceKind, NamespaceSetting, Users } from "../model/environment.ts";
import { namespaceKinds } from "../model/environment.ts";
import type { Environment as WrittenEnvironment } from "../model/manifest.gen.ts";
import { readNetwork } from "./network.ts";
import type { Reading } from "./reading.ts";
import { hostPath } from "./reading.ts";
import { inside } from "./tree.ts";

type Said = Partial<Record<NamespaceKind, NamespaceSetting>>;

/** Whose namespaces, network and ids an environment has; `network`, `users` and `time_offsets` decide, and `namespaces` must agree. */
export interface Isolation {
  readonly namespaces: Environment["namespaces"];
  readonly network: Environment["network"];
  readonly users: Users;
}

const ordinary: Environment["namespaces"] = {
  mount: "private",
  uts: "private",
  ipc: "private",
  net: "private",
  pid: "private",
  user: "private",
  cgroup: "private",
  time: "host",
};

/** `users` is null where none are written. */
export function readIsolation(reading: Reading, written: WrittenEnvironment, users: Users | null): Isolation {
  const said = saidOf(written.namespaces);
  if (said.mount === "host") {
    const message = "namespaces must hold mount: an environment has mounts of its own";
    reading.findings.report({ code: "manifest/conflict", at: inside(reading.at, "namespaces"), message, hint: "add mount to the list" });
  }
  for (const kind of namespaceKinds) {
    const setting = said[kind] ?? "";
    if (setting.startsWith("path:"))
      hostPath(reading, inside(inside(reading.at, "namespaces"), kind), { written: setting.slice("path:".length), optional: false });
  }
  const net = decideNet(reading, written, said);
  const user = decideUser(reading, users, said);
  const time = decideTime(reading, written, said);
  if (written.network?.mode === "user") checkUserMode(reading, { pid: said.pid ?? "private", user });
  return {
    namespaces: { ...ordinary, ...said, mount: "private", net, user, time },
    network: readNetwork(reading, written.network, net),
    users: users ?? { mode: user === "host" ? "host" : "auto" },
  };
}

/** What is written of each kind; the list form says something of every one. */
function saidOf(written: WrittenEnvironment["namespaces"]): Said {
  if (Array.isArray(written)) return Object.fromEntries(namespaceKinds.map((kind) => [kind, written.includes(kind) ? "private" : "host"]));
  const said: Said = {};
  for (const kind of namespaceKinds) {
    const setting = written?.[kind];
    if (setting !== undefined && isSetting(setting)) said[kind] = setting;
  }
  return said;
}

function isSetting(setting: string): setting is NamespaceSetting {
  return setting === "private" || setting === "host" || setting.startsWith("join:") || setting.startsWith("path:");
}

interface Disagreement {
  readonly kind: NamespaceKind;
  /** The key that decides. */
  readonly key: string;
  readonly message: string;
  readonly hint: string;
}

function disagree({ findings, at }: Reading, { kind, key, message, hint }: Disagreement): void {
  const also = [{ message: "which is decided here", at: inside(at, key) }];
  findings.report({ code: "manifest/conflict", at: inside(inside(at, "namespaces"), kind), message, hint, also });
}

function decideNet(reading: Reading, { network }: WrittenEnvironment, { net }: Said): NamespaceSetting {
  const mode = network?.mode;
  if (mode === undefined && net === "host" && !reading.findings.marked(inside(reading.at, "network"))) {
    const at = inside(inside(reading.at, "namespaces"), "net");
    reading.findings.report({
      code: "manifest/conflict",
      at,
      message: "the net namespace is the host's only by network.mode",
      hint: "write network: {mode: host}",
    });
  }
  if (mode === undefined) return net ?? "private";
  const decided = decidedNet(reading, network);
  if (net !== undefined && net !== decided) {
    disagree(reading, {
      kind: "net",
      key: "network",
      message: `namespaces.net is ${net}, but network.mode is ${mode}`,
      hint: mode === "host" ? "leave net out of namespaces" : "leave one of the two out",
    });
  }
  return decided;
}

/** The net namespace that a network is in. */
function decidedNet(reading: Reading, network: WrittenEnvironment["network"]): NamespaceSetting {
  const { mode, join, path } = network ?? {};
  if (mode === "host") return "host";
  if (mode === "join" && join !== undefined) return `join:${join}`;
  if (mode !== "path" || path === undefined) return "private";
  return `path:${hostPath(reading, inside(inside(reading.at, "network"), "path"), { written: path, optional: false })}`;
}

function decideUser(reading: Reading, users: Users | null, { user }: Said): NamespaceSetting {
  if (users === null) return user ?? "private";
  const decided = users.mode === "host" ? "host" : "private";
  if (user !== undefined && user !== decided) {
    disagree(reading, {
      kind: "user",
      key: "users",
      message: `namespaces.user is ${user}, but users is ${users.mode}`,
      hint: "leave one of the two out",
    });
  }
  return decided;
}

/** What opens sockets for mode user lives and dies with the pid namespace, and has no more rights than the user namespace gives. */
function checkUserMode({ findings, at }: Reading, { pid, user }: Required<Pick<Said, "pid" | "user">>): void {
  for (const [kind, setting] of Object.entries({ pid, user })) {
    if (setting === "private") continue;
    const message = `network mode user needs a ${kind} namespace of the environment's own, but namespaces.${kind} is ${setting}`;
    const hint = `make ${kind} private, or write mode: nat`;
    findings.report({ code: "manifest/conflict", at: inside(inside(at, "network"), "mode"), message, hint });
  }
}

function decideTime(reading: Reading, written: WrittenEnvironment, { time }: Said): NamespaceSetting {
  if (written.time_offsets === undefined) return time ?? "host";
  if (time !== undefined && time !== "private") {
    const message = `time_offsets need a time namespace of the environment's own, but namespaces.time is ${time}`;
    disagree(reading, { kind: "time", key: "time_offsets", message, hint: "make time private" });
  }
  return "private";
}
