import type { Document, YAMLError } from "yaml";
import { Composer, Lexer, Parser } from "yaml";
import type { Diagnostic, DiagnosticCode } from "../model/diagnostic.ts";
import { grow } from "./grow.ts";
import type { Placer, Source } from "./source.ts";
import { placerOf } from "./source.ts";
import type { Tree } from "./tree.ts";

/** 256 KiB: more than any manifest written by hand, little enough that nothing here takes a second. */
const mostBytes = 262_144;

/** How deep maps and lists may lie in each other. */
export const mostDepth = 64;

/** One YAML text as plain values with their places; null where it cannot be read. The diagnostics hold every problem of the text as YAML. */
export interface Parsed {
  readonly tree: Tree | null;
  readonly diagnostics: readonly Diagnostic[];
}

/** Reads one source. The same for whoever wrote it: nothing in it can take long, reach outside it, or end the process. */
export function parse(source: Source): Parsed {
  const place = placerOf(source);
  const refuse = (code: DiagnosticCode, message: string, hint: string, offset = 0): Parsed => ({
    tree: null,
    diagnostics: [{ code, severity: "error", message, at: place(offset, offset + 1), hint }],
  });
  const bytes = Buffer.byteLength(source.text);
  if (bytes > mostBytes)
    return refuse("manifest/too-large", `the manifest has ${bytes} bytes, more than 256 KiB`, "take it apart into several files");
  const documents = read(source.text);
  if ("tooDeep" in documents) {
    const message = `maps and lists lie more than ${mostDepth} deep in each other`;
    return refuse("manifest/too-deep", message, "write it flatter", documents.tooDeep);
  }
  const [document, second] = documents.read;
  if (second !== undefined && document !== undefined) {
    return refuse("manifest/several-documents", "the file holds several YAML documents", "give each a file of its own", second.range[0]);
  }
  if (document?.directives.yaml.explicit === true && document.directives.yaml.version !== "1.2") {
    return refuse(
      "manifest/yaml-version",
      `the file asks for YAML ${document.directives.yaml.version}`,
      "leave the %YAML line out: manifests are YAML 1.2",
    );
  }
  const problems = document === undefined ? [] : [...document.errors, ...document.warnings];
  if (problems.length > 0)
    return { tree: null, diagnostics: problems.slice(0, 50).map((problem) => syntaxDiagnostic(problem, source, place)) };
  if (document === undefined || document.contents === null) {
    return refuse("manifest/empty", "the manifest is empty", "begin with api_version: cloister/v1");
  }
  return grow(document.contents, place);
}

/**
 * Lexer and parser keep their own stack, so that depth is known before anything recursive sees the text (a depth of some thousands
 * can end Node in a way that cannot be caught). The parser's own check for duplicate keys is quadratic: ours is in `grow`.
 */
function read(text: string): { readonly read: readonly Document.Parsed[] } | { readonly tooDeep: number } {
  const parser = new Parser();
  const composer = new Composer({ uniqueKeys: false, prettyErrors: false, version: "1.2", logLevel: "error" });
  const documents: Document.Parsed[] = [];
  for (const lexeme of new Lexer().lex(text)) {
    for (const token of parser.next(lexeme)) documents.push(...composer.next(token));
    if (parser.stack.length > mostDepth + 2) return { tooDeep: parser.offset };
  }
  for (const token of parser.end()) documents.push(...composer.next(token));
  documents.push(...composer.end(true, text.length));
  return { read: documents };
}

function syntaxDiagnostic(problem: YAMLError, source: Source, place: Placer): Diagnostic {
  const [start, end] = problem.pos;
  const at = place(start, Math.max(end, start + 1));
  const line = source.text.split("\n", at.line)[at.line - 1] ?? "";
  if (problem.code === "TAB_AS_INDENT" || /^ *\t/.test(line)) {
    const message = "a tab cannot indent YAML";
    return { code: "manifest/tab", severity: "error", message, at, hint: "indent with spaces" };
  }
  if (problem.code === "TAG_RESOLVE_FAILED") {
    return { code: "manifest/tag", severity: "error", message: lowerFirst(problem.message), at, hint: "write plain values, without a tag" };
  }
  return { code: "manifest/yaml-syntax", severity: "error", message: lowerFirst(problem.message), at };
}

function lowerFirst(message: string): string {
  return message.charAt(0).toLowerCase() + message.slice(1).replace(/\.$/, "");
}
