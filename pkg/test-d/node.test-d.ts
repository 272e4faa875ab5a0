// What Node hands over. Compiled where Node's types are.

import { Buffer } from "node:buffer";
import type { IncomingMessage } from "node:http";
import { Readable } from "node:stream";
import { Verifier } from "countersign";

const verifier = new Verifier("boateros", { secrets: "whatever the portal shows" });
const message = some<IncomingMessage>();

verifier.verify(Buffer.from("{}"), message.headers);
verifier.verify(Buffer.concat([]), message.headersDistinct);
verifier.safeVerify("", message.headers).ok;
new Verifier("boateros", { secrets: Buffer.from("00", "hex") });
verifier.verifyRequest({
  headers: message.headers,
  bodyUsed: message.readableDidRead,
  body: Readable.toWeb(message),
});
// @ts-expect-error: a stream has to be read first
verifier.verify(message, message.headers);
// @ts-expect-error: names and values in turn are no pairs
verifier.verify("", message.rawHeaders);
// @ts-expect-error: a Node request is not a Fetch request
verifier.verifyRequest(message);
// @ts-expect-error: a variable may be missing
new Verifier("boateros", { secrets: process.env["BOATEROS_SECRET"] });
