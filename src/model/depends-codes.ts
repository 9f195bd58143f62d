/** The diagnostic codes of what processes depend on. Part of `diagnosticCodes`. */
export const dependsCodes = {
  "process/depends-circle": {
    exit: 3,
    when: "processes, or the environments that they are of, depend on each other in a circle, so that none could be started first",
    fix: "take one of the edges out that the message shows",
  },
  "process/depends-on": {
    exit: 3,
    when: "a process depends on one that is not there, or waits for what that can never be",
    fix: "name a process of the same environment or ENVIRONMENT/PROCESS; process_healthy needs a healthcheck, and process_completed one that may end",
  },
} as const;
