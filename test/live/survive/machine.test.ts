// timeout: 600 s
import { testTrials } from "../../support/trials.ts";
import { machine } from "../../torture/machine.ts";

testTrials(machine);
