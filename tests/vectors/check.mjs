#!/usr/bin/env node
// Checks the corpus with another implementation than the one that made it: node:crypto, and grammars written anew.
//
//   node tests/vectors/check.mjs            every file
//   node tests/vectors/check.mjs a.json …   these files
//
// For every test it computes the verdict and compares all of it. It also checks what the tests say about themselves:
// `genuine`, `piece` and `signedAs` are the claim that a laxer verifier would accept, and a claim can be wrong.

import { createHash, createHmac } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const SCHEMES = {
  peeker: {
    headers: { timestamp: "Peeker-Timestamp", id: "Peeker-Event-Id", signature: "Peeker-Signature" },
    content: ({ timestamp, id, body }) => join3(timestamp, id, body),
    time: unixTime,
    signatures: (text) =>
      list(
        text.split(",").map((entry) => entry.trim()),
        "=",
        "v1",
        hexTag,
      ),
    several: true,
  },
  boateros: {
    headers: { timestamp: "Boateros-Timestamp", signature: "Boateros-Signature", type: "Boateros-Event" },
    content: ({ timestamp, body }) => join3(timestamp, body),
    time: rfc3339Time,
    signatures: (text) => [hexTag(text)],
  },
  "standard-webhooks": {
    headers: { timestamp: "webhook-timestamp", id: "webhook-id", signature: "webhook-signature" },
    content: ({ timestamp, id, body }) => join3(id, timestamp, body),
    time: unixTime,
    signatures: (text) => list(text.split(" "), ",", "v1", base64Tag),
    several: true,
    whsec: true,
  },
  "body-hmac": {
    headers: { signature: "Body-Signature" },
    content: ({ body }) => body,
    signatures: (text) => [hexTag(text)],
  },
};

const BOATEROS_TYPES = new Set([
  ..."created updated price_changed sold syndicated photos_added".split(" ").map((name) => `hull.${name}`),
  ..."created qualified assigned converted stalled sms_sent consent_captured".split(" ").map((name) => `lead.${name}`),
  ..."opened offer_sent accepted funded cancelled".split(" ").map((name) => `deal.${name}`),
  ..."opened parts_ordered completed invoiced".split(" ").map((name) => `service.${name}`),
  ..."succeeded refunded failed".split(" ").map((name) => `payment.${name}`),
  ..."published updated removed".split(" ").map((name) => `listing.${name}`),
]);

class Refusal extends Error {
  constructor(code, header) {
    super(code);
    this.verdict = header === undefined ? { code } : { code, header };
  }
}

const latin1 = (text) => Buffer.from(text, "latin1");
const hmac = (secret, content) => createHmac("sha256", secret).update(content).digest();
const malformed = (ok) => {
  if (!ok) throw new Refusal("malformed_header");
};

function join3(...parts) {
  const dot = latin1(".");
  return Buffer.concat(
    parts.flatMap((part, i) => (i ? [dot, part] : [part])).map((p) => (typeof p === "string" ? latin1(p) : p)),
  );
}

// Keys

function secretBytes(key, scheme) {
  const bytes = "secretHex" in key ? Buffer.from(key.secretHex, "hex") : textSecret(key.secret, scheme);
  if (bytes.length === 0) throw new Refusal("empty_secret");
  return bytes;
}

function textSecret(text, scheme) {
  if (/^\p{White_Space}*$/u.test(text)) throw new Refusal("empty_secret");
  if (/^[\p{White_Space}\0\ufeff]|[\p{White_Space}\0\ufeff]$/u.test(text)) throw new Refusal("malformed_secret");
  if (!scheme.whsec) return Buffer.from(text, "utf8");
  const bytes = strictBase64(text.replace(/^whsec_/, ""));
  if (bytes === undefined) throw new Refusal("malformed_secret");
  return bytes;
}

function strictBase64(text) {
  const bytes = Buffer.from(text, "base64");
  return bytes.toString("base64") === text ? bytes : undefined;
}

function buildKeyring(group, scheme) {
  const keys = group.keys.map((key) => ({ ...key, bytes: secretBytes(key, scheme) }));
  if (keys.length === 0) throw new Refusal("no_secret");
  for (const { bytes, notBefore = -Infinity, notAfter = Infinity } of keys) {
    if (bytes.length < 16 && !group.allowWeakSecret) throw new Refusal("weak_secret");
    if (notBefore >= notAfter) throw new Refusal("invalid_key_window");
  }
  const distinct = (values) => new Set(values).size === keys.length;
  if (!distinct(keys.map((key) => key.id)) || !distinct(keys.map((key) => key.bytes.toString("hex")))) {
    throw new Refusal("duplicate_key");
  }
  return keys;
}

const isActive = (key, now) => (key.notBefore ?? -Infinity) <= now && now < (key.notAfter ?? Infinity);

// Headers

function valueOf(headers, name) {
  const values = headers
    .filter(([n]) => n.toLowerCase() === name.toLowerCase())
    .map(([, v]) => v.replace(/^[ \t]+|[ \t]+$/g, ""));
  return values.length ? values.join(", ") : undefined;
}

function unixTime(text) {
  malformed(/^[1-9][0-9]{0,11}$/.test(text));
  return Number(text) * 1000;
}

function rfc3339Time(text, format) {
  const zone = format ? "" : "(?:Z|[+-](?:[01][0-9]|2[0-3]):[0-5][0-9])";
  const fraction = format ? (format.fractionDigits ? `\\.[0-9]{${format.fractionDigits}}` : "") : "(?:\\.[0-9]{1,9})?";
  const shape = new RegExp(`^(\\d{4})-(\\d\\d)-(\\d\\d)T([01]\\d|2[0-3]):[0-5]\\d:[0-5]\\d${fraction}${zone}$`);
  const match = shape.exec(text);
  malformed(match);
  const [year, month, day] = match.slice(1, 4).map(Number);
  malformed(
    year >= 1970 && month >= 1 && month <= 12 && day >= 1 && day <= new Date(Date.UTC(year, month, 0)).getUTCDate(),
  );
  const time = Date.parse(format ? `${text}Z` : text);
  malformed(time >= 0 && time <= Date.UTC(9999, 11, 31, 23, 59, 59, 999));
  return time;
}

function list(entries, separator, version, parse) {
  malformed(entries.length <= 8 && entries.every((entry) => entry.includes(separator)));
  const split = entries.map((entry) => [
    entry.slice(0, entry.indexOf(separator)),
    entry.slice(entry.indexOf(separator) + 1),
  ]);
  return split.filter(([name]) => name === version).map(([, value]) => parse(value));
}

function hexTag(text) {
  malformed(/^[0-9a-fA-F]*$/.test(text) && text.length === 64);
  return Buffer.from(text, "hex");
}

function base64Tag(text) {
  const bytes = strictBase64(text);
  malformed(bytes?.length === 32);
  return bytes;
}

const CAPS = { timestamp: 40, id: 255, signature: 1024 };

/** The headers' values and what they mean, or the refusal that comes first: by kind, then timestamp, id, signature. */
function readHeaders(test, scheme, group) {
  const roles = ["timestamp", "id", "signature"].filter((role) => role in scheme.headers);
  const values = Object.fromEntries(roles.map((role) => [role, valueOf(test.headers, scheme.headers[role])]));
  const check = (code, isFine) => {
    const role = roles.find((role) => !isFine(role));
    if (role) throw new Refusal(code, scheme.headers[role]);
  };
  check("missing_header", (role) => values[role] !== undefined);
  check("ambiguous_header", (role) => (role === "signature" && scheme.several) || !values[role].includes(","));
  const read = {};
  const parsers = {
    timestamp: (text) => scheme.time(text, group.timestampFormat),
    id: (text) => malformed(/^[A-Za-z0-9_-]+$/.test(text) && !text.includes("\n")),
    signature: (text) => scheme.signatures(text),
  };
  check("malformed_header", (role) => {
    const text = values[role];
    if (text.length === 0 || text.length > CAPS[role] || /[^ -~]/.test(text)) return false;
    try {
      read[role] = parsers[role](text);
      return true;
    } catch (error) {
      if (error instanceof Refusal) return false;
      throw error;
    }
  });
  if (read.signature.length === 0) throw new Refusal("unsupported_signature");
  return { values, time: read.timestamp, tags: read.signature };
}

// Event types

const isName = (value) => typeof value === "string" && value.length <= 128 && /^[a-z0-9_]+(\.[a-z0-9_]+)+$/.test(value);

/** The members of the object that a body is, each name with how often it occurs; undefined for any other body. */
function members(body) {
  let text, value;
  try {
    text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(body);
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (value === null || typeof value !== "object" || Array.isArray(value)) return undefined;
  let depth = 0;
  const names = new Map();
  for (const [token] of text.matchAll(/"(?:[^"\\]|\\.)*"(?:[ \t\r\n]*:)?|[[\]{}]/gs)) {
    if (token === "{" || token === "[") depth += 1;
    if (token === "}" || token === "]") depth -= 1;
    if (depth > 128) return undefined;
    if (depth === 1 && token.endsWith(":")) {
      const name = JSON.parse(token.slice(0, token.lastIndexOf('"') + 1));
      names.set(name, (names.get(name) ?? 0) + 1);
    }
  }
  return { value, names };
}

function eventType(test, scheme, body) {
  const found = members(body);
  const stated = ["type", "event"].filter((name) => found?.names.get(name) === 1).map((name) => found.value[name]);
  const signed = stated.find(isName) ?? null;
  const header = scheme.headers.type ? valueOf(test.headers, scheme.headers.type) : undefined;
  const unsigned = isName(header) ? header : null;
  return {
    type: signed ?? unsigned,
    typeSigned: signed !== null,
    typeConflict: signed !== null && unsigned !== null && signed !== unsigned,
  };
}

function dedupeKey(group, values, body, type) {
  if (group.scheme !== "boateros") return `${group.scheme}:${values.id}`;
  return `boateros:${BOATEROS_TYPES.has(type) ? type : "-"}:${createHash("sha256").update(body).digest("hex")}`;
}

// The verdict

function bodyOf(test) {
  if ("bodyHex" in test) return Buffer.from(test.bodyHex, "hex");
  if ("bodyRepeat" in test) return Buffer.from(test.bodyRepeat.text.repeat(test.bodyRepeat.count), "utf8");
  return Buffer.from(test.body, "utf8");
}

function judge(test, group, scheme, keys) {
  const body = bodyOf(test);
  const { values, time, tags } = readHeaders(test, scheme, group);
  const skew = time === undefined ? 0 : test.now - time;
  const tolerance = (group.toleranceSeconds ?? 300) * 1000;
  if (skew > tolerance) throw new Refusal("timestamp_too_old");
  if (skew < -tolerance) throw new Refusal("timestamp_too_new");
  const active = keys.filter((key) => isActive(key, test.now));
  if (active.length === 0) throw new Refusal("no_active_key");
  const content = scheme.content({ ...values, body });
  const key = active.find(({ bytes }) => tags.some((tag) => tag.equals(hmac(bytes, content))));
  if (key === undefined) throw new Refusal("signature_mismatch");
  if (group.scheme === "body-hmac") return { keyId: key.id };
  const type = eventType(test, scheme, body);
  return { keyId: key.id, dedupeKey: dedupeKey(group, values, body, type.type), ...type };
}

// What the tests say about themselves

const bare = (tag, encoding) => tag.toString(encoding).replace(/=+$/, "");

function holdsWhole(text, tag) {
  const digits = text.toLowerCase().replace(/[^0-9a-f]/g, "");
  return (
    digits.includes(tag.toString("hex")) || text.includes(bare(tag, "base64")) || text.includes(bare(tag, "base64url"))
  );
}

function holdsPiece(text, tag) {
  const runs = [...(text.toLowerCase().match(/[0-9a-f]{2,}/g) ?? []), ...(text.match(/[A-Za-z0-9+/]{3,}/g) ?? [])];
  return [tag.toString("hex"), bare(tag, "base64")].some((whole) =>
    runs.some((run) => whole.startsWith(run) || whole.endsWith(run)),
  );
}

function claimFaults(test, scheme, keys) {
  const text = valueOf(test.headers, scheme.headers.signature) ?? "";
  const parts = { body: bodyOf(test) };
  for (const role of ["timestamp", "id"]) {
    if (role in scheme.headers) parts[role] = valueOf(test.headers, scheme.headers[role]);
  }
  const isComplete = Object.values(parts).every((part) => part !== undefined);
  const some = (parts, holds) => keys.some(({ bytes }) => holds(text, hmac(bytes, scheme.content(parts))));
  const whole = isComplete && some(parts, holdsWhole);
  const faults = [];
  if (test.genuine && !whole) faults.push("says genuine, but holds no right tag");
  if (test.piece && (whole || !isComplete || !some(parts, holdsPiece)))
    faults.push("says piece, but holds no piece of a right tag");
  if (test.signedAs) {
    const { body, bodyHex, bodyRepeat, ...other } = test.signedAs;
    const changed = body ?? bodyHex ?? bodyRepeat;
    const signed = { ...parts, ...other, ...(changed === undefined ? {} : { body: bodyOf(test.signedAs) }) };
    if (whole || !some(signed, holdsWhole)) faults.push("says signedAs, but the tag is not over that");
  }
  if (whole && test.result === "invalid" && !test.genuine) faults.push("holds a right tag without saying so");
  return faults;
}

// Files

const VERDICT = ["result", "keyId", "dedupeKey", "type", "typeSigned", "typeConflict", "code", "header"];

function verdict(compute) {
  try {
    return { result: "valid", ...compute() };
  } catch (error) {
    if (error instanceof Refusal) return { result: "invalid", ...error.verdict };
    throw error;
  }
}

function* testFaults(test, group, scheme, keys) {
  const mine = verdict(() => judge(test, group, scheme, keys));
  for (const field of VERDICT) {
    if (test[field] !== mine[field])
      yield `${field} is ${JSON.stringify(test[field])}, should be ${JSON.stringify(mine[field])}`;
  }
  yield* claimFaults(test, scheme, keys);
}

function* groupFaults(group, tcIds) {
  const scheme = SCHEMES[group.scheme];
  let keys;
  const built = verdict(() => ({ keys: (keys = buildKeyring(group, scheme)) }));
  if (built.code !== group.keysResult)
    yield `keyring ${JSON.stringify(group.comment)}: ${built.code}, should be ${group.keysResult}`;
  if (keys === undefined) return;
  for (const test of group.tests) {
    if (tcIds.has(test.tcId)) yield `tcId ${test.tcId} twice`;
    tcIds.add(test.tcId);
    for (const fault of testFaults(test, group, scheme, keys)) yield `tcId ${test.tcId} (${test.comment}): ${fault}`;
  }
}

function count(groups) {
  const classes = {};
  for (const { class: name, tests, keysResult } of groups)
    classes[name] = (classes[name] ?? 0) + (keysResult ? 1 : tests.length);
  const tests = groups.flatMap((group) => group.tests);
  const total = (isCounted) => tests.filter(isCounted).length;
  return {
    classes,
    line: [
      `${tests.length} tests`,
      `${total((t) => t.result === "valid")} valid`,
      `${total((t) => t.result === "invalid")} invalid`,
      `of these ${total((t) => t.genuine)} genuine, ${total((t) => t.piece)} pieces, ${total((t) => t.signedAs)} signed as something else`,
      `${groups.filter((group) => group.keysResult).length} keyrings refused`,
    ].join(", "),
  };
}

function checkFile(path) {
  const { testGroups } = JSON.parse(readFileSync(path, "utf8"));
  const tcIds = new Set();
  const faults = testGroups.flatMap((group) => [...groupFaults(group, tcIds)]);
  const { classes, line } = count(testGroups);
  console.log(`${basename(path)}: ${line}`);
  console.log(
    `  ${Object.entries(classes)
      .map((entry) => entry.join(" "))
      .join(", ")}`,
  );
  for (const fault of faults) console.log(`  WRONG ${fault}`);
  return faults.length;
}

const here = dirname(fileURLToPath(import.meta.url));
const named = process.argv.slice(2);
const paths = named.length
  ? named
  : readdirSync(here)
      .filter((name) => name.endsWith(".json"))
      .sort()
      .map((name) => join(here, name));
const wrong = paths.map(checkFile).reduce((sum, faults) => sum + faults, 0);
console.log(wrong ? `${wrong} differences` : "all as it should be");
process.exitCode = wrong ? 1 : 0;
