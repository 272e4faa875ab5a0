// Times as they are typed.

import { usage } from "./failure.ts";

export const TIME = "2026-11-21T18:00:00Z, Unix seconds, or from now such as -10m or +1h";

/** The time that an option says; nothing if it is not there. */
export function timeOf(
  option: string,
  text: string | undefined,
  now = Date.now(),
): Date | undefined {
  if (text === undefined) return undefined;
  const millis = parse(text, now);
  if (!(Math.abs(millis) <= FARTHEST)) throw usage(`--${option} is a time: ${TIME}`);
  return new Date(millis);
}

/** What a `Date` can hold. */
const FARTHEST = 8.64e15;

function parse(text: string, now: number): number {
  const [, amount, unit] = /^([+-]\d{1,9})([smhd])$/.exec(text) ?? [];
  if (amount !== undefined && unit !== undefined)
    return now + Number(amount) * (UNITS[unit] ?? NaN);
  if (/^\d{1,11}$/.test(text)) return Number(text) * 1000;
  return WITH_ZONE.test(text) ? Date.parse(text.replace(" ", "T")) : Number.NaN;
}

const UNITS: Readonly<Record<string, number>> = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

const WITH_ZONE = /^\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d{1,9})?)?(Z|[+-]\d\d:\d\d)$/i;

/** `12 s ago`, `in 3 min`. */
export function distance(time: Date, now: Date): string {
  const seconds = Math.round((now.getTime() - time.getTime()) / 1000);
  const length = duration(Math.abs(seconds));
  if (seconds === 0) return "now";
  return seconds > 0 ? `${length} ago` : `in ${length}`;
}

function duration(seconds: number): string {
  const [size, name] = STEPS.find(([size]) => seconds >= 2 * size) ?? [1, "s"];
  return `${Math.floor(seconds / size)} ${name}`;
}

const STEPS: readonly (readonly [number, string])[] = [
  [86_400, "days"],
  [3600, "h"],
  [60, "min"],
];
