import type { Diagnostic, Place } from "../model/diagnostic.ts";
import type { ExpansionBudget, Reference } from "./expand.ts";
import { expand } from "./expand.ts";
import { quoted } from "./shown.ts";
import type { Placer, Source } from "./source.ts";
import { placerOf } from "./source.ts";

/** What one line of an env file sets, and where. */
export interface EnvFileValue {
  readonly value: string;
  readonly at: Place;
}

/** An env file as values by name, and every problem that it has. */
export interface EnvFile {
  readonly values: ReadonlyMap<string, EnvFileValue>;
  readonly problems: readonly Diagnostic[];
}

/** What an env file is read with. */
export interface EnvFileMeans {
  readonly find: (name: string) => string | undefined;
  readonly budget: ExpansionBudget;
  /** Is told of the variables that it uses and does not set itself. */
  readonly uses?: { add(reference: Reference, at: Place): void };
}

/** The greatest length of a value, which is that of one in a manifest. */
const mostLength = 131_071;

/** How many problems of one file are told. */
const mostProblems = 20;

/**
 * Reads an env file as compose does: `NAME=value` on a line, `export` before it or not, `#` comments; in '...' everything is as it stands, in "..."
 * backslashes escape, and quotes may go over several lines; variables are put into what stands without quotes or in "...", from `find` first, then
 * from the lines above. A name alone takes what `find` has of it, and sets nothing where that is nothing.
 */
export function parseEnvFile(source: Source, means: EnvFileMeans): EnvFile {
  const reader = new EnvFileReader(source, means);
  reader.read();
  return { values: reader.values, problems: reader.problems };
}

const entry = /[ \t]*(?:export[ \t]+)?([A-Za-z_][A-Za-z0-9_]*)[ \t]*(=?)/y;
/** What may follow a value. */
const nothingMore = /^[ \t\r]*(#[^\n]*)?$/;
const escapes: Readonly<Record<string, string>> = { n: "\n", r: "\r", t: "\t", $: "$$" };

class EnvFileReader {
  readonly values = new Map<string, EnvFileValue>();
  readonly problems: Diagnostic[] = [];
  readonly #text: string;
  readonly #place: Placer;
  readonly #means: EnvFileMeans;
  #at = 0;

  constructor(source: Source, means: EnvFileMeans) {
    // A byte order mark is no part of the first name.
    this.#text = source.text.replace(/^\uFEFF/, " ");
    this.#place = placerOf({ ...source, text: this.#text });
    this.#means = means;
  }

  read(): void {
    while (this.#at < this.#text.length && this.problems.length < mostProblems) this.#line();
  }

  #line(): void {
    const [start, end] = [this.#at, this.#lineEnd(this.#at)];
    const line = this.#text.slice(start, end).trim();
    this.#at = end + 1;
    if (line === "" || line.startsWith("#")) return;
    entry.lastIndex = start;
    const [all = "", name = "", equals = ""] = entry.exec(this.#text) ?? [];
    const at = this.#place(start + (/^[ \t]*/.exec(this.#text.slice(start, end))?.[0].length ?? 0), end);
    const rest = start + all.length;
    if (name === "" || (equals === "" && !nothingMore.test(this.#text.slice(rest, end)))) {
      this.#problem(at, `${quoted(line)} sets no variable`, "write NAME=value, a name being letters, digits and _");
      return;
    }
    if (equals === "") {
      const value = this.#find(name);
      if (value !== undefined) this.values.set(name, { value, at });
      return;
    }
    const value = this.#value(rest, end, at);
    if (value === null) return;
    if (value.includes("\0")) this.#problem(at, `${name} has a NUL byte in it`, "take it out");
    else if (value.length > mostLength) this.#problem(at, `${name} has more than 128 KiB`, "mount a file instead");
    else this.values.set(name, { value, at });
  }

  /** The value between `start` and the end of its line, or of a later one; null where it is told what is wrong with it. */
  #value(start: number, end: number, at: Place): string | null {
    const raw = this.#text.slice(start, end);
    const begin = start + raw.length - raw.trimStart().length;
    const quote = this.#text[begin];
    if (begin < end && (quote === "'" || quote === '"')) return this.#quoted(begin, quote, at);
    return this.#expanded(raw.replace(/[ \t]#.*$/, "").trim(), at);
  }

  #quoted(start: number, quote: string, at: Place): string | null {
    let close = start + 1;
    while (close < this.#text.length && this.#text[close] !== quote) close += quote === '"' && this.#text[close] === "\\" ? 2 : 1;
    if (close >= this.#text.length) {
      this.#at = this.#text.length;
      return this.#problem(at, "a value that was opened with a quote is not closed", "close it with the same quote");
    }
    const end = this.#lineEnd(close);
    this.#at = end + 1;
    if (!nothingMore.test(this.#text.slice(close + 1, end))) {
      return this.#problem(at, "something stands behind the quote that ends the value", "put all of the value between the quotes");
    }
    const inner = this.#text.slice(start + 1, close);
    if (quote === "'") return inner;
    return this.#expanded(
      inner.replace(/\\([\s\S])/g, (_, character: string) => escapes[character] ?? character),
      at,
    );
  }

  #expanded(text: string, at: Place): string | null {
    const { text: expanded, fault, references } = expand(text, this.#find, this.#means.budget);
    for (const reference of references) if (!this.values.has(reference.name)) this.#means.uses?.add(reference, at);
    return fault === null ? expanded : this.#problem(at, fault.message, fault.hint);
  }

  readonly #find = (name: string) => this.#means.find(name) ?? this.values.get(name)?.value;

  #problem(at: Place, message: string, hint: string): null {
    this.problems.push({ code: "manifest/env-file", severity: "error", message, at, hint });
    return null;
  }

  #lineEnd(from: number): number {
    const end = this.#text.indexOf("\n", from);
    return end === -1 ? this.#text.length : end;
  }
}
