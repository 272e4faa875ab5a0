// matchesType, by the table that the core's own patterns are tested with.

import type { Checks } from "./report.ts";
import { thrown } from "./samples.ts";
import type { AnyError, Context } from "./subject.ts";

const MATCHES: readonly (readonly [
  pattern: string,
  type: string | undefined,
  expected: boolean,
])[] = [
  ["order.completed", "order.completed", true],
  ["order.completed", "order.completed.late", false],
  ["order.completed", "order.failed", false],
  ["order.completed", "order.complete", false],
  ["order.completed", "xorder.completed", false],
  ["order.completed", "order_completed", false],
  ["order.*", "order.completed", true],
  ["order.*", "order.completed.late", true],
  ["order.*", "orders.completed", false],
  ["order.*", "order", false],
  ["*.action_required", "domain_import.action_required", true],
  ["*.action_required", "a.b.action_required", false],
  ["*.action_required", "action_required", false],
  ["a.*.c", "a.b.c", true],
  ["a.*.c", "a.b.b.c", false],
  ["a.*.c", "a.c", false],
  ["a.*.*", "a.b.c.d", true],
  ["a.*.*", "a.b", false],
  ["*.*", "a.b", true],
  ["*.*", "a.b.c", true],
  ["*", "a.b", true],
  ["*", "a.b.c.d", true],
  ["order.completed", undefined, false],
  ["order.*", undefined, false],
];

const NO_PATTERN: readonly unknown[] = [
  "",
  ".",
  "order",
  "order.",
  ".order",
  "ord*.x",
  "**",
  "order.**",
  "Order.*",
  "a.* ",
  " a.b",
  "a b.c",
  "a..b",
  "*a",
  "a.b*",
  "ä.b",
  "(a+)+.b",
  "a.b\n",
  "\ud800.a",
  undefined,
  null,
  5,
  {},
  ["a.b"],
];

/** The table, and what is no pattern. */
export function patterns({ countersign }: Context, checks: Checks): void {
  const { matchesType, ConfigError } = countersign;
  for (const [pattern, type, expected] of MATCHES) {
    const once = (): boolean => matchesType(pattern, type);
    checks.equal([once(), once()], [expected, expected], `${pattern} on ${type}, twice`);
  }
  for (const pattern of NO_PATTERN) {
    for (const type of ["a.b", undefined]) {
      const error = thrown(() => matchesType(pattern, type)) as AnyError | undefined;
      checks.ok(error instanceof ConfigError, `${String(pattern)} gives ${String(error)}`);
      checks.equal(error?.code, "invalid_pattern", `the code for ${String(pattern)}`);
      checks.ok(
        /order\.\*/.test(error?.message ?? ""),
        `${String(pattern)} says "${error?.message}"`,
      );
    }
  }
  const many = "a.".repeat(50_000);
  checks.equal(matchesType("*.b", `${many}b`), false, "a long type is read in a moment");
}
