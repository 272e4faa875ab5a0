// How the findings of a check are printed.

import type { Paint } from "../io.ts";
import { count, printable } from "../printable.ts";
import type { Deployment, Finding, Report } from "./check.ts";

/** `wrangler.toml:43  error  SOURCES.peeker.mode: …`, a line for each. */
export function findingLines({ findings }: Report, file: string, paint: Paint): string[] {
  const places = findings.map((finding) => place(finding, file));
  const width = Math.max(0, ...places.map(({ length }) => length));
  return findings.map((finding, at) => {
    const { severity, environment, path, message } = finding;
    const colour = severity === "error" ? paint.bad : paint.hint;
    const where = environment === undefined ? path : `[env.${environment}] ${path}`;
    const start = `${(places[at] ?? "").padEnd(width)}  ${colour(severity.padEnd(7))}`;
    return `${start}  ${paint.bold(printable(where))}: ${printable(message)}`;
  });
}

const place = ({ line, column }: Finding, file: string): string =>
  [printable(file), line, column].filter((part) => part !== undefined).join(":");

/** What each deployment receives, and the secrets that it needs. */
export const deploymentLines = (
  { deployments, findings }: Report,
  hasDevVars: boolean,
  paint: Paint,
): string[] =>
  deployments.flatMap((deployment, at) => [
    ...(at > 0 || findings.length > 0 ? [""] : []),
    ...ofDeployment(deployment, hasDevVars, paint),
  ]);

function ofDeployment(deployment: Deployment, hasDevVars: boolean, paint: Paint): string[] {
  const { environment, worker, sources, secrets } = deployment;
  const command = `wrangler deploy${environment === null ? "" : ` --env ${environment}`}`;
  const rows = sources.map(({ name, mode, ready, url }) => [
    name,
    ready ? (mode ?? "") : "has a mistake",
    url,
  ]);
  const local = (inDevVars: boolean): string =>
    hasDevVars && !inDevVars ? "not in .dev.vars, for wrangler dev" : "";
  const settings = secrets.map(({ command, inDevVars }) => [command, local(inDevVars)]);
  return [
    `${paint.bold(printable(worker ?? "a Worker without a name"))}, by \`${printable(command)}\``,
    ...titled("  register with the provider", columns(rows)),
    ...titled("  secrets that it has to have", columns(settings)),
  ];
}

const titled = (title: string, lines: string[]): string[] =>
  lines.length === 0 ? [] : [title, ...lines];

function columns(rows: string[][]): string[] {
  const cells = rows.map((row) => row.map(printable));
  const widths = (cells[0] ?? []).map((_, at) => Math.max(...cells.map((row) => row[at]?.length ?? 0)));
  const line = (row: string[]): string =>
    row.map((cell, at) => cell.padEnd(widths[at] ?? 0)).join("  ");
  return cells.map((row) => `    ${line(row)}`.trimEnd());
}

/** How many mistakes there are. */
export function summaryLine({ findings }: Report, paint: Paint): string {
  const errors = findings.filter(({ severity }) => severity === "error").length;
  const warnings = findings.length - errors;
  const all = `${count(errors, "error")}, ${count(warnings, "warning")}`;
  if (errors > 0) return `\n${paint.bad(all)}`;
  return `\n${paint.good(warnings > 0 ? all : "nothing is wrong")}`;
}
