// What every explanation is checked for.

import assert from "node:assert/strict";

import { BODY_MARK, NOW } from "./explain-senders.mjs";
import { load } from "./installed.mjs";

const packages = await load();
export const { defineScheme, Verifier } = packages.countersign;
export const { explain } = packages.explain;
export const AT_NOW = { now: () => new Date(NOW) };

/** Not only a suspicion. */
export const isCertain = ({ message }) => !/\bmay\b/.test(message);

/** By a genuine signature. */
export const isProved = ({ message }) => message.startsWith("The signature is genuine");

/** That no secret, tag or piece of the body stands in `explanation`. */
export const leaksNothing = (explanation, canaries) => {
  const text = JSON.stringify(explanation);
  const forms = (value) => {
    const bytes = Buffer.from(value);
    const encoded = ["base64", "base64url", "hex"].map((encoding) =>
      bytes.toString(encoding).replace(/=+$/, ""),
    );
    return [bytes.toString(), JSON.stringify(bytes.toString()).slice(1, -1), ...encoded];
  };
  for (const canary of [...canaries.flatMap(forms), BODY_MARK, "Müller"]) {
    assert.ok(!text.toLowerCase().includes(canary.toLowerCase()), `${canary} stands in ${text}`);
  }
};
