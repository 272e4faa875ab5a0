// Counting checks and collecting what failed, without a test framework: the suite runs where there
// is none.

/** What came of one section. */
export interface Section {
  readonly name: string;
  /** Checks that every runtime makes. */
  readonly checks: number;
  /** Further checks, by the feature that a runtime has to have for them, such as `Buffer`. */
  readonly optional: Readonly<Record<string, number>>;
  /** How many of all these failed. */
  readonly failed: number;
  /** The first of them in words. */
  readonly failures: readonly string[];
}

const SHOWN = 40;

/** The checks of one section. */
export class Checks {
  readonly name: string;
  readonly #optional: Record<string, number> = {};
  readonly #failures: string[] = [];
  #checks = 0;
  #failed = 0;
  #feature: string | undefined;

  constructor(name: string) {
    this.name = name;
  }

  /** Checks made in `run` need a feature that not every runtime has; they are counted apart. */
  async where(feature: string, present: boolean, run: () => unknown): Promise<void> {
    if (!present) return;
    const outer = this.#feature;
    this.#feature = feature;
    this.#optional[feature] ??= 0;
    try {
      await run();
    } finally {
      this.#feature = outer;
    }
  }

  /** `actual` is `expected`: the same value, or the same when written as JSON. */
  equal(actual: unknown, expected: unknown, context: string): void {
    const same = Object.is(actual, expected) || show(actual) === show(expected);
    this.ok(same, () => `${context}: ${show(actual)} instead of ${show(expected)}`);
  }

  /** `condition` holds. */
  ok(condition: boolean, context: string | (() => string)): void {
    if (this.#feature === undefined) this.#checks += 1;
    else this.#optional[this.#feature] = (this.#optional[this.#feature] ?? 0) + 1;
    if (condition) return;
    this.#failed += 1;
    if (this.#failures.length < SHOWN) {
      this.#failures.push(typeof context === "string" ? context : context());
    }
  }

  /** The section came to an end that it should not have come to. */
  broke(error: unknown): void {
    this.#failed += 1;
    this.#failures.push(`the section broke off: ${stack(error)}`);
  }

  section(): Section {
    return {
      name: this.name,
      checks: this.#checks,
      optional: this.#optional,
      failed: this.#failed,
      failures: this.#failures,
    };
  }
}

/** A value in words; long ones are cut. */
export function show(value: unknown): string {
  const text = typeof value === "object" ? json(value) : String(value);
  return text.length > 400 ? `${text.slice(0, 400)}…` : text;
}

function json(value: unknown): string {
  try {
    return JSON.stringify(value, (_, inner: unknown) =>
      typeof inner === "bigint" || inner === undefined ? String(inner) : inner,
    );
  } catch (error) {
    return `something that is no JSON: ${String(error)}`;
  }
}

function stack(error: unknown): string {
  return error instanceof Error ? (error.stack ?? String(error)) : show(error);
}
