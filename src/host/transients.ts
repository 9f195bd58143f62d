import { liveClaims, releaseClaims, sweepClaims, writeClaim } from "./claims.ts";

/** Environments that stand for a command alone: whoever runs it claims their names, in the project's run directory. */
export interface Transients {
  /** Those of processes that live. */
  readonly names: () => ReadonlySet<string>;
  readonly claim: (name: string) => void;
  /** Gives this process's up. */
  readonly release: () => void;
  /** Sweeps those of processes that ended without doing so. */
  readonly sweep: () => void;
}

/** Those of the project with that run directory. */
export function transientsAt(run: string): Transients {
  // No environment is called so.
  const directory = `${run}/.commands`;
  return {
    // A claim is about something without dashes, and no name has a dot.
    names: () => new Set(liveClaims(directory).map(({ about }) => about.replaceAll(".", "-"))),
    claim: (name) => writeClaim(directory, name.replaceAll("-", ".")),
    release: () => releaseClaims(directory),
    sweep: () => sweepClaims(directory),
  };
}
