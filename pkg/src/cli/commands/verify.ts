// `countersign verify`

import type { VerificationError, Verified } from "countersign";
import { SCHEME } from "../scheme.ts";
import type { Command } from "../command.ts";
import { EXIT } from "../failure.ts";
import type { Io } from "../io.ts";
import { JUDGING_NOTES, JUDGING_OPTIONS, judged } from "../judged.ts";
import { count, printable } from "../printable.ts";
import { distance } from "../time.ts";

export const VERIFY: Command = {
  name: "verify",
  summary: "Says whether a captured request is genuine, and what was verified.",
  words: [SCHEME],
  options: JUDGING_OPTIONS,
  notes: JUDGING_NOTES,
  examples: [
    "countersign verify peeker --headers headers.txt --body body.json",
    "countersign verify boateros --at 2026-11-21T18:00:00Z < request.txt",
    "countersign verify peeker --secret-env SECRET_NEW --secret-env SECRET_OLD < request.txt",
  ],
  async run(call) {
    const { verifier, request, now } = await judged(call);
    const result = verifier.safeVerify(request.body, request.headers);
    if (result.ok) genuine(call.io, result.event, now);
    else refused(call.io, result.error, now);
    return result.ok ? EXIT.fine : EXIT.negative;
  },
};

function genuine(io: Io, event: Verified, now: Date): void {
  const { scheme, id, type, typeSigned, typeConflict, timestamp, keyId, dedupeKey, body } = event;
  const facts = { scheme, id, type, typeSigned, typeConflict, timestamp, keyId, dedupeKey };
  io.result({ ok: true, ...facts, bodyBytes: body.length }, () => {
    const signed = typeSigned ? "signed, in the body" : "from a header, not signed";
    const rows: [string, string | undefined][] = [
      ["event id", id],
      ["type", type && `${type} (${signed})`],
      ["", typeConflict ? "the header names another type" : undefined],
      ["signed at", timestamp && `${timestamp.toISOString()} (${distance(timestamp, now)})`],
      ["key", keyId],
      ["dedupe key", dedupeKey],
      ["body", count(body.length, "byte")],
    ];
    const lines = rows.flatMap(([name, value]) =>
      value === undefined ? [] : `  ${name.padEnd(10)}  ${value}`,
    );
    return [`${io.paint.good("genuine:")} ${scheme}`, ...lines].join("\n");
  });
}

function refused(
  io: Io,
  { code, message, header, skewSeconds }: VerificationError,
  now: Date,
): void {
  io.result({ ok: false, code, message, header, skewSeconds }, () => {
    const advice =
      skewSeconds === undefined
        ? "`countersign explain` with the same arguments says more"
        : `--at ${new Date(now.getTime() - skewSeconds * 1000).toISOString()} judges it at the time that it names`;
    return `${io.paint.bad("not genuine:")} ${code}: ${printable(message)}\n  ${advice}`;
  });
}
