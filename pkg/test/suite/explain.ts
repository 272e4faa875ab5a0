// `countersign/explain`, in short: it is a script of its own, and finds the verifier's core in every
// runtime.

import type { Checks } from "./report.ts";
import { FORM_NAMES, FORMS, NOW, sample, thrown } from "./samples.ts";
import type { AnyError, Context } from "./subject.ts";

/** Says what is wrong, whatever has to be tried for it; and takes none but this copy's verifiers. */
export async function explaining(context: Context, checks: Checks): Promise<void> {
  const { Verifier, ConfigError } = context.countersign;
  const { explain } = context.explain;
  for (const scheme of FORM_NAMES) {
    const { body, pairs } = await sample(context, scheme);
    const { secret } = FORMS[scheme];
    const verifierAt = (now: number, secrets: unknown): object =>
      new Verifier(scheme, { secrets, now: () => new Date(now) });
    const longer = `${new TextDecoder().decode(body)}\n`;
    const hour = 3_600_000;
    const cases = [
      [verifierAt(NOW, secret), body, undefined],
      [verifierAt(NOW, secret), longer, "trailing_newline"],
      [verifierAt(NOW + hour, secret), body, "stale_but_genuine"],
      [verifierAt(NOW, new TextEncoder().encode(`${secret}\n`)), body, "secret_white_space"],
      [verifierAt(NOW, { secret, notAfter: new Date(NOW) }), body, "key_outside_window"],
    ] as const;
    for (const [verifier, given, hint] of cases) {
      const { ok, hints } = explain(verifier, given, pairs);
      const what = `${scheme}: ${hint ?? "genuine"}`;
      checks.equal([ok, hints[0]?.id], [hint === undefined, hint], what);
    }
  }
  for (const foreign of [undefined, null, 5, "peeker", {}, Verifier, Verifier.prototype]) {
    const error = thrown(() => explain(foreign, "", {})) as AnyError;
    checks.ok(error instanceof ConfigError, `${String(error)} is a ConfigError`);
    checks.equal(error.code, "foreign_verifier", "of something that is no verifier");
  }
}
