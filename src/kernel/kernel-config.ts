/** Whether an option of the kernel's configuration (the text of /proc/config.gz or /boot/config-RELEASE) is built in or a module; null where it is not named. */
export function configured(text: string, name: string): boolean | null {
  const line = text.split("\n").find((one) => one.startsWith(`${name}=`) || one === `# ${name} is not set`);
  return line === undefined ? null : !line.startsWith("#");
}

/** The names in /proc/filesystems. */
export function parseFilesystems(text: string): readonly string[] {
  return text.split("\n").flatMap((line) => line.split("\t")[1] ?? []);
}
