/**
 * The one of `names` that `word` was most likely meant to be; null where none is near (a third of its length, at most 3 edits). Of
 * equally near ones, that with the same letters, else the first.
 */
export function nearestName(word: string, names: Iterable<string>): string | null {
  const bound = Math.min(3, Math.max(1, Math.floor(word.length / 3)));
  const lower = word.toLowerCase();
  let best: { readonly name: string; readonly distance: number } | null = null;
  for (const name of names) {
    if (Math.abs(name.length - word.length) > bound) continue;
    const edits = editDistance(lower, name.toLowerCase());
    const distance = edits + (letters(name) === letters(word) ? 0 : 0.5);
    if (edits <= bound && (best === null || distance < best.distance)) best = { name, distance };
  }
  return best?.name ?? null;
}

function letters(name: string): string {
  return [...name.toLowerCase()].sort().join("");
}

/** Damerau-Levenshtein (optimal string alignment): insertions, deletions, changes and swaps of neighbours. */
export function editDistance(a: string, b: string): number {
  let before: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let row = 1; row <= a.length; row += 1) {
    const current = [row];
    for (let column = 1; column <= b.length; column += 1) {
      const same = a[row - 1] === b[column - 1];
      const change = at(last, column - 1) + (same ? 0 : 1);
      const swap =
        row > 1 && column > 1 && a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1] ? at(before, column - 2) + 1 : change;
      current.push(Math.min(at(last, column) + 1, at(current, column - 1) + 1, change, swap));
    }
    before = last;
    last = current;
  }
  return at(last, b.length);
}

function at(row: readonly number[], column: number): number {
  return row[column] ?? 0;
}

/** `did you mean "size"?`, or undefined where no name is near. */
export function didYouMean(word: string, names: Iterable<string>): string | undefined {
  const name = nearestName(word, names);
  return name === null ? undefined : `did you mean "${name}"?`;
}
