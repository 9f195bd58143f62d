// timeout: 600 s
import { testTrials } from "../../support/trials.ts";
import { syscalls } from "../../torture/syscalls.ts";

testTrials(syscalls, "strace");
