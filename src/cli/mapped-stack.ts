import * as fs from "node:fs";

/** A stack with its places in the sources instead of in the bundles, by the maps that the build puts beside them; a place without a map stays as it is. */
export function mappedStack(stack: string): string {
  const { SourceMap } = process.getBuiltinModule("node:module");
  const maps = new Map<string, InstanceType<typeof SourceMap> | null>();
  const mapOf = (file: string) => {
    if (!maps.has(file))
      maps.set(file, fs.existsSync(`${file}.map`) ? new SourceMap(JSON.parse(fs.readFileSync(`${file}.map`, "utf8"))) : null);
    return maps.get(file) ?? null;
  };
  return stack.replace(/\/[^\s():]+\.cjs:\d+:\d+/g, (place) => {
    const [file = "", line, column] = place.split(":");
    const map = mapOf(file);
    if (map === null) return place;
    const entry = map.findEntry(Number(line) - 1, Number(column) - 1 - (line === "1" ? headOf(file) : 0));
    if (!("originalSource" in entry)) return place;
    return `${entry.originalSource.replace(/^(\.\.\/)+/, "")}:${entry.originalLine + 1}:${entry.originalColumn + 1}`;
  });
}

/** The columns of the digest with which a bundle begins; the map was made without it. */
function headOf(file: string): number {
  return /^\/\*[0-9a-f]*\*\//.exec(fs.readFileSync(file, "latin1").slice(0, 100))?.[0].length ?? 0;
}
