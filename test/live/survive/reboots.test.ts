// timeout: 600 s
import { testTrials } from "../../support/trials.ts";
import { reboots } from "../../torture/reboots.ts";

testTrials(reboots);
