// timeout: 600 s
import { testTrials } from "../../support/trials.ts";
import { crowd } from "../../torture/crowd.ts";

testTrials(crowd);
