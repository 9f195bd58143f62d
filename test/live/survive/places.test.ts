// timeout: 600 s
import { testTrials } from "../../support/trials.ts";
import { places } from "../../torture/places.ts";

testTrials(places);
