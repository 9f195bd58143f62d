import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { deafen } from "../deaf-port.ts";
import { until } from "../until.ts";
import { uplinks } from "../user-network.ts";
import type { DriftKind, Place } from "./place.ts";
import { busyboxInside, fromInside, fromOutside } from "./place.ts";

const [inside, outside] = [
  { ...fromInside, mode: "user" },
  { ...fromOutside, mode: "user" },
] as const;

const within = ({ seen }: Place, ...words: readonly string[]) =>
  execFileSync("nsenter", [`--net=/proc/${seen.pid}/ns/net`, "--", ...words], { encoding: "utf8" });

/** What is done to networks with mode user. */
export const userNetworkKinds: readonly DriftKind[] = [
  {
    ...{ name: "mode user: the process behind eth0 killed", ...outside, found: ["network.eth0"] },
    inject: async (place) => {
      for (const pid of await uplinks(place.site)) {
        process.kill(pid, "SIGKILL");
        await until("its end", () => !existsSync(`/proc/${pid}/exe`));
      }
      await until("the end of eth0", () => !within(place, "ip", "-o", "link").includes("eth0"));
      return undefined;
    },
  },
  {
    ...{ name: "mode user: default route gone", ...inside, found: ["network.eth0.routes"] },
    inject: busyboxInside("ip", "route", "del", "default"),
  },
  {
    ...{ name: "mode user: nobody listens at a published port", ...outside, found: ["network.eth0.published"] },
    inject: async ({ site, network }) => {
      if (network === null) throw new Error("no network");
      for (const pid of await uplinks(site)) deafen(network, pid, 8080);
      return undefined;
    },
  },
  {
    ...{ name: "mode user: table that keeps from the host's loopback deleted", ...outside, found: ["network.loopback"] },
    inject: (place) => void within(place, "nft", "delete", "table", "inet", "cloister"),
  },
];
