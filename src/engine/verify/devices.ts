import type { NetworkMode } from "../../model/environment.ts";
import type { Check } from "./check.ts";
import { attempts, fail, listed, none, pass, refused, reported, skip } from "./check.ts";

const nodes: Readonly<Record<string, string>> = {
  "/dev/null": "1:3",
  "/dev/zero": "1:5",
  "/dev/full": "1:7",
  "/dev/random": "1:8",
  "/dev/urandom": "1:9",
  "/dev/tty": "5:0",
};

/** Device files and terminals, seen from inside. */
export const deviceChecks: readonly Check[] = [
  {
    id: "devices/nodes",
    title: "/dev has the six harmless devices",
    rule: "S28",
    judge: (seen) => {
      const found = new Map(
        attempts(seen, "device").map((attempt) => [attempt.detail.split(" ")[0], attempt.detail.split(" ").slice(1).join(" ")]),
      );
      const wrong = Object.entries(nodes).filter(([path, number]) => found.get(path) !== `c ${number}`);
      return none(
        wrong.map(([path]) => `${path} is ${found.get(path) ?? "not there"}`),
        {
          evidence: Object.keys(nodes).join(" "),
          hint: "mount a tmpfs at /dev and bind null, zero, full, random, urandom and tty of the host",
        },
      );
    },
  },
  {
    id: "devices/no-others",
    title: "and no others: no disk, no memory, no console",
    rule: "S28",
    judge: (seen) => {
      const others = attempts(seen, "device")
        .map((attempt) => attempt.detail)
        .filter((line) => !(line.split(" ")[0] ?? "").startsWith("/dev/pts/") && nodes[line.split(" ")[0] ?? ""] === undefined);
      return none(others, {
        evidence: `${attempts(seen, "device").length} device files in /dev`,
        hint: "mount a tmpfs at /dev: device files of a root stay out of sight",
      });
    },
  },
  {
    id: "devices/mknod",
    title: "none can be made",
    rule: "S28",
    judge: (seen) =>
      attempts(seen, "mknod").length === 0
        ? skip("no directory inside can be written")
        : refused(seen, "mknod", "do not give MKNOD; a user namespace forbids it as well"),
  },
  {
    id: "devices/own-terminals",
    title: "its terminals are its own (/dev/pts)",
    rule: "S28",
    judge: (seen) => {
      const [own] = attempts(seen, "devpts");
      if (own === undefined) return fail("the probe did not report", "run verify again");
      if (own.outcome !== "")
        return fail(
          `/dev/pts inside: ${own.outcome}: programs have no terminals, or take the host's`,
          "mount a devpts of its own at /dev/pts (newinstance)",
        );
      return seen.host.devpts.includes(Number(own.detail))
        ? fail(`/dev/pts is the host's (device ${own.detail})`, "mount a devpts of its own (newinstance)")
        : pass(`device ${own.detail}; the host has ${listed(seen.host.devpts.map(String))}`);
    },
  },
  {
    id: "devices/no-controlling-terminal",
    title: "what enters has no controlling terminal",
    rule: "S12",
    judge: (seen) => refused(seen, "controlling-terminal", "setsid before entering"),
  },
];

function isAnothers(network: NetworkMode): boolean {
  return network === "host" || network === "join" || network === "path";
}

/** The network, seen from inside. Not judged where the manifest shares the host's. */
export const networkChecks: readonly Check[] = [
  {
    id: "network/interfaces",
    title: "it has no interface but lo, and eth0 where the network's mode gives it that",
    rule: "tutorial",
    judge: (seen, { network }) =>
      isAnothers(network)
        ? skip(`the manifest shares ${network === "host" ? "the host's" : "another's"} network`)
        : reported(seen, "interfaces", (text) => {
            const names = text.split("\n").flatMap((line) => /^\s*([^\s:]+):/.exec(line)?.[1] ?? []);
            return none(
              names.filter((name) => name !== "lo" && !(name === "eth0" && network !== "none")),
              { evidence: listed(names), hint: "give it a network namespace of its own" },
            );
          }),
  },
  {
    id: "network/routes",
    title: "no route leads out",
    rule: "tutorial",
    judge: (seen, { network }) =>
      isAnothers(network)
        ? skip(`the manifest shares ${network === "host" ? "the host's" : "another's"} network`)
        : network !== "none"
          ? skip("the manifest gives it a way out")
          : reported(seen, "routes", (text) => {
              const routes = text
                .split("\n")
                .slice(1)
                .filter((line) => line.trim() !== "");
              return none(
                routes.map((line) => line.replace(/\s+/g, " ")),
                { evidence: "the table of routes is empty", hint: "give it a network namespace of its own" },
              );
            }),
  },
  {
    id: "network/abstract-sockets",
    title: "services of the host on abstract sockets cannot be reached",
    rule: "S32",
    judge: (seen, { network }) =>
      network === "host"
        ? skip("the manifest shares the host's network")
        : reported(seen, "abstract-sockets", (text) => {
            const inside = text.split(" ").filter((name) => name !== "");
            return none(
              inside.filter((name) => seen.host.abstractSockets.includes(name)),
              {
                evidence: `${inside.length} inside, ${seen.host.abstractSockets.length} on the host, none the same`,
                hint: "give it a network namespace of its own",
              },
            );
          }),
  },
];
