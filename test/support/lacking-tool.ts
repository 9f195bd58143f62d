import type { TestNetwork } from "./test-network.ts";

const script = `for directory in /usr/sbin /usr/bin /sbin /bin; do
  if [ -e "$directory/$1" ]; then mount --bind /dev/null "$directory/$1"; fi
done
shift
exec "$@"`;

/** A host on which a program is not installed, as long as one is named: each command runs in a mount namespace where nothing that can be executed lies at its path. */
export function lackingTool(network: Pick<TestNetwork, "command">, lacking: () => string | null): Pick<TestNetwork, "command"> {
  return {
    command: (...words) => {
      const name = lacking();
      return name === null
        ? network.command(...words)
        : network.command("unshare", "--mount", "--", "sh", "-c", script, "sh", name, ...words);
    },
  };
}
