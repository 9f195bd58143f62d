import { locate } from "../engine/locate.ts";
import type { Request } from "../engine/planned.ts";
import { planProject } from "../engine/planned.ts";
import type { Diagnostic } from "../model/diagnostic.ts";
import type { EnvironmentRate } from "../model/usage.ts";
import { logFile } from "../resources/supervisor.ts";
import type { DriftReport } from "../ui/render-drift.ts";
import type { AttachWish } from "./attach-process.ts";
import type { Context } from "./context.ts";
import type { Copying } from "./copy-inside.ts";
import type { Awaited, LogWish } from "./engine.ts";
import type { UsageWish } from "./follow-usage.ts";
import { checkIgnored, selectEnvironments } from "./operands.ts";
import type { SelectedProcesses } from "./process-operands.ts";
import type { LastApplied } from "./records.ts";
import { lastApplied } from "./records.ts";
import { runningScope } from "./running-scope.ts";
import { stoppedNow } from "./stops.ts";
import { foundOf, oneOf, subjectOfOpened } from "./subject.ts";
import type { Wiring } from "./wiring.ts";

/** The part of the engine that looks at a project, and enters what runs: nothing of it is changed. */
export class Looking {
  protected readonly wiring: Wiring;
  readonly project: string;
  #last: LastApplied | null = null;

  constructor(wiring: Wiring) {
    this.wiring = wiring;
    this.project = wiring.manifest.project;
  }

  /** The number of what was last applied; null: not known. */
  generation(): number | null {
    return this.lastApplied().generation?.number ?? null;
  }

  async drift(environments: readonly string[], { ignore }: { readonly ignore: readonly string[] }): Promise<DriftReport> {
    const { findDrift } = await import("../engine/drift.ts");
    const { generation, warnings } = this.lastApplied();
    checkIgnored(ignore, () => this.known());
    const found = await findDrift(this.wiring.engine, { ...this.requestFor(environments), ignore });
    return { ...found, project: this.project, generation: generation?.number ?? null, warnings: [...this.#lockWarnings(), ...warnings] };
  }

  async status(environments: readonly string[]) {
    const planned = await planProject(this.wiring.engine, this.requestFor(environments));
    const { standingOf } = await import("./standing.ts");
    const { generation: last, warnings } = this.lastApplied();
    const { withFrozen } = await import("./frozen.ts");
    const states = withFrozen(this.wiring.engine.host, planned);
    return standingOf(states, { ...this.wiring, project: this.project, last, warnings: [...this.#lockWarnings(), ...warnings] });
  }

  /** That the lock could not be read, where looking goes on all the same. */
  #lockWarnings(): readonly Diagnostic[] {
    return this.wiring.manifest.warnings.filter(({ code }) => code === "lock/damaged");
  }

  async inspect(environments: readonly string[]) {
    const { inspectDocument } = await import("./inspect-document.ts");
    const { targets } = await planProject(this.wiring.engine, this.requestFor(environments));
    return targets.map(inspectDocument);
  }

  async copy(copying: Copying, warn: (text: string) => void): Promise<void> {
    const { copyInside } = await import("./copy-inside.ts");
    await copyInside(copying, this.wiring.engine.host, { scope: this.running(copying.environment), warn });
  }

  async logs(wish: LogWish, write: (text: string) => boolean, skipped: (of: string, bytes: number) => void): Promise<boolean> {
    const { followLogs } = await import("./follow-log.ts");
    const { logLine, shownMoment } = await import("../ui/log-json.ts");
    const selected = await this.selectProcesses(wish.operands.length === 0 ? this.names() : wish.operands);
    const names = selected.map(({ scope }) => scope.name);
    const all = selected.flatMap(({ scope, names: processes }) => processes.map((process) => ({ scope, process })));
    const label = ({ scope, process }: (typeof all)[number]) => (names.length > 1 ? `${scope.name}/${process}` : process);
    const columns = Math.max(...all.map((one) => label(one).length));
    const logs = all.map((one) => {
      const [path, of] = [logFile(one.scope, one.process), `${one.scope.name}/${one.process}`];
      const named = all.length === 1 ? "" : `${label(one).padEnd(columns)} | `;
      const plain = (line: string, moment: number | null) => `${named}${wish.times ? `${shownMoment(moment)} ` : ""}${line}`;
      const document = (line: string, moment: number | null) => JSON.stringify(logLine(one.scope.name, one.process, { line, moment }));
      return { path, of, show: wish.json ? document : named === "" && !wish.times ? null : plain };
    });
    return followLogs(logs, { ...wish, of: names.join(", "), skipped }, write);
  }

  async attach(wish: AttachWish): Promise<number> {
    const { attachToProcess } = await import("./attach-process.ts");
    return attachToProcess(this.wiring.engine.host, await this.selectProcesses([wish.operand]), wish);
  }

  async kill(operands: readonly string[], signal: NodeJS.Signals): Promise<void> {
    const { killProcesses } = await import("./process-ends.ts");
    killProcesses(this.wiring.engine.host, await this.selectProcesses(operands), signal);
  }

  async freeze(operands: readonly string[], frozen: boolean): Promise<readonly string[]> {
    const { freezeProcesses } = await import("./frozen.ts");
    return freezeProcesses(this.wiring.engine.host, await this.selectProcesses(operands), frozen);
  }

  async wait(operands: readonly string[], timeoutMs: number | null): Promise<number> {
    const { awaitProcesses } = await import("./process-ends.ts");
    return awaitProcesses(this.wiring.engine.host, await this.selectProcesses(operands), timeoutMs);
  }

  async awaitStarted(environments: readonly string[], awaited: Awaited): Promise<void> {
    const { awaitStarted } = await import("./await-started.ts");
    const { engine, intents, manifest } = this.wiring;
    const { stopped } = stoppedNow(intents, manifest.environments);
    const names = new Set(environments.length === 0 ? this.names() : environments);
    const selected = locate(engine.host, { ...this.subject(), only: names }).map((scope) => ({
      scope,
      names: Object.keys(scope.environment?.processes ?? {}).filter(
        (name) => !Object.hasOwn(stopped.get(scope.name)?.processes ?? {}, name),
      ),
    }));
    await awaitStarted(engine.host, selected, awaited);
  }

  /** The processes that operands name, with their environments. Throws `usage/unknown-environment`, `usage/unknown-process`. */
  protected async selectProcesses(operands: readonly string[]): Promise<readonly SelectedProcesses[]> {
    const { namedProcess, selectProcesses } = await import("./process-operands.ts");
    const named = operands.map(namedProcess);
    const names = selectEnvironments(
      named.map(({ environment }) => environment),
      this.names(),
      this.wiring.manifest.inactive,
    );
    return selectProcesses(named, locate(this.wiring.engine.host, { ...this.subject(), only: new Set(names) }));
  }

  async usage(
    environments: readonly string[],
    wish: UsageWish,
    tell: (environments: readonly EnvironmentRate[]) => void,
  ): Promise<boolean> {
    const { followUsage } = await import("./follow-usage.ts");
    const request = this.requestFor(environments);
    const running = () => locate(this.wiring.engine.host, request).filter(({ keeper }) => keeper?.assembled === true);
    return followUsage(running, wish, tell);
  }

  async verify(environments: readonly string[], context: Context): Promise<number> {
    const { reportVerified, verifyEnvironments } = await import("./run-verify.ts");
    const names = selectEnvironments(environments, this.names(), this.wiring.manifest.inactive);
    return reportVerified(verifyEnvironments(names.map((name) => this.running(name))), context);
  }

  protected lastApplied(): LastApplied {
    const { record, manifest } = this.wiring;
    // A generation is never written again: it is read once.
    if (this.#last === null || record.numbers().at(-1) !== this.#last.next - 1) {
      this.#last = lastApplied(record, [...manifest.environments.values()][0]);
    }
    return this.#last;
  }

  /** The names of the manifest's environments, and of those that run. */
  protected known(): readonly string[] {
    const running = foundOf(this.wiring.engine.host, this.subject()).map(({ name }) => name);
    return [...new Set([...this.names(), ...running])];
  }

  protected names(): readonly string[] {
    return [...this.wiring.manifest.environments.keys()];
  }

  /** Environments of the manifest, or of those that run and are not in it. */
  protected select(environments: readonly string[]): readonly string[] {
    const names = this.names();
    if (environments.every((name) => names.includes(name))) return selectEnvironments(environments, names);
    return selectEnvironments(environments, this.known(), this.wiring.manifest.inactive);
  }

  protected requestFor(environments: readonly string[]): Request {
    const only = environments.length === 0 ? null : new Set(this.select(environments));
    const stopped = () => stoppedNow(this.wiring.intents, this.wiring.manifest.environments).stopped;
    return { ...this.subject(), only, stopped, destroy: new Set(), prune: false, volumes: false };
  }

  protected subject() {
    return subjectOfOpened(this.wiring, this.lastApplied());
  }

  protected running(name: string) {
    return runningScope(this.wiring.engine.host, oneOf(this.wiring, this.lastApplied(), name));
  }
}
