import type { Ref, Text } from "./step.ts";
import { withoutUnsafe } from "./unsafe-text.ts";

/**
 * One word for a POSIX shell: a text as nothing but itself, whatever is in it; references as variables. Line breaks stand as they are; every other character that
 * could act on a terminal is written as what printf(1) makes it of.
 */
export function shellWord(text: Text): string {
  if (typeof text === "string") return literal(text);
  const parts = "of" in text ? [text] : text;
  if (parts.every((part) => typeof part === "string")) return literal(parts.join(""));
  const words = parts.map((part, index) => (typeof part === "string" ? quoted(part) : expansion(part, parts[index + 1])));
  return `"${words.join("")}"`;
}

/** A command for people to read, and for no shell: words that are empty, or have blanks in them, stand in quotes. */
export function shownWords(command: readonly string[]): string {
  return command.map((one) => (one === "" || /\s/.test(one) ? `"${one}"` : one)).join(" ");
}

/** The name of the shell variable that holds what a step found out: `web_pid`. */
export function shellVariable({ of, name }: Ref): string {
  const owner = of.replace(/\.namespaces$/, "").replace(/[^A-Za-z0-9]+/g, "_");
  return `${owner}_${name}`;
}

/** What needs no quotes; not what a shell would read as a word of its own. */
const plain = /^(?!(?:if|then|else|elif|fi|do|done|case|esac|while|until|for|in)$)[A-Za-z0-9_./:@%+,-][A-Za-z0-9_./:=@%+,-]*$/;

function literal(text: string): string {
  if (plain.test(text)) return text;
  const words = pieces(text).map(({ piece, unsafe }) => (unsafe ? `"${printed(piece)}"` : `'${piece.replaceAll("'", `'\\''`)}'`));
  return words.length === 0 ? "''" : words.join("");
}

/** Inside double quotes. */
function quoted(text: string): string {
  return pieces(text)
    .map(({ piece, unsafe }) => (unsafe ? printed(piece) : piece.replace(/["$`\\]/g, "\\$&")))
    .join("");
}

function expansion(ref: Ref, next: string | Ref | undefined): string {
  const name = shellVariable(ref);
  return typeof next === "string" && /^\w/.test(next) ? `\${${name}}` : `$${name}`;
}

interface Piece {
  readonly piece: string;
  readonly unsafe: boolean;
}

/** The text in pieces; no shell can be given a NUL, so that it can stand between them. */
function pieces(text: string): readonly Piece[] {
  return withoutUnsafe(text, (character) => (character === "\n" ? character : `\0${character}\0`))
    .split("\0")
    .map((piece, index) => ({ piece, unsafe: index % 2 === 1 }))
    .filter(({ piece }) => piece !== "");
}

function printed(text: string): string {
  const octal = [...new TextEncoder().encode(text)].map((byte) => `\\${byte.toString(8).padStart(3, "0")}`);
  return `$(printf '${octal.join("")}')`;
}
