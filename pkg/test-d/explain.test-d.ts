import * as countersign from "countersign";
import { defineScheme, Verifier } from "countersign";
import type { ConfigErrorCode, SchemeName, VerificationErrorCode } from "countersign";
import { explain } from "countersign/explain";
import type { Explanation, Hint, HintId } from "countersign/explain";

// It takes any verifier, and whatever somebody has for a body.
const secrets = "whatever the portal shows";
const verifier = new Verifier("peeker", { secrets });
const explanation = explain(verifier, { parsed: true }, {});
exact<typeof explanation, Explanation>();
exact<typeof explanation.ok, boolean>();
exact<typeof explanation.code, VerificationErrorCode | ConfigErrorCode | undefined>();
exact<typeof explanation.summary, string>();
exact<typeof explanation.hints, readonly Hint[]>();
for (const { id, message } of explanation.hints) {
  exact<typeof id, HintId>();
  exact<typeof message, string>();
}
explain(some<Verifier>(), new Uint8Array(), [["a", "b"]]);
explain(some<Verifier<SchemeName>>(), undefined, new Map([["a", "b"]]));
const own = defineScheme({
  name: "own",
  signature: { header: "X-Signature", syntax: "bare", encoding: "hex" },
  timestamp: null,
  signed: [],
  secret: "utf8",
});
explain(new Verifier(own, { secrets }), "", {});
// @ts-expect-error: nobody adds hints
explanation.hints.push({ id: "clock_skew", message: "" });
// @ts-expect-error: it was a method once
verifier.explain("", {});
// @ts-expect-error: what only looks like a verifier is none
explain({ scheme: "peeker", verify() {}, safeVerify() {}, verifyRequest() {} }, "", {});
// @ts-expect-error: how a verifier gets there is nobody's business
countersign.internalSubjectOf(verifier);
// @ts-expect-error: nor are its secrets
verifier.keys;
