// What is wrong with the timestamp, or with a clock.

import { proved, seen, suspected } from "../finding.ts";
import type { Detector } from "../finding.ts";
import { valueOf } from "../headers.ts";

/** A timestamp that is not written as the scheme has it. */
export const inTimestamp: Detector = ({ subject, pairs, fault }) => {
  const { timestamp: name } = subject.headerNames;
  const value = valueOf(pairs, name);
  if (!value || fault?.header !== name) return [];
  const isDate = subject.timestampFormat !== "unix-seconds";
  const local = LOCAL.exec(value);
  const option = `{ zone: "none", fractionDigits: ${(local?.[1] ?? ".").length - 1} }`;
  return [
    isDate && local
      ? seen(
          "timestamp_without_zone",
          `${name} has no zone. If it is always UTC: timestamp: ${option}.`,
        )
      : !isDate && /^\d{13,19}$/.test(value)
        ? seen("timestamp_milliseconds", `${name} is in milliseconds, not seconds.`)
        : seen(
            "timestamp_format",
            `${name} is not ${subject.timestampFormat}. Is it the right scheme?`,
          ),
  ];
};

const LOCAL = /^\d+-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?$/;

/** A timestamp that is too far from the verifier's clock. */
export const inClocks: Detector = ({ subject, fault, proof }) => {
  const seconds = fault?.skewSeconds;
  if (!seconds) return [];
  const now = subject.now().getTime();
  // A factor of a thousand, give or take a tenth.
  const power = Math.round(9 * Math.log10(now / (now - seconds * 1000)));
  const isOld = seconds > 0;
  const size = `(skew ${isOld ? "+" : ""}${seconds} s)`;
  const which = isOld ? "fast, or the sender's slow" : "slow, or the sender's fast";
  const clocks = `your clock is ${which}. Synchronise it (NTP).`;
  if (Math.abs(power) === 27) {
    const what = power > 0 ? "timestamp" : "verifier's clock";
    return [
      seen(
        "timestamp_milliseconds",
        `The ${what} is in 1970: new Date() takes milliseconds, not seconds.`,
      ),
    ];
  }
  return [
    proof &&
      isOld &&
      proved("stale_but_genuine", `but old ${size}: it was queued, or captured and sent again.`),
    proof && !isOld
      ? proved("clock_skew", `but early ${size}: ${clocks}`)
      : suspected("clock_skew", `If it is new ${size}, it may be that ${clocks}`),
  ];
};
