import type { Diagnostic, DiagnosticCode, Place, Severity } from "../model/diagnostic.ts";
import type { Pointer, Spot, Tree } from "./tree.ts";
import { keysOf, outside } from "./tree.ts";

/** How many problems of one manifest are told; a hostile file must not make millions. */
const most = 100;

/** What may be told because of what is not there. */
const lacking: readonly DiagnosticCode[] = ["manifest/missing-key", "manifest/conflict", "process/depends-on"];

/** One problem, where it stands given by a pointer. */
export interface Finding {
  readonly code: DiagnosticCode;
  readonly at: Pointer;
  /** Whether the key is marked; without it, the value is. */
  readonly on?: "key";
  readonly message: string;
  readonly hint?: string;
  readonly also?: readonly { readonly message: string; readonly at: Pointer }[];
  readonly severity?: Severity;
}

/** Collects the problems of a manifest, and knows which values could not be taken as they are written. */
export class Findings {
  readonly #spots: ReadonlyMap<Pointer, Spot>;
  readonly #found: Diagnostic[] = [];
  readonly #marked = new Set<Pointer>();
  /** By what was told of values that several environments have from one place: the environment for which it was. */
  readonly #shared = new Map<string, string>();
  readonly #unresolved: ReadonlySet<string>;
  #dropped = false;

  /** `unresolved`: environments of which it is not known what they inherit: what they lack may be there. */
  constructor(tree: Tree, unresolved: ReadonlySet<string> = new Set()) {
    this.#spots = tree.spots;
    this.#unresolved = unresolved;
    for (const pointer of tree.broken) this.mark(pointer);
  }

  report({ code, at, on, message, hint, also, severity = "error" }: Finding): void {
    if (this.full() || (lacking.includes(code) && this.#isUnresolved(at))) return;
    const place = this.place(at, on);
    if (place !== undefined && this.#isRepeated(code, at, place)) return;
    this.#found.push({
      code,
      severity,
      message,
      ...(place === undefined ? {} : { at: place }),
      ...(hint === undefined ? {} : { hint }),
      ...(also === undefined ? {} : { also: also.flatMap((other) => this.#also(other, place)) }),
    });
  }

  /** Tells something that stands in no manifest. */
  tell(diagnostic: Diagnostic): void {
    if (!this.full()) this.#found.push(diagnostic);
  }

  #isUnresolved(at: Pointer): boolean {
    const [top, name = ""] = keysOf(at);
    return top === "environments" && this.#unresolved.has(name);
  }

  /** Whether the same was told of the same place already, for another environment that has the value from there too. */
  #isRepeated(code: DiagnosticCode, at: Pointer, { file, line, column }: Place): boolean {
    const [top, name = "", ...rest] = keysOf(at);
    if (top !== "environments" || rest.length === 0) return false;
    const key = JSON.stringify([code, file, line, column, ...rest]);
    const first = this.#shared.get(key);
    if (first === undefined) this.#shared.set(key, name);
    return first !== undefined && first !== name;
  }

  /** Whether one more problem would not be told any more, which is all that is told of it. */
  full(): boolean {
    if (this.#found.length >= most) this.#dropped = true;
    return this.#dropped;
  }

  /** Notes that a value could not be taken as it is written. */
  mark(pointer: Pointer): void {
    for (let at = pointer; !this.#marked.has(at); at = outside(at)) this.#marked.add(at); // "" stands in itself
  }

  /** Whether a marked value stands at the pointer or inside it; what rests on such a value cannot be judged. */
  marked(pointer: Pointer): boolean {
    return this.#marked.has(pointer);
  }

  /** Whether a value is written there. */
  isWritten(pointer: Pointer): boolean {
    return this.#spots.has(pointer);
  }

  /** The place of a value or of its key; where it was not written, of the nearest thing around it that was. */
  place(pointer: Pointer, on?: "key"): Place | undefined {
    const spot = this.#spots.get(pointer);
    if (spot !== undefined) return on === "key" ? (spot.key ?? spot.value) : spot.value;
    return pointer === "" ? undefined : this.place(outside(pointer), "key");
  }

  /** Everything found, errors and warnings, in the order of `files` and their lines. */
  diagnostics(files: readonly string[]): readonly Diagnostic[] {
    const order = (at: Place | undefined): number => (at === undefined ? -1 : files.indexOf(at.file));
    const sorted = this.#found.toSorted(
      (a, b) => order(a.at) - order(b.at) || (a.at?.line ?? 0) - (b.at?.line ?? 0) || (a.at?.column ?? 0) - (b.at?.column ?? 0),
    );
    if (!this.#dropped) return sorted;
    const message = `there are more problems than the ${most} that are shown`;
    return [...sorted, { code: "manifest/too-many-problems", severity: "error", message }];
  }

  /** Another place; what stands on the same line is seen there. */
  #also(
    other: { readonly message: string; readonly at: Pointer },
    from: Place | undefined,
  ): { readonly message: string; readonly at: Place }[] {
    const at = this.place(other.at, "key");
    return at === undefined || (at.file === from?.file && at.line === from.line) ? [] : [{ message: other.message, at }];
  }
}
