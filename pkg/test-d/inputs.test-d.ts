// What bodies and headers may be, with the language alone: no DOM, no Node.

import { Verifier } from "countersign";
import type { BodyInput, HeadersInput } from "countersign";

const verifier = new Verifier("peeker", { secrets: "whatever the portal shows" });

// Bodies: text and bytes of any kind.
verifier.verify("{}", {});
verifier.verify(new Uint8Array(2), {});
verifier.verify(new Uint8ClampedArray(2), {});
verifier.verify(new DataView(new ArrayBuffer(2)), {});
verifier.verify(new ArrayBuffer(2), {});
verifier.verify(new SharedArrayBuffer(2), {});
verifier.verify(some<BodyInput>(), {});
// @ts-expect-error: a body that a framework has parsed
verifier.verify({ type: "order.completed" }, {});
// @ts-expect-error: a body that a framework has parsed
verifier.safeVerify(JSON.parse("{}") as Record<string, unknown>, {});
// @ts-expect-error: nothing
verifier.verify(null, {});
// @ts-expect-error: nothing
verifier.verify(undefined, {});
// @ts-expect-error: `await` was forgotten
verifier.verify(some<Promise<string>>(), {});
// @ts-expect-error: numbers are not bytes
verifier.verify([1, 2], {});
// @ts-expect-error: a rope of chunks
verifier.verify(some<Uint8Array[]>(), {});

// Headers: an object, what has `get`, or pairs.
const lists: Record<string, string | string[] | undefined> = { "peeker-event-id": ["evt_1"] };
verifier.verify("", { "Peeker-Event-Id": "evt_1", other: undefined });
verifier.verify("", lists);
verifier.verify("", { "peeker-signature": ["v1=00", "v1=01"] } as const);
verifier.verify("", [["peeker-event-id", "evt_1"]]);
verifier.verify("", new Map([["peeker-event-id", "evt_1"]]));
verifier.verify("", { get: (name: string): string | null => name });
verifier.verify("", some<HeadersInput>());
// @ts-expect-error: no headers
verifier.verify("");
// @ts-expect-error: nothing
verifier.verify("", null);
// @ts-expect-error: a value is text
verifier.verify("", { "peeker-timestamp": 1_763_740_800 });
// @ts-expect-error: a pair has two parts
verifier.verify("", [["peeker-event-id"]]);
// @ts-expect-error: only the signature
verifier.verify("", "v1=00");
// @ts-expect-error: body and headers the wrong way round
verifier.verify({ "peeker-event-id": "evt_1" }, "{}");
