import type { Process } from "../model/environment.ts";
import type { Scope } from "../model/resource.ts";
import type { Text } from "../model/step.ts";
import { keeperPid, keeperStart } from "./keeper.ts";

/** What makes the terminal of a process, or its open input, before the command that follows, and leaves behind what holds it (shim-terminal.pl); nothing where it has neither. */
export function terminalCommand(scope: Scope, name: string, { tty, stdin_open }: Process): readonly Text[] {
  const form = [...(tty === true ? ["tty"] : []), ...(stdin_open === true ? ["stdin"] : [])];
  return form.length === 0 ? [] : shimCommand(scope, form, attachSocket(scope, name));
}

/** The same for a command that is run on a terminal for who is connected on descriptor 3: of that one's size, where it is known. */
export function callersTerminal(scope: Scope, { rows, columns }: { readonly rows: number; readonly columns: number }): readonly Text[] {
  return shimCommand(scope, ["tty", "stdin", ...(rows > 0 && columns > 0 ? [`${rows}x${columns}`] : [])], "");
}

function shimCommand(scope: Scope, form: readonly string[], socket: string): readonly Text[] {
  const { machine } = scope;
  return ["perl", machine.shim, machine.architecture, "terminal", form.join("+"), socket, keeperPid(scope), keeperStart(scope)];
}

/** Where those connect who attach to a process. */
export function attachSocket({ places }: Pick<Scope, "places">, name: string): string {
  return `${places.run}/${name}.attach`;
}
