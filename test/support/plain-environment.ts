import { load } from "../../src/manifest/load.ts";
import type { Environment } from "../../src/model/environment.ts";

/** An environment for which the manifest says nothing but where its root is. */
export function plainEnvironment(): Environment {
  const text = "api_version: cloister/v1\nname: plain\nenvironments:\n  plain:\n    rootfs: { directory: / }\n";
  const loaded = load({ sources: [{ path: "plain.yaml", text }], directory: "/" });
  const environment = "manifest" in loaded ? loaded.manifest.environments.get("plain") : undefined;
  if (environment === undefined) throw new Error("the plain manifest is not valid");
  return environment;
}
