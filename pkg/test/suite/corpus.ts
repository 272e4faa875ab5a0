// The whole corpus of tests/vectors, by every digest path, through each of the three ways in.

import { fromHex, sameBytes, utf8 } from "./bytes.ts";
import type { Checks } from "./report.ts";
import { thrown } from "./samples.ts";
import { BODY_HMAC } from "./subject.ts";
import type {
  AnyError,
  AnyResult,
  AnyVerified,
  AnyVerifier,
  Context,
  Countersign,
  Group,
  Vector,
} from "./subject.ts";

/** Vectors, keyrings refused, vectors that a `Request` can carry, and verdicts by path. */
export type CorpusReport = Record<
  string,
  {
    vectors: number;
    refusedKeyrings: number;
    requests: number;
    paths: Record<string, { direct: number; requests: number }>;
  }
>;

/** Runs every vector; how many there were goes into `report`. */
export async function corpus(
  context: Context,
  checks: Checks,
  report: CorpusReport,
): Promise<void> {
  for (const [file, { testGroups }] of Object.entries(context.vectors)) {
    const refused = testGroups.filter((group) => group.keysResult !== undefined);
    const groups = testGroups.filter((group) => group.keysResult === undefined);
    const tests = groups.flatMap((group) => group.tests);
    const counts = (report[file] = {
      vectors: tests.length,
      refusedKeyrings: refused.length,
      requests: tests.filter(isSendable).length,
      paths: {} as Record<string, { direct: number; requests: number }>,
    });
    for (const group of refused) refusedKeyring(context, checks, group, file);
    for (const path of context.paths) {
      const done = (counts.paths[path] = { direct: 0, requests: 0 });
      await checks.where(`${path} digests`, path === "host", async () => {
        for (const group of groups) await eachVector({ context, checks, file, path, group, done });
      });
      if (path === "host") continue;
      for (const group of groups) await eachVector({ context, checks, file, path, group, done });
    }
    checks.ok(tests.length > 0, `${file} has vectors`);
  }
}

function refusedKeyring(context: Context, checks: Checks, group: Group, file: string): void {
  const { Verifier, ConfigError } = context.countersign;
  const error = thrown(() => new Verifier(schemeOf(context, group), options(group, { now: 0 })));
  const say = `${file}: the keyring of "${group.comment}"`;
  checks.ok(error instanceof ConfigError, `${say} gives ${String(error)}`);
  checks.equal((error as AnyError | undefined)?.code, group.keysResult, say);
}

interface Run {
  readonly context: Context;
  readonly checks: Checks;
  readonly file: string;
  readonly path: string;
  readonly group: Group;
  readonly done: { direct: number; requests: number };
}

async function eachVector({ context, checks, file, path, group, done }: Run): Promise<void> {
  const { Verifier } = context.countersign;
  const clock = { now: 0 };
  const verifier = new Verifier(schemeOf(context, group), {
    ...options(group, clock),
    digest: path,
  });
  for (const vector of group.tests) {
    clock.now = vector.now;
    const say = `${file} ${vector.tcId} (${path}): ${vector.comment}`;
    const judge = (result: AnyResult, how: string): void =>
      check({
        countersign: context.countersign,
        checks,
        group,
        vector,
        result,
        say: `${say}, ${how}`,
      });
    const body = bodyOf(vector);
    judge(verifier.safeVerify(body, vector.headers), "safeVerify");
    judge(
      caught(() => verifier.verify(textOr(body, vector), byName(vector))),
      "verify",
    );
    done.direct += 1;
    if (!isSendable(vector)) continue;
    judge(await later(verifier, requestOf(vector, body)), "verifyRequest");
    done.requests += 1;
  }
}

const schemeOf = ({ bodyHmac }: Context, { scheme }: Group): unknown =>
  scheme === BODY_HMAC.name ? bodyHmac : scheme;

function options(group: Group, clock: { now: number }): object {
  const time = (millis: number | undefined): Date | undefined =>
    millis === undefined ? undefined : new Date(millis);
  const secrets = group.keys.map(({ id, secret, secretHex, notBefore, notAfter }) => ({
    id,
    secret: secretHex === undefined ? secret : fromHex(secretHex),
    ...(notBefore === undefined ? {} : { notBefore: time(notBefore) }),
    ...(notAfter === undefined ? {} : { notAfter: time(notAfter) }),
  }));
  const given = Object.entries({
    toleranceSeconds: group.toleranceSeconds,
    allowWeakSecret: group.allowWeakSecret,
    timestamp: group.timestampFormat,
  }).filter(([, value]) => value !== undefined);
  return { secrets, now: () => new Date(clock.now), ...Object.fromEntries(given) };
}

function bodyOf(vector: Vector): Uint8Array<ArrayBuffer> {
  if (vector.bodyHex !== undefined) return fromHex(vector.bodyHex);
  const { text, count } = vector.bodyRepeat ?? { text: vector.body ?? "", count: 1 };
  return utf8(text.repeat(count));
}

/** The body as the text that it is, where the vector has it as text. */
const textOr = (body: Uint8Array, vector: Vector): unknown => vector.body ?? body;

/** The headers as an object whose values are lists. */
function byName(vector: Vector): Record<string, string[]> {
  const lists: Record<string, string[]> = Object.create(null);
  for (const [name, value] of vector.headers) (lists[name] ??= []).push(value);
  return lists;
}

/** Fetch refuses these three in a value; see tests/vectors/README.md. */
const isSendable = (vector: Vector): boolean =>
  !vector.headers.some(([, value]) => /[\0\r\n]/.test(value));

const requestOf = (vector: Vector, body: Uint8Array<ArrayBuffer>): Request =>
  new Request("https://receiver.test/hook", {
    method: "POST",
    headers: vector.headers.map(([name, value]): [string, string] => [name, value]),
    body,
  });

function caught(run: () => AnyVerified): AnyResult {
  try {
    return { ok: true, event: run() };
  } catch (error) {
    return { ok: false, error: error as AnyError };
  }
}

async function later(verifier: AnyVerifier, request: Request): Promise<AnyResult> {
  try {
    return { ok: true, event: await verifier.verifyRequest(request) };
  } catch (error) {
    return { ok: false, error: error as AnyError };
  }
}

interface Judged {
  readonly countersign: Countersign;
  readonly checks: Checks;
  readonly group: Group;
  readonly vector: Vector;
  readonly result: AnyResult;
  readonly say: string;
}

/** One check for a verdict, whatever there is to compare, so that counts are counts of verdicts. */
function check({ countersign, checks, group, vector, result, say }: Judged): void {
  const wrong = result.ok
    ? wrongEvent(result.event, group, vector)
    : wrongError(result.error, countersign, group, vector);
  checks.ok(wrong === undefined, `${say}: ${wrong}`);
}

function wrongEvent(event: AnyVerified, group: Group, vector: Vector): string | undefined {
  if (vector.result !== "valid") return `accepted, instead of ${vector.code}`;
  const named = ["keyId", "dedupeKey", "type", "typeSigned", "typeConflict"] as const;
  for (const name of named) {
    const expected = vector[name];
    if (expected === undefined) continue;
    if ((event[name] ?? null) !== expected) return `${name} is ${event[name]}, not ${expected}`;
  }
  if (event.scheme !== group.scheme) return `the scheme is ${event.scheme}`;
  if (!sameBytes(event.body, bodyOf(vector))) return "the body is another";
  const sent = sentAt(group, vector);
  if (event.timestamp?.getTime() !== sent)
    return `the timestamp is ${event.timestamp?.getTime()}, not ${sent}`;
  const id = /-id$/i;
  const expectedId = vector.headers
    .find(([name]) => id.test(name))?.[1]
    .replace(/^[ \t]+|[ \t]+$/g, "");
  if (event.id !== (group.scheme in HAS_ID ? expectedId : undefined))
    return `the id is ${event.id}`;
  return undefined;
}

const HAS_ID = { peeker: true, "standard-webhooks": true };

function wrongError(
  error: AnyError,
  countersign: Countersign,
  group: Group,
  vector: Vector,
): string | undefined {
  if (!(error instanceof countersign.VerificationError)) return `threw ${String(error)}`;
  if (vector.result === "valid") return `refused: ${error.code} ${error.header ?? ""}`;
  if (error.code !== vector.code) return `${error.code}, not ${vector.code}`;
  if (error.header !== vector.header) return `names ${error.header}, not ${vector.header}`;
  if (error.name !== "VerificationError" || error.message === "")
    return `is ${error.name}: ${error.message}`;
  if (error.header !== undefined && !error.message.includes(error.header))
    return `says "${error.message}"`;
  return wrongSkew(error, group, vector);
}

/** `skewSeconds` is now minus the timestamp, and only there if that is at fault. */
function wrongSkew(error: AnyError, group: Group, vector: Vector): string | undefined {
  const isTime = error.code === "timestamp_too_old" || error.code === "timestamp_too_new";
  const sent = sentAt(group, vector) ?? Number.NaN;
  const expected = isTime ? (vector.now - sent) / 1000 : undefined;
  return error.skewSeconds === expected
    ? undefined
    : `the skew is ${error.skewSeconds}, not ${expected}`;
}

/** The time that the timestamp's header names, in whole milliseconds. */
function sentAt(group: Group, vector: Vector): number | undefined {
  const text = vector.headers.find(([name]) => /-timestamp$/i.test(name))?.[1].trim();
  if (text === undefined || group.scheme === BODY_HMAC.name) return undefined;
  if (/^[0-9]+$/.test(text)) return Number(text) * 1000;
  const cut = text.replace(/(\.[0-9]{3})[0-9]+/, "$1").replace("-00:00", "Z");
  return Date.parse(group.timestampFormat === undefined ? cut : `${cut}Z`);
}
