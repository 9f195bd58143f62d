/** The diagnostic codes of what runs and is done to it. Part of `diagnosticCodes`. */
export const engineCodes = {
  "engine/assembly-failed": {
    exit: 1,
    when: "the root or a mount of an environment could not be put in its place",
    fix: "see the message; nothing of the unfinished environment is left running, unless --keep-failed asked for that",
  },
  "engine/busy": {
    exit: 5,
    when: "a mount that is to be removed or replaced is in use; the rest was done",
    fix: "end the named processes and apply again, or detach it all the same with `cloister apply --lazy`: they keep what they have open",
  },
  "engine/copy-failed": {
    exit: 1,
    when: "something could not be copied out of an environment or into it",
    fix: "see the message; what was copied before it stays, and no file is half there",
  },
  "engine/exposed-source": {
    exit: 1,
    when: "what is to be mounted would be chosen from inside: a link on the way to it lies in a directory that an environment can write to, or it leads to what is never shown",
    fix: "name the directory itself, and one that no environment of the project can replace",
  },
  "engine/foreign-project": {
    exit: 1,
    when: "a project of the same name runs from the manifest of another directory",
    fix: "give one of them another name, with `name:` or -p",
  },
  "engine/keeper-failed": {
    exit: 1,
    when: "the namespaces of an environment could not be made",
    fix: "see the cause; `cloister doctor` says what this kernel refuses and how to mend it",
  },
  "engine/kept": {
    exit: 1,
    when: "an environment is to be entered or used that was kept half made after its start had failed (`apply --keep-failed`)",
    fix: "exec looks at it where everything stands that confines what runs in it, else look from outside; apply makes it anew, destroy removes it",
  },
  "engine/locked": {
    exit: 7,
    when: "another run of cloister is changing the same project",
    fix: "wait for it with --lock-timeout; the lock ends with that process, there is nothing to remove",
  },
  "engine/name-taken": {
    exit: 1,
    when: "an environment is to be renamed, and an earlier one of the new name left what was written inside it",
    fix: "move the named directory away, or take another name",
  },
  "engine/no-log": {
    exit: 1,
    when: "the log of an environment is asked for whose process was never started, or it is asked for by time, which is not kept",
    fix: "see the hint: give the environment a command, or set `logging: {times: true}` and start the process anew",
  },
  "engine/no-range": {
    exit: 1,
    when: "the network of a project has no address for an environment, or the host has a route to every range that it could have",
    fix: "take environments to another project, or routes to private ranges away that nobody needs",
  },
  "engine/not-converged": {
    exit: 1,
    when: "after an apply the kernel is not as the manifest wants it: a bug of cloister, or something else changed it meanwhile",
    fix: "run `cloister plan` to see what is left, and report it if it stays",
  },
  "engine/not-runnable": {
    exit: 1,
    when: "a process of an environment could not be started: its command is not there or cannot be run",
    fix: "correct `command:`, `user:` or `working_dir:`; the environment itself runs",
  },
  "engine/not-running": {
    exit: 1,
    when: "a verb needs a running environment and this one does not run",
    fix: "start it with `cloister apply`",
  },
  "engine/orphan": {
    exit: 0,
    when: "an environment of the project runs and is not in the manifest; it is left alone",
    fix: "end it with `cloister apply --prune` or `cloister destroy NAME`, or put it back into the manifest",
  },
  "engine/paused": {
    exit: 0,
    when: "an environment that is to be changed is paused; a watch leaves it alone, what somebody asks for is done (a warning)",
    fix: "end the pause with `cloister resume NAME`, or leave it: it stays",
  },
  "engine/plan-changed": {
    exit: 1,
    when: "between the plan that was shown and the lock, something changed so that more would end than was shown",
    fix: "look at the plan again and repeat the command",
  },
  "engine/process-ended": {
    exit: 4,
    when: "`apply --wait`, or a process that depends on another one, waited for that, and it has failed",
    fix: "see what it wrote with `cloister logs`",
  },
  "engine/range-taken": {
    exit: 1,
    when: "the range of ids to which the files of an environment's overlay belong is being given to another environment",
    fix: "repeat the command when that one is done, or give the overlay up with `cloister destroy --volumes`",
  },
  "engine/step-failed": {
    exit: 1,
    when: "one step of an apply failed",
    fix: "see the step, its command and the cause; what was done before it stays, the next apply goes on from there",
  },
  "engine/timeout": {
    exit: 4,
    when: "what was waited for did not come about in the time that was given",
    fix: "look at it with `cloister status` and `cloister logs`, or give it more time",
  },
  "engine/unsafe-stream": {
    exit: 64,
    when: "a standard stream of `exec` is a directory of the host",
    fix: "give the command a file, a pipe or a terminal",
  },
} as const;
