// timeout: 600 s
import { testTrials } from "../../support/trials.ts";
import { groups } from "../../torture/groups.ts";
import { syscalls } from "../../torture/syscalls.ts";

testTrials([...syscalls, ...groups], "strace");
