// timeout: 600 s
import { testTrials } from "../../support/trials.ts";
import { kills } from "../../torture/kills.ts";

testTrials(kills);
