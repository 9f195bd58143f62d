/** That one thing needs another one first. */
export interface Edge {
  readonly from: string;
  readonly to: string;
}

/** The circles of a graph, each as the path of its edges. Depth first from each in turn; each is entered once, so a circle is told once. */
export function circlesOf<One extends Edge>(edges: readonly One[]): readonly (readonly One[])[] {
  const byFrom = new Map<string, One[]>();
  for (const edge of edges) {
    if (edge.from === edge.to) continue;
    const list = byFrom.get(edge.from);
    if (list === undefined) byFrom.set(edge.from, [edge]);
    else list.push(edge);
  }
  const done = new Set<string>();
  return [...byFrom.keys()].flatMap((start) => walk(start, { byFrom, done }));
}

interface Search<One extends Edge> {
  readonly byFrom: ReadonlyMap<string, readonly One[]>;
  readonly done: Set<string>;
}

/** With a stack of its own: a chain of thousands must not end in a stack overflow. */
function walk<One extends Edge>(start: string, { byFrom, done }: Search<One>): readonly (readonly One[])[] {
  const circles: (readonly One[])[] = [];
  const path: One[] = [];
  const stack = [{ name: start, next: 0 }];
  const open = new Set([start]);
  for (let top = stack.at(-1); top !== undefined; top = stack.at(-1)) {
    const edge = done.has(top.name) ? undefined : byFrom.get(top.name)?.[top.next++];
    if (edge === undefined) {
      done.add(top.name);
      open.delete(top.name);
      stack.pop();
      path.pop();
    } else if (open.has(edge.to)) {
      circles.push([...path.slice(path.findIndex(({ from }) => from === edge.to)), edge]);
    } else if (!done.has(edge.to)) {
      path.push(edge);
      open.add(edge.to);
      stack.push({ name: edge.to, next: 0 });
    }
  }
  return circles;
}
