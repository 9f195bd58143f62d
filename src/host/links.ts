import * as fs from "node:fs";
import { dirname, resolve } from "node:path";

const mostLinks = 40;

/**
 * A path and every symbolic link that is passed on the way to what it names: when one of them is turned, the path names something else. All absolute;
 * what is not there is returned as it stands.
 */
export function linksOn(path: string): readonly string[] {
  const passed = new Set([resolve(path)]);
  let rest = resolve(path).split("/").slice(1);
  let at = "";
  for (let links = 0; rest.length > 0 && links < mostLinks; ) {
    const [name = "", ...after] = rest;
    const next = `${at}/${name}`;
    const target = readLink(next);
    if (target === null) {
      at = next;
      rest = after;
      continue;
    }
    links += 1;
    passed.add(next);
    rest = [...resolve(dirname(next), target).split("/").slice(1), ...after];
    at = "";
  }
  return [...passed, at];
}

function readLink(path: string): string | null {
  try {
    return fs.readlinkSync(path);
  } catch {
    return null;
  }
}
