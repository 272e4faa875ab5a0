// One suite for every runtime. A runtime's entry imports the package by name, hands it in here with
// the vectors, and prints the report: the counts must be the same everywhere.

import { hmac } from "./bytes.ts";
import { canary } from "./canary.ts";
import { configuration, messages } from "./configuration.ts";
import { corpus } from "./corpus.ts";
import type { CorpusReport } from "./corpus.ts";
import { bodies } from "./bodies.ts";
import { explaining } from "./explain.ts";
import { headers } from "./headers.ts";
import { lengths, requestLengths } from "./lengths.ts";
import { patterns } from "./patterns.ts";
import { randomInputs } from "./random.ts";
import { reentrancy } from "./reentrancy.ts";
import { Checks } from "./report.ts";
import type { Section } from "./report.ts";
import { requests } from "./requests.ts";
import { signing } from "./signing.ts";
import { standardWebhooks } from "./standard-webhooks.ts";
import { BODY_HMAC } from "./subject.ts";
import type { Api, Context, Countersign } from "./subject.ts";
import { verified } from "./verified.ts";

export type { Api, CorpusReport, Section };

/** What came of the whole suite. */
export interface Report {
  readonly sections: readonly Section[];
  /** Vectors, refused keyrings and verdicts by digest path, for each file. */
  readonly corpus: CorpusReport;
  /** Checks that every runtime makes; these are the ones to compare. */
  readonly checks: number;
  readonly failed: number;
  /** Whether nothing failed and something was checked. */
  readonly ok: boolean;
}

type Run = (context: Context, checks: Checks) => unknown;

const SECTIONS: Readonly<Record<string, Run>> = {
  headers,
  bodies,
  verified,
  lengths,
  "lengths of requests": requestLengths,
  reentrancy,
  configuration,
  messages,
  signing,
  patterns,
  requests,
  random: randomInputs,
  canary,
  explain: explaining,
  "standard-webhooks": standardWebhooks,
};

/** Runs the suite. It never throws: what breaks off is a failure in the report. */
export async function run(api: Api): Promise<Report> {
  const context: Context = {
    ...(api as unknown as Context),
    bodyHmac: defined(api.countersign as Countersign),
    paths: [...api.digests, "auto"],
    hmac: (key, ...parts) => hmac(api.nodeCrypto, key, parts),
  };
  const wanted = (name: string): boolean => api.only?.includes(name) ?? true;
  const report: CorpusReport = {};
  const all: Record<string, Run> = {
    corpus: (inner, checks) => corpus(inner, checks, report),
    ...SECTIONS,
  };
  const sections: Section[] = [];
  for (const [name, section] of Object.entries(all)) {
    if (wanted(name)) sections.push(await settled(name, section, context));
  }
  const sum = (field: "checks" | "failed"): number =>
    sections.reduce((total, section) => total + section[field], 0);
  const failed = sum("failed");
  const ok = failed === 0 && sections.every(({ checks }) => checks > 0);
  return { sections, corpus: report, checks: sum("checks"), failed, ok };
}

/** The custom scheme; where it can't be defined, what stands in its place fails the corpus. */
function defined({ defineScheme }: Countersign): object {
  try {
    return defineScheme(BODY_HMAC);
  } catch (error) {
    return { error };
  }
}

async function settled(name: string, section: Run, context: Context): Promise<Section> {
  const checks = new Checks(name);
  try {
    await section(context, checks);
  } catch (error) {
    checks.broke(error);
  }
  return checks.section();
}
