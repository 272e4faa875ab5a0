// Where the gateway sends events: what may stand there it is asked itself.

import { usage } from "../failure.ts";
import { urlOf } from "../http.ts";
import { judge } from "./check.ts";

export interface Destination {
  /** As parsers write it. */
  readonly url: string;
  /** Whether it may stand in what is deployed: https, to a public host. */
  readonly isPublic: boolean;
}

/** The destination that an option says. */
export function destinationOf(option: string, text: string): Destination {
  const { href, protocol } = urlOf(option, text);
  const isPublicHost = mistakeIn(href.replace(/^http:/, "https:"), "deployed") === undefined;
  if (isPublicHost && protocol === "http:") {
    throw usage(
      `--${option}: over http anybody on the way can read events; write https://. http:// is for ` +
        "development, and for hosts such as localhost only",
    );
  }
  const mistake = isPublicHost ? undefined : mistakeIn(href, "in development");
  if (mistake !== undefined) throw usage(`--${option} ${mistake}`);
  return { url: href, isPublic: isPublicHost };
}

/** What the gateway would say of this URL. */
function mistakeIn(url: string, where: "deployed" | "in development"): string | undefined {
  const vars = `
[vars]
ALLOW_INSECURE_DESTINATIONS = "${where === "in development"}"
[vars.SOURCES.one]
scheme = "peeker"
mode = "relay"
secrets = ["SECRET"]
destinations = [{ name = "app", url = ${JSON.stringify(url)} }]
`;
  const { findings } = judge({
    ...{ wranglerToml: vars, devVars: {}, missing: [], instead: [] },
    ...{ environment: null, now: Date.now() },
  });
  return findings.find(({ path }) => path.endsWith(".url"))?.message;
}
