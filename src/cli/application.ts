import type { Application } from "../engine/apply.ts";
import { availableProcessors } from "../host/processors.ts";
import type { Event } from "../model/event.ts";
import { formatStep } from "../plan/format-step.ts";

/** Who is told how it goes, and what may stop it. */
interface Watched extends Pick<Application, "interrupted"> {
  readonly report: (event: Event) => void;
  readonly failpoint: NonNullable<Application["failpoint"]>;
}

/** How a plan is carried out by the command line: as many groups at a time as there are processors, two at the least. */
export function applicationOf({ report, failpoint, interrupted }: Watched): Application {
  const reporter = { report, close: () => Promise.resolve() };
  return { failpoint, reporter, format: formatStep, parallel: Math.max(2, availableProcessors()), interrupted };
}
