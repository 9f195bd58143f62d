import { codeOf } from "../model/errno.ts";

/** How often it is tried. Where nothing else is wrong, one of the first few is whole. */
const mostAttempts = 100;

/** Makes something below a directory that other commands take away as soon as nothing is in it (with their last environment, with the end of a run): again where that has come between. */
export function retried<T>(make: () => T): T {
  for (let left = mostAttempts; ; left--) {
    try {
      return make();
    } catch (error) {
      // ENODEV: of a file of a control group that is on its way out.
      if (left === 0 || !["ENOENT", "ENODEV"].includes(codeOf(error))) throw error;
    }
  }
}
