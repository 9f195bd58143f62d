import { resolve } from "node:path";
import type { FileEvents } from "../engine/watch/files.ts";
import type { Applied, Look, Reloaded, Watched } from "../engine/watch/watched.ts";
import type { Intents } from "../host/intents.ts";
import { linksOn } from "../host/links.ts";
import type { Directories } from "../host/linux.ts";
import { isLocked } from "../host/lock.ts";
import type { Secrets } from "../host/secrets.ts";
import { lockName } from "../host/store-lock.ts";
import type { Change } from "../model/change.ts";
import type { Diagnostic } from "../model/diagnostic.ts";
import { CloisterError } from "../model/diagnostic.ts";
import type { Manifest } from "../model/environment.ts";
import type { Event } from "../model/event.ts";
import type { KernelEvents, Life } from "../model/host.ts";
import { isLinked } from "../model/network.ts";
import type { Plan } from "../model/plan.ts";
import type { Scope } from "../model/resource.ts";
import { processNames } from "../model/resource.ts";
import type { Rootfs } from "../model/rootfs.ts";
import { wholeRootfs } from "../model/rootfs.ts";
import type { Context } from "./context.ts";
import type { WatchWish } from "./engine.ts";
import { copiedFiles, holdsSources, readHostText } from "./host-file.ts";
import { tryManifest } from "./load-manifest.ts";
import { lockTextAt, withLock } from "./lock-file.ts";
import { manifestPaths, readManifestFiles } from "./manifest-files.ts";
import { holdsSecrets, secretFiles } from "./secret-values.ts";

/** What is left out of a plan. */
export interface Holding {
  readonly prune: boolean;
  readonly hold: (change: Change) => boolean;
}

/** A look, with what was looked at. */
export interface Seen extends Look {
  readonly scopes: readonly Scope[];
}

/** The engine for one manifest, as far as a watch needs it. */
interface Opened {
  look(environments: readonly string[], holding: Holding): Promise<Seen>;
  carryOut(plan: Plan, report: (event: Event) => void): Promise<number>;
  note(): Promise<void>;
  generation(): number | null;
}

/** What a project is watched with. */
export interface ProjectRequest {
  readonly context: Context;
  readonly wish: WatchWish;
  readonly report: (event: Event) => void;
  readonly manifest: Manifest;
  readonly open: (manifest: Manifest) => Opened;
  readonly known: (manifest: Manifest) => Manifest;
  readonly secrets: Secrets;
  readonly directories: Pick<Directories, "locks">;
  readonly intents: Pick<Intents, "directory">;
}

/** What a watch works with: the project's manifest as its files say it at this moment, the engine for that, and what tells of changes of either. */
export class WatchedProject implements Watched {
  readonly #request: ProjectRequest;
  readonly #ears: { readonly files: FileEvents | null; readonly kernel: KernelEvents | null };
  readonly project: string;
  #manifest: Manifest;
  /** Every text that the manifest is made of, env files too, by name; "" where there is none. */
  #texts: ReadonlyMap<string, string>;
  /** The lock beside it. */
  #lock: string | null;
  /** What the last reading that failed has read: what mends it may happen there. */
  #tried: ReadonlyMap<string, string> = new Map();
  #opened: Opened;
  #lives: readonly Life[] = [];

  constructor(request: ProjectRequest, ears: { readonly files: FileEvents | null; readonly kernel: KernelEvents | null }) {
    this.#request = request;
    this.#ears = ears;
    this.#manifest = request.manifest;
    this.project = request.manifest.project;
    this.#texts = new Map(request.context.sources);
    this.#lock = lockTextAt(request.manifest.directory);
    this.#opened = request.open(request.manifest);
  }

  reload(): Reloaded {
    const { context, open, known } = this.#request;
    const texts = new Map<string, string>();
    try {
      const lock = lockTextAt(this.#manifest.directory);
      if (lock === this.#lock && this.#isSame()) return { type: "same" };
      const loaded = tryManifest({ ...context, sources: texts }, context.settings.files);
      for (const [name, text] of texts) context.sources.set(name, text);
      if ("diagnostics" in loaded) return this.#invalid(texts, loaded.diagnostics);
      if (loaded.manifest.project !== this.project) return this.#invalid(texts, [this.#otherProject(loaded.manifest)]);
      const manifest = known(withLock(loaded.manifest, { required: false }));
      this.#manifest = manifest;
      this.#texts = texts;
      this.#lock = lock;
      this.#tried = new Map();
      this.#opened = open(manifest);
      return { type: "changed" };
    } catch (error) {
      if (error instanceof CloisterError) return this.#invalid(texts, error.diagnostics);
      throw error;
    }
  }

  #invalid(tried: ReadonlyMap<string, string>, diagnostics: readonly Diagnostic[]): Reloaded {
    this.#tried = tried;
    this.follow();
    return { type: "invalid", diagnostics };
  }

  /** Whether every text says what it said when the manifest was read. */
  #isSame(): boolean {
    const given = readManifestFiles(this.#request.context.settings.files);
    if (given.some(({ name, text }) => this.#texts.get(name) !== text)) return false;
    const names = new Set(given.map(({ name }) => name));
    return (
      [...this.#texts].every(([name, text]) => names.has(name) || textAt(name) === text) &&
      holdsSources(this.#manifest) &&
      holdsSecrets(this.#manifest, this.#request.secrets)
    );
  }

  async look(isHeld: (change: Change) => boolean): Promise<Look> {
    const { environments, prune } = this.#request.wish;
    const seen = await this.#opened.look(environments, { prune, hold: isHeld });
    this.#lives = seen.scopes.flatMap(lifeOf);
    return seen;
  }

  async glance(names: readonly string[], isHeld: (change: Change) => boolean): Promise<Look | null> {
    const { environments, prune } = this.#request.wish;
    const all = [...this.#manifest.environments.values()].filter(({ name }) => environments.length === 0 || environments.includes(name));
    const asked = all.filter(({ name }) => names.includes(name));
    // What joins another's namespaces goes and comes with it.
    const isApart = all.every(({ namespaces }) => !Object.values(namespaces).some((setting) => setting.startsWith("join:")));
    if (!isApart || asked.length < names.length || asked.length * 4 > all.length) return null;
    const seen = await this.#opened.look(names, { prune, hold: isHeld });
    this.#lives = [...this.#lives.filter(({ name }) => !names.includes(name)), ...seen.scopes.flatMap(lifeOf)];
    this.#ears.kernel?.follow(this.#lives);
    return seen;
  }

  async apply({ plan }: Look): Promise<Applied> {
    const changes: Change[] = [];
    const failed = new Map<string, readonly Diagnostic[]>();
    const report = (event: Event) => {
      if (event.type === "environment-finished") changes.push(...event.changes);
      if (event.type === "environment-failed") failed.set(event.environment, event.diagnostics);
      this.#request.report(event);
    };
    try {
      await this.#opened.carryOut(plan, report);
    } catch (error) {
      if (!(error instanceof CloisterError)) throw error;
      const { diagnostics } = error;
      // Another run has the lock, or has changed things since: both are for another look.
      if (diagnostics.some(({ code }) => code === "engine/locked" || code === "engine/plan-changed")) return { type: "busy" };
      for (const { name } of plan.groups) failed.set(name, failed.get(name) ?? diagnostics);
    }
    return { type: "done", changes, failed };
  }

  isBusy(): Promise<boolean> {
    return Promise.resolve(isLocked(`${this.#request.directories.locks}/${this.project}.lock`));
  }

  async note(): Promise<boolean> {
    try {
      await this.#opened.note();
      return true;
    } catch (error) {
      if (error instanceof CloisterError && error.diagnostics.some(({ code }) => code === "engine/locked")) return false;
      throw error;
    }
  }

  generation(): number | null {
    return this.#opened.generation();
  }

  follow(): void {
    this.#ears.kernel?.follow(this.#lives);
    const read = [...this.#texts.keys(), ...this.#tried.keys()].map((name) => resolve(name));
    const lock = `${this.#manifest.directory}/${lockName}`;
    const paths = [...manifestPaths(this.#request.context.settings.files), ...read, lock, ...sourcesOf(this.#manifest)];
    const { directory } = this.#request.intents;
    this.#ears.files?.follow([...new Set([...paths.flatMap(linksOn), directory, `${directory}/*`])]);
  }

  #otherProject({ project }: Manifest): Diagnostic {
    const message = `the manifest is of project "${project}" now, and this watch is of "${this.project}"`;
    return { code: "manifest/project-differs", severity: "error", message, hint: "end the watch, and start it for the new name" };
  }
}

function textAt(file: string): string {
  const found = readHostText(resolve(file));
  return found !== null && "text" in found ? found.text : "";
}

/** The files and directories of the host that the environments show or have copies of: another one of the same name is another mount. */
function sourcesOf(manifest: Manifest): readonly string[] {
  const shown = [...manifest.environments.values()].flatMap(({ mounts, rootfs }) => [
    ...Object.values(mounts).flatMap(({ type, source }) => (source !== undefined && type !== "volume" ? [source] : [])),
    ...archiveOf(rootfs),
  ]);
  return [...shown, ...copiedFiles(manifest), ...secretFiles(manifest)];
}

function archiveOf(rootfs: Rootfs): readonly string[] {
  const whole = rootfs.type === "directory" ? null : wholeRootfs(rootfs);
  return whole?.type === "tar" ? [whole.tar] : whole?.type === "oci" ? [whole.oci] : [];
}

/** An environment that runs, with the control groups that tell of its end and of those of its processes. */
function lifeOf(scope: Scope): readonly Life[] {
  const { name, keeper, places, environment } = scope;
  if (keeper?.assembled !== true) return [];
  const groups = places.cgroups.flatMap(({ path, hierarchy: { version } }) => [
    { path, version },
    ...(version === 2 ? processNames(scope).map((process) => ({ path: `${path}/p-${process}`, version })) : []),
  ]);
  return [{ name, pid: keeper.pid, start: keeper.start, groups, network: isLinked(environment?.network.mode ?? "none") }];
}
