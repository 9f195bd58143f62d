import type { Step } from "../model/step.ts";
import type { RootBuild } from "./rootfs-image.ts";

export function tarSteps(tar: string, build: RootBuild): readonly Step[] {
  throw new Error(`tar ${tar} ${build.key}`);
}
