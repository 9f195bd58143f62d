import type { Mount, MountType } from "../model/environment.ts";

/** The flags that a mount of a type always has, whatever else is written. Sorted. */
export const flagsOfType: Readonly<Record<MountType, readonly string[]>> = {
  bind: ["nodev", "nosuid"],
  volume: ["nodev", "nosuid"],
  tmpfs: ["nodev", "nosuid"],
  overlay: ["nodev", "nosuid"],
  proc: ["nodev", "noexec", "nosuid"],
  sysfs: ["nodev", "noexec", "nosuid"],
  devpts: ["noexec", "nosuid"],
  mqueue: ["nodev", "noexec", "nosuid"],
};

const kibibyte = 1024;
const mebibyte = 1024 * kibibyte;

/** What every environment has mounted unless its manifest says otherwise, by target. */
export const defaultMounts: Readonly<Record<string, Mount>> = {
  // Device nodes are bound from the host one by one; the directory itself holds nothing but links.
  "/dev": mount("tmpfs", { size: 64 * kibibyte, mode: "0755", options: ["nodev", "noexec", "nosuid"] }),
  "/dev/mqueue": mount("mqueue", {}),
  "/dev/pts": mount("devpts", { mode: "0620" }),
  "/dev/shm": mount("tmpfs", { size: 64 * mebibyte, mode: "1777", options: ["nodev", "noexec", "nosuid"] }),
  "/proc": mount("proc", {}),
  "/run": mount("tmpfs", { size: 64 * mebibyte, mode: "0755" }),
  "/sys": mount("sysfs", { read_only: true }),
  "/tmp": mount("tmpfs", { mode: "1777" }),
};

/** What secrets lie on, where an environment has some. */
export const secretsMount: Mount = mount("tmpfs", { size: 16 * mebibyte, mode: "0755", options: ["nodev", "noexec", "nosuid"] });

function mount(type: MountType, own: Partial<Mount>): Mount {
  return { type, read_only: false, options: flagsOfType[type], create: true, optional: false, default: true, ...own };
}
