// What is wrong with the secret, or with its key.

import { proved, seen } from "../finding.ts";
import type { Detector } from "../finding.ts";

/** A secret that is read otherwise by the sender, and keys outside their windows. */
export const inKeys: Detector = ({ proof, fault, subject }) => {
  const isSigner = proof && !proof.how && !proof.active;
  const windows = subject.keys
    .filter(({ id }) => !isSigner || id === proof.keyId)
    .map(({ id, notBefore, notAfter }) => JSON.stringify({ id, notBefore, notAfter }));
  const message = `outside its window: ${windows.join(", ")}. Add the other secret, or mend it.`;
  return [
    proof?.how &&
      proved(
        /white/.test(proof.how) ? "secret_white_space" : "secret_format",
        `with the secret of \`${proof.keyId}\` ${proof.how}. Pass it so.`,
      ),
    isSigner
      ? proved("key_outside_window", `by a key ${message}`)
      : fault?.code === "no_active_key" && seen("key_outside_window", `Each key is ${message}`),
  ];
};
