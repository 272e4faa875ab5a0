// What is wrong with the headers' names, and with the signature's form.

import { SCHEMES } from "../../generated.ts";
import { mended, seen } from "../finding.ts";
import type { Detector } from "../finding.ts";
import { valueOf } from "../headers.ts";

/** Headers that are another provider's, under other names, missing, or in another form. */
export const inHeaders: Detector = (refusal) => {
  const { pairs, missing, sent, subject, form } = refusal;
  const { signature } = subject.headerNames;
  const { length } = valueOf(sent, signature);
  const renamed = sent
    .map(([as], at) => [pairs[at]?.[0], as] as const)
    .filter(([name, as]) => name !== as)
    .map(([name, as]) => `${name} came as ${shown(as)}`);
  const [other] =
    Object.entries(SCHEMES).find(([, { headers }]) => valueOf(sent, headers.signature)) ?? [];
  return [
    renamed.length > 0 && mended(refusal, "header_name", `${renamed.join(", ")}. Keep the names.`),
    other && missing.includes(signature)
      ? seen("wrong_scheme", `The headers are for new Verifier("${other}", …).`)
      : missing.length > 0 &&
        seen(
          "headers_lost",
          `${missing.join(", ")} did not come. Make proxies, gateways and your code pass all on.`,
        ),
    form &&
      mended(
        refusal,
        "signature_format",
        `${signature} has to look like ${form}, and has ${length} characters.`,
      ),
  ];
};

/** What came from outside, fit for a log. */
const shown = (name: string): string => name.replace(/[^\w-]/g, "?").slice(0, 64);
