// `countersign listen`

import { ConfigError, Verifier } from "countersign";
import type { SchemeName } from "countersign";
import { timeout } from "../command.ts";
import type { Call, Command } from "../command.ts";
import { EXIT, Failure, usage } from "../failure.ts";
import { urlOf } from "../http.ts";
import type { Target } from "../http.ts";
import { HOOKS, Judge } from "../listen/judge.ts";
import type { Outcome } from "../listen/judge.ts";
import { Session } from "../listen/session.ts";
import { show } from "../listen/show.ts";
import { count } from "../printable.ts";
import { SCHEME, detailsOf, schemeOf } from "../scheme.ts";
import { SECRET_OPTIONS, prefixOf, secretsFor } from "../secrets.ts";
import { secondsOf } from "../wait.ts";

const PORT = 8484;

export const LISTEN: Command = {
  name: "listen",
  summary: "Receives webhooks on this machine, verifies them, and prints what arrives.",
  words: [{ ...SCHEME, many: true }],
  options: [
    {
      name: "port",
      value: "N",
      summary: `where to listen; 0 takes any free port (default: ${PORT})`,
    },
    {
      name: "host",
      value: "ADDRESS",
      summary: "on which address (default: 127.0.0.1, this machine only)",
    },
    {
      name: "forward",
      value: "URL",
      summary: "post what is genuine to your application, and answer by its answer",
    },
    { name: "count", value: "N", summary: "end after N requests" },
    timeout("end after so long"),
    {
      name: "tolerance",
      value: "SECONDS",
      summary: "how far timestamps may lie from now (default: 300)",
    },
    ...SECRET_OPTIONS,
  ],
  notes: [
    "Each scheme has a path, /hooks/<scheme>. The answers are the gateway's: 202 for what is genuine (200 " +
      "with --forward), 200 for a copy, 401 for what is not genuine, 502 or 504 if the application fails.",
    "With several schemes, `--secret-env peeker=NAME` and `--secret-file peeker=FILE` are for one of them.",
    "Ctrl-C ends it, with exit code 0. With --count it ends with 1 if any request was refused, and with " +
      "3 if --timeout comes first.",
  ],
  examples: [
    "countersign listen peeker",
    "countersign listen peeker boateros --port 9000 --forward http://localhost:3000/hooks",
    "countersign listen peeker --secret-env SECRET_NEW --secret-env SECRET_OLD",
    "countersign listen standard-webhooks --count 1 --timeout 30 --json",
  ],
  async run(call) {
    const { values, io, signal } = call;
    const schemes = [...new Set(call.words.map(schemeOf))];
    const wanted = values.integer("count", [1, 1_000_000]);
    const millis = values.millis("timeout");
    const address = addressOf(call);
    const destination = destinationOf(call, schemes, address);
    const judge = new Judge(await verifiersFor(call, schemes), destination);
    const print = (outcome: Outcome): void =>
      show(io, outcome, outcome.scheme && judge.verifier(outcome.scheme), new Date());
    const session = new Session(judge, print, wanted);
    const base = await session.start(address.port, address.host);
    const urls = Object.fromEntries(schemes.map((scheme) => [scheme, base + HOOKS + scheme]));
    io.result({ event: "listening", urls }, () =>
      introduction(Object.values(urls), wanted, millis),
    );
    const ending = await session.end(signal, millis);
    const { genuine, refused } = session.tally;
    io.result(
      { event: "stopped", ending, genuine, refused },
      () => `${genuine} genuine, ${refused} refused`,
    );
    if (wanted !== undefined && ending === "timeout") return EXIT.unreachable;
    return wanted !== undefined && refused > 0 ? EXIT.negative : EXIT.fine;
  },
};

interface Address {
  readonly host: string;
  readonly port: number;
}

const LOOPBACK = ["127.0.0.1", "::1", "localhost"];

function addressOf({ values, io }: Call): Address {
  const host = values.text("host") ?? "127.0.0.1";
  if (!LOOPBACK.includes(host)) io.warn("other machines can reach this listener");
  return { host, port: values.integer("port", [0, 65_535]) ?? PORT };
}

/** Where genuine events go, and how long it may take: as long as the gateway would wait. */
function destinationOf(
  { values, io, signal }: Call,
  schemes: readonly SchemeName[],
  { host, port }: Address,
): Target | undefined {
  const text = values.text("forward");
  if (text === undefined) return undefined;
  const url = urlOf("forward", text);
  const isHere = [host, ...LOOPBACK, "[::1]"].includes(url.hostname);
  if (isHere && Number(url.port || 80) === port) {
    throw usage("--forward is this listener itself: name your application's URL");
  }
  const seconds = Math.min(...schemes.map((scheme) => detailsOf(scheme).acknowledgeSeconds));
  return { url, io, signal, millis: (seconds - MARGIN_SECONDS) * 1000 };
}

const MARGIN_SECONDS = 2;

async function verifiersFor(
  call: Call,
  schemes: readonly SchemeName[],
): Promise<Map<string, Verifier<SchemeName>>> {
  const { values } = call;
  const given = [...values.list("secret-env"), ...values.list("secret-file")];
  const unused = given.map(prefixOf).find((scheme) => scheme && !schemes.includes(scheme));
  if (unused)
    throw usage(
      `there is a secret for ${unused}, but nobody listens for it: add the word ${unused}`,
    );
  const toleranceSeconds = values.integer("tolerance", [1, 86_400]);
  const allowWeakSecret = values.flag("allow-weak-secret");
  const verifiers = new Map<string, Verifier<SchemeName>>();
  for (const scheme of schemes) {
    const secrets = await secretsFor(call, scheme, { prefixed: true });
    const options = { secrets, toleranceSeconds, allowWeakSecret };
    verifiers.set(
      scheme,
      named(scheme, () => new Verifier(scheme, options)),
    );
  }
  return verifiers;
}

/** Says for which of several schemes a secret won't do. */
function named<T>(scheme: SchemeName, make: () => T): T {
  try {
    return make();
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    throw new Failure("input", `${scheme}: ${error.message}`, error.code);
  }
}

function introduction(
  urls: readonly string[],
  wanted: number | undefined,
  millis: number | undefined,
): string {
  const ends = [
    ...(wanted === undefined ? [] : [`after ${count(wanted, "request")}`]),
    ...(millis === undefined ? [] : [`after ${secondsOf(millis)}`]),
    "with Ctrl-C",
  ];
  return `${urls.map((url) => `listening on ${url}`).join("\n")}\nends ${ends.join(", or ")}`;
}
