/** What stands between a variable's name and its operand; "" where nothing does. */
export type Operator = "" | ":-" | "-" | ":?" | "?" | ":+" | "+";

/** One `${NAME...}` as it is written. */
export interface Reference {
  readonly name: string;
  readonly operator: Operator;
  /** The default, the message or the replacement as it is written; null without an operator. */
  readonly operand: string | null;
}

/** What is wrong with a text that has variables in it. */
export interface ExpansionFault {
  readonly kind: "syntax" | "unset" | "too-much";
  readonly message: string;
  readonly hint: string;
}

/** A text with its variables put in, what it refers to (in parts that were not needed too), and the first thing that is wrong with it. */
export interface Expanded {
  readonly text: string;
  readonly references: readonly Reference[];
  readonly fault: ExpansionFault | null;
}

/** The code of what is wrong with a text that has variables in it. */
export function faultCode({ kind }: ExpansionFault): "manifest/unset-variable" | "manifest/variable" {
  return kind === "unset" ? "manifest/unset-variable" : "manifest/variable";
}

/** How many characters all variables of a manifest may become together; each text that is expanded takes from it. */
export interface ExpansionBudget {
  left: number;
}

/** A budget that no manifest written by hand uses up: 1 MiB. */
export function expansionBudget(): ExpansionBudget {
  return { left: 1_048_576 };
}

/** How deep defaults may lie in each other. */
const mostDepth = 16;

/** Whether a text has anything to expand. */
export function hasVariables(text: string): boolean {
  return text.includes("$");
}

/**
 * Puts variables into a text, as compose does: `$V`, `${V}`, `${V:-default}`, `${V-default}`, `${V:?message}`, `${V?message}`, `${V:+replacement}`,
 * `${V+replacement}`; with a colon an empty variable counts as none. Operands may have variables themselves, which count only where the operand is
 * needed. `$$` is a dollar. What a variable holds is never expanded again.
 */
export function expand(text: string, find: (name: string) => string | undefined, budget: ExpansionBudget): Expanded {
  const expansion = new Expansion(find, budget);
  const expanded = expansion.text(text, { depth: 0, isNeeded: true });
  return { text: expanded, references: expansion.references, fault: expansion.fault };
}

interface Part {
  readonly depth: number;
  /** Whether it becomes part of the result: else it is only read. */
  readonly isNeeded: boolean;
}

const name = /[A-Za-z_][A-Za-z0-9_]*/y;
const operators: readonly Operator[] = [":-", ":?", ":+", "-", "?", "+"];

class Expansion {
  readonly references: Reference[] = [];
  fault: ExpansionFault | null = null;
  readonly #find: (name: string) => string | undefined;
  readonly #budget: ExpansionBudget;

  constructor(find: (name: string) => string | undefined, budget: ExpansionBudget) {
    this.#find = find;
    this.#budget = budget;
  }

  text(text: string, part: Part): string {
    let result = "";
    let at = 0;
    for (let dollar = text.indexOf("$"); dollar !== -1; dollar = text.indexOf("$", at)) {
      result += text.slice(at, dollar);
      if (text[dollar + 1] === "$") {
        result += "$";
        at = dollar + 2;
        continue;
      }
      const found = text[dollar + 1] === "{" ? this.#braced(text, dollar) : this.#plain(text, dollar);
      if (found === null) return result;
      result += this.#value(found.reference, part);
      at = found.end;
      if (this.fault !== null) return result;
    }
    return result + text.slice(at);
  }

  #plain(text: string, dollar: number): Found | null {
    const found = nameAt(text, dollar + 1);
    if (found === "") return this.#syntax("a $ begins no variable", "write $$ for a dollar");
    return { reference: { name: found, operator: "", operand: null }, end: dollar + 1 + found.length };
  }

  #braced(text: string, dollar: number): Found | null {
    const found = nameAt(text, dollar + 2);
    const end = closing(text, dollar + 1);
    if (end === -1) return this.#syntax("a variable that was opened with ${ is not closed", "close it with }, or write $$ for a dollar");
    if (found === "")
      return this.#syntax(`${shortened(text, dollar, end)} names no variable`, "a name is letters, digits and _, or write $$ for a dollar");
    const rest = text.slice(dollar + 2 + found.length, end);
    const operator = rest === "" ? "" : operators.find((one) => rest.startsWith(one));
    if (operator === undefined) {
      return this.#syntax(`${shortened(text, dollar, end)} is no variable`, "behind the name may stand :- - :? ? :+ or +");
    }
    return { reference: { name: found, operator, operand: rest === "" ? null : rest.slice(operator.length) }, end: end + 1 };
  }

  #value(reference: Reference, { depth, isNeeded }: Part): string {
    this.references.push(reference);
    if (depth >= mostDepth)
      return this.#fail({ kind: "syntax", message: `defaults lie more than ${mostDepth} deep in each other`, hint: "write them flatter" });
    const { name: variable, operator, operand } = reference;
    const value = this.#find(variable);
    const isSet = value !== undefined && (value !== "" || !operator.startsWith(":"));
    const replaces = operator.endsWith("+");
    const takesOperand = isNeeded && (replaces ? isSet : !isSet);
    const inner = operand === null ? null : this.text(operand, { depth: depth + 1, isNeeded: takesOperand });
    if (!isNeeded || this.fault !== null) return "";
    if (replaces) return isSet ? (inner ?? "") : "";
    if (isSet) return this.#counted(value);
    if (operator.endsWith("-")) return inner ?? "";
    const why = inner === null || inner === "" ? "" : `: ${inner}`;
    const what = value === undefined ? "is not set" : "is empty";
    const hint = `set it in the environment or in .env, or give it a default: \${${variable}:-...}`;
    return this.#fail({ kind: "unset", message: `variable ${variable} ${what}${why}`, hint });
  }

  #counted(value: string): string {
    this.#budget.left -= value.length;
    if (this.#budget.left >= 0) return value;
    return this.#fail({ kind: "too-much", message: "variables become more than 1 MiB of text", hint: "mount a file instead" });
  }

  #syntax(message: string, hint: string): null {
    this.#fail({ kind: "syntax", message, hint });
    return null;
  }

  #fail(fault: ExpansionFault): string {
    this.fault ??= fault;
    return "";
  }
}

interface Found {
  readonly reference: Reference;
  /** The index behind it. */
  readonly end: number;
}

function nameAt(text: string, index: number): string {
  name.lastIndex = index;
  return name.exec(text)?.[0] ?? "";
}

/** The index of the brace that closes the one at `open`, braces in between counted; -1 where there is none. */
function closing(text: string, open: number): number {
  let depth = 0;
  for (let at = open; at < text.length; at += 1) {
    if (text[at] === "{") depth += 1;
    else if (text[at] === "}" && --depth === 0) return at;
  }
  return -1;
}

function shortened(text: string, from: number, to: number): string {
  return to - from > 40 ? `${text.slice(from, from + 37)}...` : text.slice(from, to + 1);
}
