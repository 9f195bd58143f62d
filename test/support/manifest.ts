import * as assert from "uvu/assert";
import type { LoadRequest } from "../../src/manifest/load.ts";
import { load } from "../../src/manifest/load.ts";
import type { Environment, Manifest } from "../../src/model/environment.ts";

/** What stands beside the manifest that has every key: a file that an environment of it extends. */
export const beside = {
  paths: { "./base.yaml": "base.yaml" },
  bases: {
    "base.yaml": [
      {
        path: "base.yaml",
        directory: "/work/base",
        text: "environments:\n  base:\n    rootfs: { directory: ./root }\n    hostname: based\n    mounts: { /cache: { type: tmpfs }, /data: ./data }\n",
      },
    ],
  },
};

/** The manifest of a text that must be one; relative paths start at `/work/site`. */
export function manifestOf(text: string, options: Partial<LoadRequest> = {}): Manifest {
  const loaded = load({ sources: [{ path: "web.yaml", text }], directory: "/work/site", ...options });
  if ("manifest" in loaded) return loaded.manifest;
  throw new Error(`not taken as a manifest: ${JSON.stringify(loaded.diagnostics)}`);
}

/** The only environment, `web`, of a manifest whose keys are `body` (YAML lines without indentation); its root is bookworm. */
export function environmentOf(body: string): Environment {
  const environment = manifestOf(manifestText(body)).environments.get("web");
  assert.ok(environment);
  return environment;
}

/** What is told of such a manifest, errors and warnings: `code line message`. */
export function toldOf(body: string, options: Partial<LoadRequest> = {}): readonly string[] {
  const loaded = load({ sources: [{ path: "web.yaml", text: manifestText(body) }], directory: "/work/site", ...options });
  const diagnostics = "manifest" in loaded ? loaded.manifest.warnings : loaded.diagnostics;
  return diagnostics.map(({ code, at, message }) => `${code} ${at?.line} ${message}`);
}

/** Five lines of a manifest, and `body` from line 6 on. */
export function manifestText(body: string): string {
  const lines = body.split("\n").map((line) => (line === "" ? "" : `    ${line}`));
  return ["api_version: cloister/v1", "name: blog", "environments:", "  web:", "    rootfs: { release: bookworm }", ...lines].join("\n");
}
