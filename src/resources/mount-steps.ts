import { isBelow } from "../kernel/mountinfo.ts";
import { isRelease } from "../kernel/release.ts";
import type { Mount } from "../model/environment.ts";
import type { Facts } from "../model/fact.ts";
import { text } from "../model/fact.ts";
import type { Replacement, Scope } from "../model/resource.ts";
import type { Step } from "../model/step.ts";
import { hostId, shimStep, stageStep } from "./keeper.ts";
import type { MountState } from "./mount-state.ts";
import { bytes, idmapOperand, source, sourcePath } from "./mount-state.ts";

/** Takes so many mounts away, the uppermost first. */
export function unmountSteps(scope: Scope, target: string, times: number): readonly Step[] {
  return Array.from({ length: times }, () => shimStep(scope, `unmount ${target}`, ["detach", target, "0"]));
}

interface Replacing {
  readonly target: string;
  readonly want: MountState;
  readonly have: MountState;
  readonly facts: Facts;
}

/**
 * Another mount in the place of one: put beneath it, which is unmounted then, so that there is always one; where the kernel cannot (before 6.5), one
 * after the other in one process. Put on top, the old one could not be taken away any more: umount(2) takes what lies on top.
 */
export function replacement(scope: Scope, { target, want, have, facts }: Replacing): Replacement {
  if (!isRelease(text(facts, "host/osrelease") ?? "", [6, 5]))
    return { steps: [...unmountSteps(scope, target, have.depth), ...createSteps(scope, { target, state: want, facts })], gap: "short" };
  const upper = unmountSteps(scope, target, have.depth - 1);
  const beneath = createSteps(scope, { target, state: want, facts, beneath: true });
  const links = want.mount === undefined ? [] : linkSteps(scope, target, want.mount);
  return { steps: [...upper, ...beneath, ...unmountSteps(scope, target, 1), ...links], gap: "none" };
}

/** The shim's FLAGS operand. */
export function settings({ flags, propagation }: MountState): string {
  return [...flags, ...(propagation === "unbindable" ? [propagation] : [])].join(",");
}

interface Creation {
  readonly target: string;
  readonly state: MountState;
  readonly facts: Facts;
  /** Beneath the mount that is there. */
  readonly beneath?: boolean;
}

/** Makes a mount, and what is to be on it at once. */
export function createSteps(scope: Scope, { target, state, facts, beneath = false }: Creation): readonly Step[] {
  const { mount } = state;
  if (mount === undefined) return [];
  const title = `mount ${target}`;
  const flags = settings(state);
  const create = beneath ? "beneath" : mount.create && mayMakeTarget(scope, target) ? "1" : "0";
  const found = source(scope, mount, facts);
  const path = found?.realPath ?? sourcePath(scope, mount) ?? "";
  const idmap = idmapOperand(scope, mount, found);
  const stage = stageName(target);
  switch (mount.type) {
    case "bind":
      return [shimStep(scope, title, ["bind", path, target, idmap, flags, create])];
    case "volume":
      return [
        { type: "mkdir", title: `volume ${mount.source ?? ""}`, path, mode: 0o755 },
        shimStep(scope, title, ["bind", path, target, idmap, flags, create]),
      ];
    case "overlay":
      return [
        stageStep(scope, title, {
          stage,
          fstype: "tmpfs",
          source: "tmpfs",
          options: ["mode=0755", ...sizeOption(bytes(mount.size, facts))],
        }),
        shimStep(scope, title, ["overlaid", state.source, stage, path, target, idmap, flags, create]),
      ];
    case "tmpfs":
    case "proc":
    case "sysfs":
    case "devpts":
    case "mqueue":
      return [
        stageStep(scope, title, { stage, fstype: mount.type, source: mount.type, options: superOptions(scope, mount, state) }),
        shimStep(scope, title, ["staged", stage, target, flags, create]),
        ...(beneath ? [] : linkSteps(scope, target, mount)),
      ];
  }
}

/** What is made on a mount of ours as soon as it shows. */
function linkSteps(scope: Scope, target: string, { type }: Mount): readonly Step[] {
  if (target !== "/dev" || type !== "tmpfs") return [];
  return deviceLinks.map(([path, text]) => shimStep(scope, `link ${path}`, ["link", path, text]));
}

/** Nothing is made in a root that is used as it is; what lies on a tmpfs of ours is. */
function mayMakeTarget({ environment }: Scope, target: string): boolean {
  const holder = Object.keys(environment?.mounts ?? {})
    .filter((other) => other !== target && isBelow(other, target))
    .reduce((longest, other) => (other.length > longest.length ? other : longest), "");
  return environment?.overlay !== "none" || environment.mounts[holder]?.type === "tmpfs";
}

const deviceLinks = [
  ["/dev/fd", "/proc/self/fd"],
  ["/dev/stdin", "/proc/self/fd/0"],
  ["/dev/stdout", "/proc/self/fd/1"],
  ["/dev/stderr", "/proc/self/fd/2"],
  ["/dev/ptmx", "pts/ptmx"],
] as const;

/** A name in the staging directory: one path component, told apart by target. */
function stageName(target: string): string {
  return `m${target.replace(/[^A-Za-z0-9.]/g, (character) => `_${character.codePointAt(0)?.toString(16) ?? ""}_`)}`;
}

function superOptions(scope: Scope, mount: Mount, state: MountState): readonly string[] {
  if (mount.type === "tmpfs")
    return [`mode=${state.mode ?? "1777"}`, `uid=${hostId(scope, 0)}`, `gid=${hostId(scope, 0)}`, ...sizeOption(state.size)];
  // 5 is the group tty on Debian and Ubuntu; a terminal's group must be a mapped one or grantpt fails.
  if (mount.type === "devpts") return ["newinstance", "ptmxmode=0666", `mode=${mount.mode ?? "0620"}`, `gid=${hostId(scope, 5)}`];
  return [];
}

function sizeOption(size: number | null): readonly string[] {
  return size === null ? [] : [`size=${size}`];
}
