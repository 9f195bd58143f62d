import type { Diagnostic, DiagnosticCode, Place, Severity } from "../model/diagnostic.ts";
import type { Pointer, Spot, Tree } from "./tree.ts";
import { outside } from "./tree.ts";

/** How many problems of one manifest are told; a hostile file must not make millions. */
const most = 100;

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

/** Collects the problems of a manifest, and knows which values have one. */
export class Findings {
  readonly #spots: ReadonlyMap<Pointer, Spot>;
  readonly #found: Diagnostic[] = [];
  readonly #touched = new Set<Pointer>();
  #dropped = 0;

  constructor(tree: Tree) {
    this.#spots = tree.spots;
    for (const pointer of tree.broken) this.#touch(pointer);
  }

  report({ code, at, on, message, hint, also, severity = "error" }: Finding): void {
    if (severity === "error") this.#touch(at);
    if (this.#found.length >= most) {
      this.#dropped += 1;
      return;
    }
    const place = this.place(at, on);
    this.#found.push({
      code,
      severity,
      message,
      ...(place === undefined ? {} : { at: place }),
      ...(hint === undefined ? {} : { hint }),
      ...(also === undefined ? {} : { also: also.flatMap((other) => this.#also(other)) }),
    });
  }

  /** Whether an error stands at the pointer or inside it; what rests on such a value need not be judged. */
  touched(pointer: Pointer): boolean {
    return this.#touched.has(pointer);
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
    if (this.#dropped === 0) return sorted;
    const message = `${this.#dropped} more problems are not shown`;
    return [...sorted, { code: "manifest/too-many-problems", severity: "error", message }];
  }

  #touch(pointer: Pointer): void {
    for (let at = pointer; !this.#touched.has(at); at = outside(at)) this.#touched.add(at); // "" stands in itself
  }

  #also(other: { readonly message: string; readonly at: Pointer }): { readonly message: string; readonly at: Place }[] {
    const at = this.place(other.at, "key");
    return at === undefined ? [] : [{ message: other.message, at }];
  }
}
