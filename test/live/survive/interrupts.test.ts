// timeout: 600 s
import { testTrials } from "../../support/trials.ts";
import { interrupts } from "../../torture/interrupts.ts";

testTrials(interrupts);
