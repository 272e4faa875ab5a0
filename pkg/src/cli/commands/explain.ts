// `countersign explain`

import { explain } from "countersign/explain";
import type { Command } from "../command.ts";
import { EXIT } from "../failure.ts";
import { JUDGING_NOTES, JUDGING_OPTIONS, judged } from "../judged.ts";
import { printable } from "../printable.ts";
import { SCHEME } from "../scheme.ts";

export const EXPLAIN: Command = {
  name: "explain",
  summary: "Says why a captured request does not verify, and what to do about it.",
  words: [SCHEME],
  options: JUDGING_OPTIONS,
  notes: [
    ...JUDGING_NOTES,
    "It tries what is often wrong: a body that was parsed and written again, a secret in another " +
      "form, a clock that is off. No secret, signature or part of the body is shown.",
  ],
  examples: [
    "countersign explain peeker --headers headers.txt --body body.json",
    "countersign explain boateros --json < request.txt",
  ],
  async run({ io, ...call }) {
    const { verifier, request } = await judged({ io, ...call });
    const explanation = explain(verifier, request.body, request.headers);
    const { ok, code, summary, hints } = explanation;
    io.result(explanation, () => {
      const verdict = ok
        ? io.paint.good("genuine")
        : `${io.paint.bad("not genuine:")} ${code}: ${printable(summary)}`;
      const lines = hints.map(({ id, message }) => `  ${io.paint.hint(id)}: ${printable(message)}`);
      return [verdict, ...lines].join("\n");
    });
    return ok ? EXIT.fine : EXIT.negative;
  },
};
