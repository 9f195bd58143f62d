import ts from "typescript";

/** Words that say nothing about what a file is for. */
const emptyNames = /[-/](utils?|helpers?|common|misc|manager|handler|service)(?=[-.])|\/(types|constants|data|info)\./;

/** The one place where a type is asserted: what ajv has validated is what the schema's generated types say. */
const mayAssert = ["src/manifest/validate.ts"];

/** A verb's own summary and description say what it is for. */
const explained = /^src\/cli\/commands\//;

/**
 * What the linter cannot see in one source file, one line each as `path:line: problem`: names that say nothing, default exports,
 * escapes from the type system, exports without a sentence on what they are for, and work left for later.
 */
export function problemsOf(path: string, text: string): string[] {
  const source = ts.createSourceFile(path, text, ts.ScriptTarget.ES2023, true);
  const problems: string[] = [];
  const tell = (position: number, problem: string) => {
    problems.push(`${path}:${source.getLineAndCharacterOfPosition(position).line + 1}: ${problem}`);
  };
  if (emptyNames.test(path)) tell(0, "a file's name says what is in it, not that something is");
  for (const { index, 0: mark } of text.matchAll(
    /\b(TODO|FIXME|XXX|HACK)\b|not yet implemented|@ts-(ignore|expect-error|nocheck)|biome-ignore/g,
  )) {
    tell(index, `${mark}: nothing is left for later, and no check is switched off in a source`);
  }
  if (path.startsWith("src/") && !path.startsWith("src/build/")) {
    for (const { index } of text.matchAll(/\bperformance\./g))
      tell(index, "`performance` takes a millisecond to load; there is monotonicMs()");
  }
  const visit = (node: ts.Node): void => {
    const problem = escapeOf(node, path);
    if (problem !== null) tell(node.getStart(source), problem);
    ts.forEachChild(node, visit);
  };
  visit(source);
  for (const statement of source.statements) {
    if (!explained.test(path) && isUndocumented(statement, source))
      tell(statement.getStart(source), "an export has one sentence above it: what for, units, errors");
  }
  return problems;
}

/** How a node slips out of the type system or of the naming of exports; null when it does not. */
function escapeOf(node: ts.Node, path: string): string | null {
  if (node.kind === ts.SyntaxKind.AnyKeyword) return "no `any`";
  if (ts.isNonNullExpression(node)) return "no `!`";
  if (ts.isTypeAssertionExpression(node)) return "no `<T>x`";
  if (ts.isEnumDeclaration(node)) return "no enums";
  if (ts.isExportAssignment(node) || hasModifier(node, ts.SyntaxKind.DefaultKeyword)) return "no default exports";
  if (ts.isAsExpression(node) && node.type.getText() !== "const" && !mayAssert.includes(path)) return "no `as` but `as const`";
  if (ts.isExportDeclaration(node) && node.exportClause === undefined && path !== "src/index.ts") return "no barrels";
  return null;
}

function hasModifier(node: ts.Node, kind: ts.SyntaxKind): boolean {
  return ts.canHaveModifiers(node) && (ts.getModifiers(node)?.some((modifier) => modifier.kind === kind) ?? false);
}

/** Type aliases are left out: many only name the union of a list that stands, documented, one line above. */
function isUndocumented(statement: ts.Statement, source: ts.SourceFile): boolean {
  const declares =
    ts.isFunctionDeclaration(statement) ||
    ts.isVariableStatement(statement) ||
    ts.isClassDeclaration(statement) ||
    ts.isInterfaceDeclaration(statement);
  if (!declares || !hasModifier(statement, ts.SyntaxKind.ExportKeyword)) return false;
  const comments = ts.getLeadingCommentRanges(source.text, statement.getFullStart()) ?? [];
  return !comments.some(({ pos, end }) => source.text.slice(pos, end).startsWith("/**"));
}
