// timeout: 600 s
import { test } from "uvu";
import * as assert from "uvu/assert";
import { needs } from "../support/needs.ts";
import type { Rig } from "../support/rig.ts";
import { withRig } from "../support/rig.ts";
import { inWindow } from "../support/tmux.ts";

const live = needs(test, "root", "mmdebstrap", "catatonit", "overlayfs", "a package mirror", "tmux");

/** Where the next command is typed. */
const prompt = /at work>\s*$/;

live(
  "what people work with on a terminal works inside: bash's jobs, vim and htop, by exec and by attach, also when the window changes",
  () =>
    withRig(async (rig) => {
      const web = {
        rootfs: { release: "bookworm", packages: ["vim-tiny", "htop"] },
        environment: { TERM: "screen", LC_ALL: "C.UTF-8", PS1: "at work> " },
        processes: { main: { command: ["bash", "--norc"], tty: true, stdin_open: true } },
      };
      rig.write("cloister.yaml", JSON.stringify({ api_version: "cloister/v1", name: rig.project, environments: { web } }));
      await rig.expect(0, "apply", "-y");
      await worksIn(rig, ["exec", "web", "--", "bash", "--norc"]);
      await worksIn(rig, ["attach", "web"]);
    }),
);

test.run();

async function worksIn(rig: Rig, args: readonly [string, ...string[]]): Promise<void> {
  const [name] = args;
  await inWindow(rig, rig.command(...args), async (window) => {
    await window.shows("the shell", /at work>|leaves it running/);
    window.press("echo at''tached", "Enter");
    await window.shows("its answer", /^attached$/m);

    window.press("(echo sle''eping; exec sleep 1000)", "Enter");
    await window.shows("a job", /^sleeping$/m);
    window.press("C-z");
    await window.shows("a stopped job", /Stopped +\(/);
    window.press("kill %1; jobs; wait; echo no jo''bs", "Enter");
    await window.shows("its end", /^no jobs$/m);

    window.press(`vim.tiny /root/${name}`, "Enter");
    await window.shows("vim", /\[New\]/);
    window.press("i", `written in vim by ${name}`, "Escape");
    window.resize(100, 30);
    window.press(":set lines? columns?", "Enter");
    const drawn = await window.shows("vim in the larger window", /lines=30/);
    assert.match(drawn, /columns=100/);
    window.press("Enter", ":wq", "Enter");
    await window.shows("the shell after vim", prompt);
    assert.is((await rig.expect(0, "exec", "-T", "web", "--", "cat", `/root/${name}`)).stdout, `written in vim by ${name}\n`);

    window.press("htop", "Enter");
    const screen = await window.shows("htop", /F10\s*Quit/);
    // Processes of the environment, and none of the host's.
    assert.match(screen, /htop/);
    assert.not.match(screen, /tmux/);
    window.press("F10");
    await window.shows("the shell after htop", prompt);

    window.press("exit 5", "Enter");
    await window.shows("its code", /^ended with 5$/m);
  });
}
