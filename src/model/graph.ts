import type { NamespaceKind, NetworkMode } from "./environment.ts";

/** What the environments of a project have to do with one another: whose network each is in, what leads into it, whose namespaces it shares. */
export interface Graph {
  readonly project: string;
  readonly networks: readonly GraphNetwork[];
  readonly environments: readonly GraphEnvironment[];
  readonly ports: readonly GraphPort[];
  readonly shared: readonly GraphShared[];
}

/** A network that environments are in; one with nothing but lo is none. */
export interface GraphNetwork {
  /** `nat`, `bridge br0`, `macvlan eth0`, `user`, `host`, `path /run/netns/lab`. */
  readonly id: string;
  readonly mode: Exclude<NetworkMode, "none" | "join">;
  /** The bridge, the parent or the file; null: there is one only. */
  readonly name: string | null;
}

/** An environment and the network that it is in. */
export interface GraphEnvironment {
  readonly name: string;
  readonly mode: NetworkMode;
  /** The id of its network; of one that joins another's, that of the other's; null: none. */
  readonly network: string | null;
  /** The address that is declared. */
  readonly address: string | null;
}

/** A port of the host that leads into an environment. */
export interface GraphPort {
  readonly environment: string;
  /** As it is written: `127.0.0.1:8080`. */
  readonly host: string;
  /** `80/tcp`. */
  readonly inside: string;
}

/** Namespaces that an environment has in common with somebody. */
export interface GraphShared {
  readonly environment: string;
  readonly type: "environment" | "host" | "path";
  /** The environment or the file; null: the host. */
  readonly with: string | null;
  readonly namespaces: readonly NamespaceKind[];
}
