import type { Document, YAMLError } from "yaml";
import { Composer, Lexer, Parser } from "yaml";
import type { Diagnostic } from "../model/diagnostic.ts";
import { grow, mostDepth } from "./grow.ts";
import type { Placer, Source } from "./source.ts";
import { placerOf } from "./source.ts";
import type { Tree } from "./tree.ts";

/** How many problems of one text are told. */
const mostProblems = 50;

/** 256 KiB: more than any manifest written by hand, little enough that nothing here takes a second. */
const mostBytes = 262_144;

/** One YAML text as plain values with their places; null where it cannot be read. The diagnostics hold every problem of the text as YAML. */
export interface Parsed {
  readonly tree: Tree | null;
  readonly diagnostics: readonly Diagnostic[];
}

/** Reads one source. The same for whoever wrote it: nothing in it can take long, reach outside it, or end the process. */
export function parse(source: Source): Parsed {
  const place = placerOf(source);
  const refused = refusal(source);
  if (refused !== null) return { tree: null, diagnostics: [{ ...refused, at: place(0, 1) }] };
  const documents = read(source.text);
  if ("tooDeep" in documents) {
    const message = `maps and lists lie more than ${mostDepth} deep in each other`;
    const at = place(documents.tooDeep, documents.tooDeep + 1);
    return { tree: null, diagnostics: [{ code: "manifest/too-deep", severity: "error", message, at, hint: "write it flatter" }] };
  }
  const [document, second] = documents.read;
  const problems = [...(document?.errors ?? []), ...(document?.warnings ?? [])];
  if (problems.length > 0) {
    return { tree: null, diagnostics: problems.slice(0, mostProblems).map((problem) => syntaxDiagnostic(problem, source, place)) };
  }
  const { explicit, version } = document?.directives.yaml ?? {};
  if (explicit === true && version !== "1.2") {
    const message = `the file asks for YAML ${version}, and manifests are YAML 1.2`;
    return {
      tree: null,
      diagnostics: [{ code: "manifest/yaml-version", severity: "error", message, at: place(0, 1), hint: "leave the %YAML line out" }],
    };
  }
  if (document === undefined || document.contents === null) return { tree: null, diagnostics: [{ ...empty, at: place(0, 1) }] };
  if (second !== undefined) {
    const message = "the file holds several YAML documents";
    const at = place(second.range[0], second.range[0] + 1);
    return {
      tree: null,
      diagnostics: [{ code: "manifest/several-documents", severity: "error", message, at, hint: "give each a file of its own" }],
    };
  }
  return grow(document.contents, place);
}

const empty: Diagnostic = {
  code: "manifest/empty",
  severity: "error",
  message: "the manifest is empty",
  hint: "begin with api_version: cloister/v1",
};

/** What is refused before it is looked at. */
function refusal({ text }: Source): Diagnostic | null {
  const bytes = Buffer.byteLength(text);
  if (bytes > mostBytes) {
    const message = `the manifest has ${bytes} bytes, more than ${mostBytes}`;
    return { code: "manifest/too-large", severity: "error", message, hint: "take it apart into several files" };
  }
  return null;
}

/**
 * Lexer and parser keep their own stack, so that depth is known before anything recursive sees the text (a depth of some thousands
 * can end Node in a way that cannot be caught). The parser's own check for duplicate keys is quadratic: ours is in `grow`.
 */
function read(text: string): { readonly read: readonly Document.Parsed[] } | { readonly tooDeep: number } {
  const parser = new Parser();
  const composer = new Composer({ uniqueKeys: false, prettyErrors: false, version: "1.2", logLevel: "error" });
  const documents: Document.Parsed[] = [];
  const { stackTraceLimit } = Error;
  // The composer makes an Error of each mistake, of which there can be 262,000: without their stacks that takes a tenth.
  Error.stackTraceLimit = 0;
  try {
    for (const lexeme of new Lexer().lex(text)) {
      for (const token of parser.next(lexeme)) documents.push(...composer.next(token));
      if (parser.stack.length > mostDepth + 2) return { tooDeep: parser.offset };
      if (documents.length > 1) return { read: documents };
    }
    for (const token of parser.end()) documents.push(...composer.next(token));
    documents.push(...composer.end(true, text.length));
    return { read: documents };
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
  }
}

function syntaxDiagnostic(problem: YAMLError, source: Source, place: Placer): Diagnostic {
  const [start, end] = problem.pos;
  const at = place(start, Math.max(end, start + 1));
  const lineStart = start - at.column + 1;
  if (problem.code === "TAB_AS_INDENT" || /^ *\t/.test(source.text.slice(lineStart, lineStart + 200))) {
    const message = "a tab cannot indent YAML";
    return { code: "manifest/tab", severity: "error", message, at, hint: "indent with spaces" };
  }
  if (problem.code === "TAG_RESOLVE_FAILED") {
    return { code: "manifest/tag", severity: "error", message: lowerFirst(problem.message), at, hint: "write plain values, without a tag" };
  }
  const { message, hint } = plainer.find(({ pattern }) => pattern.test(problem.message)) ?? { message: lowerFirst(problem.message) };
  return { code: "manifest/yaml-syntax", severity: "error", message, at, ...(hint === undefined ? {} : { hint }) };
}

/** The mistakes that everyone makes, in plainer words than the parser's. */
const plainer: readonly { readonly pattern: RegExp; readonly message: string; readonly hint?: string }[] = [
  { pattern: /^Flow sequence .* end with a \]/, message: "a list that was opened with [ is not closed", hint: "close it with ]" },
  { pattern: /^Flow map .* end with a \}/, message: "a map that was opened with { is not closed", hint: "close it with }" },
  { pattern: /^Missing closing .quote/, message: "text that was opened with a quote is not closed", hint: "close it with the same quote" },
  {
    pattern: /^Nested mappings are not allowed/,
    message: "a second key stands on one line",
    hint: "put it on the next line, deeper, or write { key: value }",
  },
  {
    pattern: /must start at the same column$/,
    message: "the line is indented differently from those it belongs to",
    hint: "indent it like them",
  },
  { pattern: /^Implicit keys need to be on a single line/, message: "a key has no colon behind it on its line", hint: "write key: value" },
];

function lowerFirst(message: string): string {
  return message.charAt(0).toLowerCase() + message.slice(1).replace(/\.$/, "");
}
