// What is wrong with the body.

import { MAX_BYTES } from "../bodies.ts";
import { RAW } from "../../body.ts";
import { fromUtf8 } from "../encoding.ts";
import { proved, seen, suspected } from "../finding.ts";
import type { Detector } from "../finding.ts";
import { isAboutHeaders } from "../headers.ts";

/** What was passed is no body, or the signature is genuine for another. */
export const inBody: Detector = ({ proof, isRaw }) => [
  proof?.body && proved(proof.body[0], `for this body${proof.body[1]}. ${RAW}`),
  proof?.variant?.separators === false &&
    proved(
      "separator_missing",
      "without the separators in the signed text. The sender has to add them.",
    ),
  !isRaw && seen("body_not_raw", RAW),
];

/** What may be, where the headers are in order and nothing makes the signature genuine. */
export const unexplained: Detector = ({ proof, bytes, isRaw, fault }) => {
  if (proof || !isRaw || isAboutHeaders(fault)) return [];
  const text = fromUtf8(bytes) ?? "";
  const isTooLong = bytes.length > MAX_BYTES;
  const untried = isTooLong ? " A body over 256 KiB is not tried in other forms." : "";
  return [
    !bytes.length &&
      suspected("body_empty", `The body is empty: it may have been read before. ${RAW}`),
    /\ufffd/.test(text) &&
      suspected(
        "text_round_trip",
        `The body has U+FFFD: it may have been decoded wrongly, beyond repair. ${RAW}`,
      ),
    /^\s*[[{]/.test(text) &&
      suspected(
        "body_reencoded",
        `The body may have been parsed and written again, beyond repair. ${RAW}`,
      ),
    suspected(
      "other_secret",
      `It may be signed with another secret than yours, or forged.${untried}`,
    ),
  ];
};
