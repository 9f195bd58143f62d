// timeout: 600 s
import { testTrials } from "../../support/trials.ts";
import { edited } from "../../torture/edits.ts";

testTrials(edited);
