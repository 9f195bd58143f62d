/** What of a process is waited for before one that depends on it is started, and for how many seconds. */
export interface Prerequisite {
  readonly condition: "process_started" | "process_healthy" | "process_completed";
  readonly timeout: number;
}

/** One process that another one depends on. */
export interface Dependency extends Prerequisite {
  readonly environment: string;
  readonly process: string;
}

/** An environment, as far as its processes depend on others. */
interface Dependent {
  readonly name: string;
  readonly processes: Readonly<Record<string, { readonly depends_on?: Readonly<Record<string, Prerequisite>> }>>;
}

/** What a process of this environment depends on. */
export function dependenciesOf({ name, processes }: Dependent, process: string): readonly Dependency[] {
  return Object.entries(processes[process]?.depends_on ?? {}).map(([key, awaited]) => {
    const slash = key.indexOf("/");
    return { environment: slash === -1 ? name : key.slice(0, slash), process: key.slice(slash + 1), ...awaited };
  });
}

/** The environments that the processes of one depend on, but for itself. */
export function environmentsBefore(environment: Dependent): readonly string[] {
  const all = Object.keys(environment.processes).flatMap((process) => dependenciesOf(environment, process));
  return [...new Set(all.map((one) => one.environment))].filter((name) => name !== environment.name);
}
