import type { Isolation } from "../../model/isolation.ts";
import type { Check, Verdict } from "./check.ts";
import { attempts, fail, listed, none, pass, refused, reported, skip, unlessHostUsers } from "./check.ts";

const ownIds = "give it ids of its own and mount the path read-only; without capabilities alone the owner may still write";

/** The kernel's own knobs and doors, tried from inside. */
export const kernelChecks: readonly Check[] = [
  knob("core-pattern", "the program for core dumps of the host cannot be set", ["/proc/sys/kernel/core_pattern"]),
  knob("modprobe", "the program that loads modules of the host cannot be set", ["/proc/sys/kernel/modprobe"]),
  knob("sysrq", "the host cannot be rebooted by sysrq", ["/proc/sysrq-trigger"]),
  knob("sysctls", "settings of the whole host cannot be changed", [
    "/proc/sys/kernel/panic",
    "/proc/sys/vm/overcommit_memory",
    "/proc/sys/fs/file-max",
  ]),
  knob("interrupts", "interrupts of the host cannot be steered", ["/proc/irq/default_smp_affinity"]),
  knob("sysfs", "devices and power of the host cannot be steered by /sys", [
    "/sys/power/state",
    "/sys/kernel/uevent_helper",
    "/sys/kernel/mm/transparent_hugepage/enabled",
  ]),
  {
    id: "kernel/read-only-paths",
    title: "directories of the kernel's settings cannot be written",
    rule: "S27",
    judge: (seen) => (attempts(seen, "frozen").length === 0 ? skip("none of them is there") : refused(seen, "frozen", ownIds)),
  },
  {
    id: "kernel/masked-paths",
    title: "covered paths of the kernel tell nothing",
    rule: "S27",
    judge: (seen) => {
      const tried = attempts(seen, "masked");
      const open = tried.filter((attempt) => attempt.outcome === "" && / (file readable|directory [1-9]\d*)$/.test(attempt.detail));
      const wrong = tried.filter((attempt) => / device (?!1:3$)/.test(attempt.detail));
      const there = tried.filter((attempt) => attempt.outcome === "").map((attempt) => attempt.detail);
      return none(
        [...open, ...wrong].map((attempt) => attempt.detail),
        {
          evidence: there.length === 0 ? "none of them is there" : listed(there),
          hint: "mount the host's /dev/null over files, an empty read-only tmpfs over directories",
        },
      );
    },
  },
  {
    id: "kernel/unmask",
    title: "covers cannot be taken off in a namespace of one's own",
    rule: "S27",
    judge: (seen) =>
      attempts(seen, "nested-unmask").length === 0
        ? skip("no namespace can be made inside, or nothing is covered")
        : refused(seen, "nested-unmask", "make the covers before the user namespace is joined, so that they are locked"),
  },
  fresh("proc"),
  fresh("sysfs"),
  {
    id: "kernel/mount",
    title: "nothing can be mounted",
    rule: "S28",
    judge: (seen) => refused(seen, "mount", "do not give SYS_ADMIN"),
  },
  {
    id: "kernel/mount-clone",
    title: "no mount can be copied",
    rule: "S28",
    judge: (seen) => refused(seen, "mount-clone", "do not give SYS_ADMIN"),
  },
  {
    id: "kernel/unshare",
    title: "no mount namespace can be made by its root",
    rule: "S28",
    judge: (seen) => refused(seen, "unshare-mount", "do not give SYS_ADMIN"),
  },
  {
    id: "kernel/powers",
    title: "the kernel itself cannot be asked for anything",
    rule: "S28",
    judge: (seen) => refused(seen, "power", "do not give capabilities over the host"),
  },
  {
    id: "kernel/host-keys",
    title: "keys of the host's root cannot be seen",
    rule: "S31",
    judge: unlessHostUsers((seen) =>
      attempts(seen, "key").length === 0
        ? skip("the host's root has no keys to look for")
        : refused(seen, "key", "give it ids of its own: keys belong to ids"),
    ),
  },
  {
    id: "kernel/session-keyring",
    title: "the keyring of the caller's session did not come along",
    rule: "S31",
    judge: unlessHostUsers((seen) =>
      attempts(seen, "session").length === 0
        ? skip("the caller has no session keyring")
        : refused(seen, "session", "join a new session keyring when entering (keyctl new_session)"),
    ),
  },
  {
    id: "kernel/seccomp",
    title: "system calls are filtered",
    rule: "S27",
    judge: (seen) =>
      reported(seen, "status", (status) =>
        /^Seccomp:\s+2$/m.test(status) ? pass("Seccomp 2") : skip("cloister sets no system call filter yet"),
      ),
  },
];

function knob(id: string, title: string, paths: readonly string[]): Check {
  return {
    id: `kernel/${id}`,
    title,
    rule: "S27",
    judge: (seen) => {
      const tried = attempts(seen, "write").filter((attempt) => paths.includes(attempt.detail));
      if (tried.length === 0) return fail("the probe did not report", "run verify again");
      if (tried.every((attempt) => attempt.outcome === "ENOENT")) return skip(`${listed(paths)} not there`);
      const open = tried.filter((attempt) => attempt.outcome === "");
      return none(
        open.map((attempt) => `${attempt.detail} opens for writing`),
        { evidence: listed(tried.map((attempt) => `${attempt.detail}: ${attempt.outcome}`)), hint: ownIds },
      );
    },
  };
}

function fresh(type: "proc" | "sysfs"): Check {
  return {
    id: `kernel/fresh-${type}`,
    title: `no new, uncovered ${type} can be mounted`,
    rule: "S27",
    judge: (seen: Isolation): Verdict =>
      refused(seen, `nested-${type}`, "cover at least one path of it: then the kernel refuses a new one (mount_too_revealing)"),
  };
}
