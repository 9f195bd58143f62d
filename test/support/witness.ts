import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, copyFileSync, existsSync, mkdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { until } from "./until.ts";

/** Where a witness inside writes what it is asked; a directory that everybody may write and that no case mounts over. */
const file = "/var/tmp/witness";

/** The command that starts the counter and the connection inside a root that `addWitness` was given. */
export const witnessCommand = ["/usr/bin/perl", "/witness.pl", process.arch, file, "all"] as const;

/** Puts what the witness needs into a root: itself, perl, and the libraries of that. */
export function addWitness(root: string): void {
  const perl = "/usr/bin/perl";
  const libraries = execFileSync("ldd", [perl], { encoding: "utf8" }).matchAll(/(\/\S+) \(0x/g);
  for (const path of [perl, ...[...libraries].map(([, library = ""]) => library)]) {
    mkdirSync(join(root, dirname(path)), { recursive: true });
    copyFileSync(path, join(root, path));
    chmodSync(join(root, path), 0o755);
  }
  copyFileSync("test/support/witness.pl", join(root, "witness.pl"));
  chmodSync(join(root, "witness.pl"), 0o644);
}

/** The longest pauses in ms since the last time it was asked: of the counter inside, and of one like it on the host. */
export interface Pauses {
  readonly ours: number;
  readonly control: number;
}

/** Asks the witnesses of one environment, and a control on the host. */
export interface Watcher {
  /** The processes that count and that hold the connection. */
  readonly counter: number;
  readonly client: number;
  /** The pauses since the last call; throws where the connection does not live any more. */
  ask(): Promise<Pauses>;
}

/** Runs `body` beside a control on the host; `processes` are those of the environment. */
export async function withWitness(directory: string, processes: () => readonly number[], body: (watcher: Watcher) => Promise<void>) {
  const control = join(directory, "control");
  const child = spawn("perl", ["test/support/witness.pl", process.arch, control, "counter"], { stdio: "ignore" });
  const ended = once(child, "close");
  try {
    const find = (role: string) => processes().find((pid) => titleOf(pid) === `witness ${role}`);
    const [counter, client] = await until("the witnesses run", () => {
      const found = [find("counter"), find("client")] as const;
      return found[0] === undefined || found[1] === undefined ? null : ([found[0], found[1]] as const);
    });
    const asked = [
      asking(child.pid ?? 0, `${control}.counter`),
      asking(counter, `/proc/${counter}/root${file}.counter`),
      asking(client, `/proc/${client}/root${file}.client`),
    ] as const;
    await body({
      counter,
      client,
      ask: async () => {
        const [outside, inside] = await Promise.all(asked.map((ask) => ask()));
        return { ours: inside ?? Number.NaN, control: outside ?? Number.NaN };
      },
    });
  } finally {
    child.kill();
    await ended;
  }
}

function titleOf(pid: number): string {
  const path = `/proc/${pid}/cmdline`;
  return existsSync(path) ? readFileSync(path, "utf8").replace(/[\0 ]+$/, "") : "";
}

/** Asks one witness: resolves with its value, and throws where it has ended. */
function asking(pid: number, answers: string): () => Promise<number> {
  const answer = () => (existsSync(answers) ? /^(\d+) (\S+) *\n$/.exec(readFileSync(answers, "utf8")) : null);
  return async () => {
    const [, before = ""] = await until(`${answers} is there`, answer);
    process.kill(pid, "SIGUSR1");
    const [, , value] = await until(`an answer in ${answers}`, () => {
      const found = answer();
      return found !== null && found[1] !== before && found;
    });
    return Number(value);
  };
}
