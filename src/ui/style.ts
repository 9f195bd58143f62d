/** Dresses text for a terminal, or leaves it as it is. */
export interface Style {
  readonly bold: (text: string) => string;
  readonly dim: (text: string) => string;
  readonly red: (text: string) => string;
  readonly green: (text: string) => string;
  readonly yellow: (text: string) => string;
  readonly magenta: (text: string) => string;
  readonly cyan: (text: string) => string;
}

const plain: Style = { bold: same, dim: same, red: same, green: same, yellow: same, magenta: same, cyan: same };

const colored: Style = {
  bold: sgr(1, 22),
  dim: sgr(2, 22),
  red: sgr(31, 39),
  green: sgr(32, 39),
  yellow: sgr(33, 39),
  magenta: sgr(35, 39),
  cyan: sgr(36, 39),
};

/** The style for a terminal that shows colours, or the one that changes nothing. */
export function styleFor(color: boolean): Style {
  return color ? colored : plain;
}

/** Whether to colour: `--no-color` and NO_COLOR say no, FORCE_COLOR yes; else a terminal that is not `dumb` is coloured. */
export function wantsColor(wish: {
  readonly flag: boolean;
  readonly isTerminal: boolean;
  readonly env: Readonly<Record<string, string | undefined>>;
}): boolean {
  if (!wish.flag || wish.env.NO_COLOR) return false;
  const forced = wish.env.FORCE_COLOR;
  if (forced !== undefined && forced !== "") return forced !== "0" && forced !== "false";
  return wish.isTerminal && wish.env.TERM !== "dumb";
}

function same(text: string): string {
  return text;
}

function sgr(open: number, close: number): (text: string) => string {
  return (text) => `\x1b[${open}m${text}\x1b[${close}m`;
}
