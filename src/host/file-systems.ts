import { existsSync } from "node:fs";
import { release } from "node:os";
import { parseFilesystems } from "../kernel/kernel-config.ts";
import type { Fact } from "../model/fact.ts";
import { readProc } from "./proc-reader.ts";

/** Tells of a file system by its name whether the kernel has it. A module that is not loaded yet is loaded by the first mount. */
export function fileSystemFinder(): (name: string) => "present" | "loadable" | "absent" {
  const present = new Set(parseFilesystems(readProc("/proc/filesystems")));
  const modules = moduleList();
  return (name) => {
    if (present.has(name)) return "present";
    return new RegExp(`/${name}(fs)?\\.ko`).test(modules) ? "loadable" : "absent";
  };
}

function moduleList(): string {
  return ["modules.dep", "modules.builtin"].map((file) => readProc(`/lib/modules/${release()}/${file}`)).join("\n");
}

/** The fact `host/filesystem/NAME`. Where the list of the kernel's modules is not to be seen (in a container) it may have any. */
export function fileSystemFact(name: string): Fact {
  const found = fileSystemFinder()(name);
  if (found !== "absent") return { text: found };
  return moduleList().trim() === "" && existsSync("/proc/modules") ? { text: "perhaps" } : { absent: "not in this kernel" };
}
