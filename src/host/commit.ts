import * as fs from "node:fs";
import * as path from "node:path";

const commitPattern = /^[0-9a-f]{40}(?:[0-9a-f]{24})?$/;

/** The commit that is checked out where a directory lies, read from the files of git without a process; null where there is none or it cannot be told. */
export function commitOf(directory: string): string | null {
  const git = gitDirectory(directory);
  if (git === null) return null;
  const common = path.resolve(git, read(`${git}/commondir`) || ".");
  let name = read(`${git}/HEAD`);
  // A symbolic reference may point to another one; git itself follows five.
  for (let links = 0; links < 5; links += 1) {
    if (commitPattern.test(name)) return name;
    const target = /^ref: (refs\/\S+)$/.exec(name)?.[1];
    if (target === undefined || target.includes("..")) return null;
    name = read(`${git}/${target}`) || read(`${common}/${target}`) || packed(common, target);
  }
  return null;
}

/** `.git` of the nearest directory above that has one; in a worktree it is a file that names it. */
function gitDirectory(directory: string): string | null {
  for (let at = directory; ; at = path.dirname(at)) {
    const candidate = path.join(at, ".git");
    const stat = fs.statSync(candidate, { throwIfNoEntry: false });
    if (stat?.isDirectory() === true) return candidate;
    const named = stat?.isFile() === true ? /^gitdir: (.+)$/.exec(read(candidate))?.[1] : undefined;
    if (named !== undefined) return path.resolve(at, named);
    if (at === path.dirname(at)) return null;
  }
}

function packed(common: string, reference: string): string {
  const line = read(`${common}/packed-refs`)
    .split("\n")
    .find((each) => each.endsWith(` ${reference}`));
  return line?.split(" ")[0] ?? "";
}

/** The text of a regular file without the blanks around it; "" where there is none, or one of a size that git writes none of. */
function read(file: string): string {
  try {
    // The directory may be written to from inside: of a fifo, opening it would wait for ever.
    const stat = fs.statSync(file);
    return stat.isFile() && stat.size <= 16_777_216 ? fs.readFileSync(file, "utf8").trim() : "";
  } catch {
    return "";
  }
}
