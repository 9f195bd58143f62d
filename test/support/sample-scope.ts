import { load } from "../../src/manifest/load.ts";
import type { Environment } from "../../src/model/environment.ts";
import type { Hierarchy, Scope } from "../../src/model/resource.ts";

/** What tells that its root is there. */
export const sampleRootFacts = { "source//r": JSON.stringify({ type: "directory" }) } as const;

/** The scope of an environment `web` that does not run; `written`: its keys beside rootfs, as flow YAML lines. */
export function sampleScope(written = "", hierarchies: readonly Hierarchy[] = []): Scope & { readonly environment: Environment } {
  const text = `api_version: cloister/v1\nname: t\nenvironments:\n  web:\n    rootfs: { directory: /r }\n    ${written}\n`;
  const loaded = load({ sources: [{ path: "t.yaml", text }], directory: "/" });
  const environment = "manifest" in loaded ? loaded.manifest.environments.get("web") : undefined;
  if (environment === undefined) throw new Error(`not valid: ${text}`);
  const cgroups = hierarchies.map((hierarchy) => ({ hierarchy, path: `${hierarchy.mountPoint}/cloister/t/web-aaaaaaaa` }));
  return {
    ...{ project: "t", name: "web", id: "aaaaaaaa", environment, keeper: null, base: 0x70000000, directory: "/", keepers: new Map() },
    places: { run: "/r", store: "/s", uppers: "/u", volumes: "/v", logs: "/l", cgroups },
    machine: { shim: "/shim.pl", architecture: "x64", lastCapability: 40, raisesLimits: true },
  };
}
