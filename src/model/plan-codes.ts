/** The codes of plans, kept and made: a part of `diagnosticCodes`. */
export const planCodes = {
  "plan/cycle": {
    exit: 3,
    when: "environments need one another in a circle",
    fix: "take one of the named references out",
  },
  "plan/newer-version": {
    exit: 1,
    when: "a saved plan was written by a newer version of cloister",
    fix: "use that version, or make the plan again",
  },
  "plan/protected": {
    exit: 1,
    when: "a plan would destroy, make anew or restart what the lifecycle of its environment protects, in the manifest or as it was last applied; nothing is done",
    fix: "take back what forces it, take the protection out of the manifest and apply that, or let it through with --force-protected NAME",
  },
  "plan/stale": {
    exit: 1,
    when: "something that a saved plan rests on is not as it was when the plan was made, or the plan was carried out already; nothing is done",
    fix: "make the plan again with `cloister plan -o FILE`, and look at it",
  },
  "plan/unusable": {
    exit: 1,
    when: "the file of a saved plan was cut or changed, is none, cannot be read, or others can write to it; nothing is done",
    fix: "make the plan again with `cloister plan -o FILE`",
  },
} as const;
