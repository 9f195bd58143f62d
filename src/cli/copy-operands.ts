import { CloisterError } from "../model/diagnostic.ts";

/** What is copied between an environment and the host. */
export interface CopyPlaces {
  readonly environment: string;
  readonly way: "in" | "out";
  /** Absolute. */
  readonly inside: string;
  /** As it was written; `-`: a tar stream on our standard stream. */
  readonly outside: string;
}

/** What the two operands of cp name. Throws `usage/invalid-value`. */
export function copyOperands(source: string, destination: string): CopyPlaces {
  const [from, to] = [insideOf(source), insideOf(destination)];
  if (from !== null && to !== null) throw wrong("both name an environment", "copy to the host first, or mount one directory into both");
  if (from !== null) return { ...from, way: "out", outside: nonEmpty(destination) };
  if (to !== null) return { ...to, way: "in", outside: nonEmpty(source) };
  throw wrong("neither names an environment", "write ENVIRONMENT:/PATH for one of them, as in web:/etc/hosts");
}

/** `NAME:PATH`; what has a slash before its first colon is a path of the host. */
function insideOf(operand: string): Pick<CopyPlaces, "environment" | "inside"> | null {
  const [, environment = "", inside = ""] = /^([a-z][a-z0-9-]*):(.*)$/s.exec(operand) ?? [];
  if (environment === "") return null;
  if (!inside.startsWith("/")) throw wrong(`${environment}:${inside} names no absolute path`, `write ${environment}:/${inside}`);
  return { environment, inside };
}

function nonEmpty(path: string): string {
  if (path === "") throw wrong("the path of the host is empty", "write . for the working directory");
  return path;
}

function wrong(problem: string, hint: string): CloisterError {
  return new CloisterError({ code: "usage/invalid-value", severity: "error", message: `of SOURCE and DESTINATION ${problem}`, hint });
}
