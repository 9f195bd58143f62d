/** The numbers of a list of the kernel's (`0-1,3`, as in cpuset.cpus and /sys/devices/system/cpu/online), ascending, each once; null where it is none. */
export function parseCpuList(text: string): readonly number[] | null {
  const numbers = new Set<number>();
  for (const part of text.trim() === "" ? [] : text.trim().split(",")) {
    const [, first = "", last = first] = /^(\d{1,5})(?:-(\d{1,5}))?$/.exec(part) ?? [];
    if (first === "" || Number(first) > Number(last)) return null;
    for (let number = Number(first); number <= Number(last); number += 1) numbers.add(number);
  }
  return [...numbers].sort((a, b) => a - b);
}

/** The list in the kernel's shortest form. */
export function formatCpuList(numbers: readonly number[]): string {
  const ranges: [number, number][] = [];
  for (const number of numbers) {
    const last = ranges.at(-1);
    if (last !== undefined && last[1] === number - 1) last[1] = number;
    else ranges.push([number, number]);
  }
  return ranges.map(([first, last]) => (first === last ? String(first) : `${first}-${last}`)).join(",");
}
