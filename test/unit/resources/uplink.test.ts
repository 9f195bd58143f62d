import { test } from "uvu";
import * as assert from "uvu/assert";
import type { PublishedPort } from "../../../src/model/environment.ts";
import { pastaPart, pastaWords } from "../../../src/resources/uplink-pasta.ts";
import { forwardChanges, slirpLack, slirpPart, slirpWanted, slirpWords } from "../../../src/resources/uplink-slirp.ts";
import { sampleScope } from "../../support/sample-scope.ts";

function publishing(ports: Readonly<Record<string, PublishedPort>>) {
  return { ...sampleScope().environment, network: { mode: "user", ports } } as const;
}

const tcp = { protocol: "tcp", to: 80 } as const;
const udp = { protocol: "udp", to: 53 } as const;

test("a port in pasta's command line is published where the kernel shows that it listens, all of a range and at its address", () => {
  const words = pastaWords(
    publishing({
      "127.0.0.1:8080": { ...tcp, address: "127.0.0.1", port: 8080 },
      "8090-8091": { ...tcp, address: null, port: 8090, count: 2 },
      "[::1]:5301": { ...udp, address: "::1", port: 5301 },
    }),
    "eth7",
  );
  const all = ["tcp 127.0.0.1 8080", "tcp :: 8090", "tcp 0.0.0.0 8091", "udp ::1 5301"];
  const wanted = pastaPart(words, null);
  assert.equal(pastaPart([...words, "--netns-only", "--netns", "/proc/self/fd/4"], all), wanted);
  for (const [missing, deaf] of [
    ["tcp 127.0.0.1 8080", "127.0.0.1/8080:80 tcp"],
    ["tcp 0.0.0.0 8091", "8090-8091:80-81 tcp"],
    ["udp ::1 5301", "::1/5301:53 udp"],
  ] as const) {
    const elsewhere = missing.replace("127.0.0.1", "127.0.0.2").replace("udp", "tcp").replace("8091", "8092");
    const { published = "" } = pastaPart(words, [...all.filter((one) => one !== missing), elsewhere]);
    assert.equal(
      published.split("\n").filter((line) => line.includes("nobody")),
      [`${deaf}, nobody listens`],
    );
  }
});

test("slirp4netns is told what is missing, deaf or too much, and nothing else", () => {
  const environment = publishing({
    "127.0.0.1:8080": { ...tcp, address: "127.0.0.1", port: 8080 },
    "8090-8091": { ...tcp, address: null, port: 8090, count: 2 },
  });
  const forwards = ["tcp/127.0.0.1/8080/80", "tcp/0.0.0.0/8090/80", "tcp/0.0.0.0/8091/81"];
  const open = ["tcp 127.0.0.1 8080", "tcp 0.0.0.0 8090", "tcp 0.0.0.0 8091"];
  const seen = slirpPart(slirpWords, forwards, open);
  assert.equal(seen, slirpWanted(environment));
  assert.equal(forwardChanges(environment, seen), []);
  const changes = (said: readonly string[], listening = open) => forwardChanges(environment, slirpPart(slirpWords, said, listening));
  assert.equal(changes(forwards.slice(1)), ["+tcp/127.0.0.1/8080/80"]);
  assert.equal(changes(forwards, open.slice(1)), ["+tcp/127.0.0.1/8080/80"]);
  assert.equal(changes([...forwards, "udp/0.0.0.0/99/9"]), ["-udp/0.0.0.0/99/9"]);
  assert.equal(changes(["tcp/127.0.0.1/8080/81", ...forwards.slice(1)]), ["-tcp/127.0.0.1/8080/81", "+tcp/127.0.0.1/8080/80"]);
  assert.equal(slirpPart(slirpWords, null, open), { uplink: "slirp4netns that does not answer" });
  assert.equal(slirpPart(slirpWords.slice(1), forwards, open), { uplink: "slirp4netns with other options" });
});

test("what slirp4netns cannot publish is known beforehand", () => {
  const ports = {
    "[::1]:8080": { ...tcp, address: "::1", port: 8080 },
    "127.0.0.1:8081": { ...tcp, address: "127.0.0.1", port: 8081 },
    "127.0.0.1:5301": { ...udp, address: "127.0.0.1", port: 5301, to: 54 },
    "5302": { ...udp, address: null, port: 5302 },
    "5303-5305": { ...udp, address: null, port: 5303, to: 51, count: 3 },
    "5306": { ...udp, address: null, port: 5306, to: 55 },
  } as const;
  const environment = publishing(ports);
  const lacking = Object.entries(ports).flatMap(([key, port]) => (slirpLack(environment, port) === null ? [] : [key]));
  assert.equal(lacking.sort(), ["127.0.0.1:5301", "5302", "5303-5305", "[::1]:8080"]);
});

test.run();
