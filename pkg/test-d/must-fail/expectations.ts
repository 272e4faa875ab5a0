// Every line that ends in `// fails` must be refused, and no other: so the expectations of the
// other files can't hold by accident.

import { matchesType, VerificationError, Verifier } from "countersign";
import type { BoaterosEventType, EventType, Verified } from "countersign";

exact<any, string>(); // fails
exact<string, any>(); // fails
exact<unknown, any>(); // fails
exact<never, any>(); // fails
exact<"a" | "b", "a">(); // fails
exact<{ readonly a: 1 }, { a: 1 }>(); // fails
exact<string | undefined, string>(); // fails
exact<EventType<"boateros">, BoaterosEventType>(); // fails
exact<EventType<"boateros">, string>(); // fails
exact<EventType<"boateros">, EventType<"peeker">>(); // fails

const verifier = new Verifier("boateros", { secrets: "whatever the portal shows" });
const event = verifier.verify("", {});
exact<typeof event, any>(); // fails
exact<typeof event, Verified>(); // fails
exact<typeof event.type, any>(); // fails
exact<VerificationError["code"], string>(); // fails
if (matchesType("hull.*", event.type)) exact<typeof event.type, any>(); // fails
if (matchesType("hull.*", event.type)) exact<typeof event.type, "hull.sold">(); // fails
if (matchesType("deal.*", event.type)) exact<typeof event.type, "hull.sold">(); // fails

verifier.verify({ parsed: true }, {}); // fails
// @ts-expect-error: nothing is wrong with the next line // fails
verifier.verify("", {});
