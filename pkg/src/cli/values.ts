// The options that were given, read as what they are.

import { usage } from "./failure.ts";

/** The options of one call. A name that the command does not have is a fault of ours. */
export class Values {
  readonly #known: ReadonlySet<string>;
  readonly #given: ReadonlyMap<string, readonly string[]>;

  constructor(known: Iterable<string>, given: ReadonlyMap<string, readonly string[]>) {
    this.#known = new Set(known);
    this.#given = given;
  }

  /** Everything that was given under this name. */
  list(name: string): readonly string[] {
    if (!this.#known.has(name)) throw new TypeError(`the command has no option --${name}`);
    return this.#given.get(name) ?? [];
  }

  flag(name: string): boolean {
    return this.list(name).length > 0;
  }

  text(name: string): string | undefined {
    return this.list(name)[0];
  }

  /** A whole number. */
  integer(name: string, [min, max]: readonly [number, number]): number | undefined {
    const text = this.text(name);
    if (text === undefined) return undefined;
    const number = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
    if (number >= min && number <= max) return number;
    throw usage(`--${name} is a whole number from ${min} to ${max}`);
  }

  /** A duration in seconds, as milliseconds. */
  millis(name: string): number | undefined {
    const text = this.text(name);
    if (text === undefined) return undefined;
    const seconds = /^\d{1,6}(\.\d{1,3})?$/.test(text) ? Number(text) : 0;
    if (seconds > 0 && seconds <= 86_400) return Math.round(seconds * 1000);
    throw usage(`--${name} is a number of seconds, from 0.001 to 86400`);
  }
}
