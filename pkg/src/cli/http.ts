// Posting a request, and what comes of it.

import type { IncomingMessage, RequestOptions } from "node:http";
import { Failure, unreachable, usage } from "./failure.ts";
import { codeOf } from "./input.ts";
import type { Io } from "./io.ts";
import { waitFor } from "./wait.ts";

/** Of longer answers only the beginning is kept. */
const MAX_ANSWER_BYTES = 65_536;

export interface Answer {
  readonly status: number;
  readonly statusText: string;
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body: Uint8Array;
  /** Whether there was more than is kept. */
  readonly isCut: boolean;
  readonly millis: number;
}

/** Where to, and how to wait for the answer. */
export interface Target {
  readonly url: URL;
  readonly io: Io;
  readonly signal: AbortSignal;
  readonly millis: number;
}

/** The URL that an option says. */
export function urlOf(option: string, text: string): URL {
  const url = parsed(text);
  if (url?.protocol === "http:" || url?.protocol === "https:") return url;
  const near = /^(localhost|127\.0\.0\.1)(:\d+)?(\/[\w./-]*)?$/.test(text)
    ? `; did you mean http://${text}?`
    : "";
  throw usage(`--${option} is a URL, such as http://localhost:3000/hooks${near}`);
}

/** A URL as it may be shown: without a password. */
export const shownUrl = (url: URL): string => `${url.origin}${url.pathname}${url.search}`;

/**
 * Posts a body. Redirects are not followed.
 *
 * @throws Failure `unreachable`, if there is no answer, or not in time
 */
export async function post(
  { url, io, signal, millis }: Target,
  headers: Readonly<Record<string, string>>,
  body: Uint8Array,
): Promise<Answer> {
  const what = `an answer from ${shownUrl(url)}`;
  const late = (seconds: string): Error =>
    unreachable(`no answer within ${seconds} from ${shownUrl(url)}`, "timeout");
  try {
    return await waitFor({ what, io, signal, millis, late }, (stop) =>
      exchange(url, headers, body, stop),
    );
  } catch (error) {
    if (signal.aborted || error instanceof Failure || !(error instanceof Error)) throw error;
    const code = codeOf(error);
    throw unreachable(
      `${shownUrl(url)}: ${REASONS[code] ?? "the connection failed"} (${code})`,
      code,
    );
  }
}

const REASONS: Readonly<Record<string, string>> = {
  CERT_HAS_EXPIRED: "its certificate has expired",
  DEPTH_ZERO_SELF_SIGNED_CERT:
    "it signed its certificate itself; NODE_EXTRA_CA_CERTS=FILE trusts it",
  EAI_AGAIN: "its name can't be looked up now",
  ECONNREFUSED: "nobody listens there",
  ECONNRESET: "the connection was cut before there was an answer",
  EHOSTUNREACH: "there is no way to this host",
  ENETUNREACH: "there is no way to this network",
  ENOTFOUND: "there is no host of this name",
  EPIPE: "the connection was cut while the request was sent",
  EPROTO: "it does not speak TLS; is it http://?",
  ERR_SSL_WRONG_VERSION_NUMBER: "it does not speak TLS; is it http://?",
  ERR_TLS_CERT_ALTNAME_INVALID: "its certificate is for another name",
  HPE_INVALID_CONSTANT: "its answer is no HTTP; is it https://?",
  SELF_SIGNED_CERT_IN_CHAIN:
    "nobody known signed its certificate; NODE_EXTRA_CA_CERTS=FILE trusts it",
  UNABLE_TO_VERIFY_LEAF_SIGNATURE:
    "nobody known signed its certificate; NODE_EXTRA_CA_CERTS=FILE trusts it",
};

async function exchange(
  url: URL,
  headers: Readonly<Record<string, string>>,
  body: Uint8Array,
  signal: AbortSignal,
): Promise<Answer> {
  // Not at the top: it takes as long as Node.js takes to start, and most commands don't need it.
  const { request } = await (url.protocol === "https:"
    ? import("node:https")
    : import("node:http"));
  const started = performance.now();
  const options: RequestOptions = {
    method: "POST",
    headers: { ...headers, "User-Agent": "countersign", "Content-Length": String(body.length) },
    agent: false,
    signal,
  };
  return new Promise((resolve, reject) => {
    const sent = request(url, options, (response) => {
      read(response).then(
        ([bytes, isCut]) => resolve(answer(response, bytes, isCut, performance.now() - started)),
        reject,
      );
    });
    sent.on("error", (error) => reject(inner(error)));
    sent.end(body);
  });
}

/** Where several addresses were tried, the error of the first one. */
const inner = (error: Error): Error =>
  error instanceof AggregateError && error.errors[0] instanceof Error ? error.errors[0] : error;

async function read(response: IncomingMessage): Promise<[Uint8Array, boolean]> {
  const pieces: Buffer[] = [];
  let length = 0;
  for await (const piece of response as AsyncIterable<Buffer>) {
    pieces.push(piece);
    length += piece.length;
    if (length > MAX_ANSWER_BYTES) break;
  }
  return [Buffer.concat(pieces).subarray(0, MAX_ANSWER_BYTES), length > MAX_ANSWER_BYTES];
}

function answer(
  response: IncomingMessage,
  body: Uint8Array,
  isCut: boolean,
  millis: number,
): Answer {
  const { statusCode: status = 0, statusMessage: statusText = "", rawHeaders } = response;
  return {
    status,
    statusText,
    headers: pairsOf(rawHeaders),
    body,
    isCut,
    millis: Math.round(millis),
  };
}

/** Node's list of names and values, as pairs. */
export const pairsOf = (raw: readonly string[]): [string, string][] =>
  raw.flatMap((name, at) => (at % 2 === 0 ? [[name, raw[at + 1] ?? ""] as [string, string]] : []));

function parsed(text: string): URL | undefined {
  try {
    return new URL(text);
  } catch {
    return undefined;
  }
}
