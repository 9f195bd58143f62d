// timeout: 600 s
import { testTrials } from "../../support/trials.ts";
import { hanging } from "../../torture/hanging.ts";

testTrials(hanging);
