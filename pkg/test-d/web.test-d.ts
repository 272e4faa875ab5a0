// What a runtime with Fetch hands over. Compiled where these globals have types: by the DOM's
// library, or by Node's.

import { Verifier } from "countersign";
import type { EventType, Verified } from "countersign";
import { memoryStore, once } from "countersign/dedupe";

const verifier = new Verifier("peeker", { secrets: "whatever the portal shows" });
const request = new Request("https://app.example.com/webhooks/peeker");

const event = verifier.verifyRequest(request);
exact<typeof event, Promise<Verified<EventType<"peeker">>>>();
verifier.verifyRequest(request.clone(), { maxBytes: 65_536, timeoutMs: 5_000 });
verifier.verifyRequest({ headers: {}, bodyUsed: false, body: new ReadableStream<Uint8Array>() });
verifier.verifyRequest({ headers: request.headers, bodyUsed: false, body: null });
// @ts-expect-error: there is no such option
verifier.verifyRequest(request, { limit: 1 });
// @ts-expect-error: text is no stream of bytes
verifier.verifyRequest({ headers: {}, bodyUsed: false, body: new ReadableStream<string>() });
// @ts-expect-error: a URL is no request
verifier.verifyRequest("https://app.example.com/webhooks/peeker");

verifier.verify("", new Headers({ "peeker-event-id": "evt_1" }));
verifier.verify("", new Headers().entries());
const read = async (): Promise<void> => {
  verifier.verify(await request.arrayBuffer(), request.headers);
  verifier.verify(await request.text(), request.headers);
  // @ts-expect-error: `await` was forgotten
  verifier.verify(request.text(), request.headers);
};

// The body of an event can go on as it is.
const forward = ({ body }: Verified): Promise<Response> =>
  fetch("https://app.example.com", { method: "POST", body });
const answer = ({ body }: Verified): Response => new Response(body);

// @ts-expect-error: a stream has to be read first, or the request given to `verifyRequest`
verifier.verify(request.body, request.headers);
// @ts-expect-error: the request itself is for `verifyRequest`
verifier.verify(request, request.headers);

// A handler's signal is one that `fetch` takes.
const work = () =>
  once(memoryStore(), { key: "a" }, async ({ signal }) => {
    exact<typeof signal, AbortSignal>();
    return fetch("https://app.example.com", { signal });
  });
