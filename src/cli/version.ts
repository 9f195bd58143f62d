/** Put in by the build, from package.json. */
declare const VERSION: string;

/** This release's number. */
export const cloisterVersion: string = VERSION;
