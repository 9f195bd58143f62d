/** The codes of secrets: a part of `diagnosticCodes`. */
export const secretCodes = {
  "secret/in-script": {
    exit: 1,
    when: "a plan that writes a secret is to be printed as a script, in which its value would stand",
    fix: "use `cloister apply`, or print the plan of the other environments: `cloister plan --script NAME`",
  },
  "secret/unreadable": {
    exit: 3,
    when: "the source of a secret cannot be read or is empty: a file, a variable that is not set, a command that failed; nothing is done, and nothing of a value is shown",
    fix: "make the file readable, set the variable, or run the command by hand as the user who runs cloister",
  },
} as const;
