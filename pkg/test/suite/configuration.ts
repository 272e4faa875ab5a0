// What is wrong with a verifier's configuration is said at once, with a code and with what to do.

import { buffers, hasBuffer } from "./bodies.ts";
import { toHex, utf8 } from "./bytes.ts";
import { ACCEPTED, date, GOOD, REFUSED, REFUSED_SCHEMES } from "./mistakes.ts";
import type { Checks } from "./report.ts";
import { BODY, NOW, outcome, sample, thrown, verifierFor } from "./samples.ts";
import type { AnyError, Context, Countersign } from "./subject.ts";

/** Every mistake, and what is none. */
export async function configuration(context: Context, checks: Checks): Promise<void> {
  const { Verifier, ConfigError, VerificationError, defineScheme } = context.countersign;
  for (const [options, code, message, scheme = "peeker"] of REFUSED) {
    const say = `${String(shown(scheme))} with ${shown(options)}`;
    const error = thrown(() => new Verifier(scheme, options)) as AnyError | undefined;
    checks.ok(
      error instanceof ConfigError && !(error instanceof VerificationError),
      `${say} gives ${String(error)}`,
    );
    if (code !== "*") checks.equal(error?.code, code, say);
    checks.ok(
      message.test(error?.message ?? ""),
      `${say} says "${error?.message}", without ${String(message)}`,
    );
    checks.ok(/^[a-z_]+$/.test(error?.code ?? ""), `${say}: the code is ${error?.code}`);
  }
  for (const [definition, message] of REFUSED_SCHEMES) {
    const error = thrown(() => defineScheme(definition)) as AnyError | undefined;
    const say = `defineScheme(${String(shown(definition))})`;
    checks.ok(error instanceof ConfigError, `${say} gives ${String(error)}`);
    checks.equal(error?.code, "invalid_scheme", say);
    checks.ok(message.test(error?.message ?? ""), `${say} says "${error?.message}"`);
  }
  for (const [options, scheme = "peeker"] of ACCEPTED) {
    const error = thrown(() => new Verifier(scheme, options));
    checks.equal(error, undefined, `${String(shown(scheme))} with ${shown(options)}`);
  }
  await clocks(context, checks);
  await copies(context, checks);
  await secretsStay(context, checks);
  const expected = context.digests.includes("host") ? undefined : "no_host_digest";
  const error = thrown(() => new Verifier("peeker", { secrets: GOOD, digest: "host" }));
  checks.equal((error as AnyError | undefined)?.code, expected, "the host's digest");
}

/** A clock that is off is the caller's mistake, also for `safeVerify`. */
async function clocks(context: Context, checks: Checks): Promise<void> {
  const { ConfigError } = context.countersign;
  const { body, pairs } = await sample(context, "peeker");
  const invalid = [
    date(Number.NaN),
    undefined,
    null,
    NOW,
    "2025-11-21T16:00:00Z",
    {},
    Object.create(date(NOW)),
  ];
  for (const time of invalid) {
    const verifier = verifierFor(context, "peeker", { now: () => time });
    for (const run of [
      () => verifier.verify(body, pairs),
      () => verifier.safeVerify(body, pairs),
    ]) {
      const error = thrown(run) as AnyError | undefined;
      checks.ok(
        error instanceof ConfigError,
        `now() that gives ${String(shown(time))} gives ${String(error)}`,
      );
      checks.equal(error?.code, "invalid_clock", `now() that gives ${String(shown(time))}`);
      checks.ok(/now/.test(error?.message ?? ""), `and says "${error?.message}"`);
    }
    const request = { headers: new Headers([...pairs]), body: new Response(body).body };
    const later = await verifier.verifyRequest(request).then(
      () => undefined,
      (error: AnyError) => error,
    );
    checks.equal(
      later?.code,
      "invalid_clock",
      `verifyRequest, with now() that gives ${String(shown(time))}`,
    );
  }
  const mine = new Error("mine");
  const failing = verifierFor(context, "peeker", {
    now: () => {
      throw mine;
    },
  });
  checks.ok(thrown(() => failing.verify(body, pairs)) === mine, "verify with now() that throws");
  checks.ok(
    thrown(() => failing.safeVerify(body, pairs)) === mine,
    "safeVerify with now() that throws",
  );
  class Special extends Date {}
  const special = verifierFor(context, "peeker", { now: () => new Special(NOW) });
  checks.equal(
    outcome(special, body, () => pairs),
    "valid key-1 peeker:evt_1",
    "a subclass of Date",
  );
  const own = new context.countersign.Verifier("peeker", {
    secrets: "the secret of the first source",
  });
  checks.equal(
    outcome(own, body, () => pairs),
    "timestamp_too_old",
    "the real clock",
  );
}

/** The caller's own bytes stay as they are, though the core wipes what it is given. */
async function secretsStay(context: Context, checks: Checks): Promise<void> {
  const { body, pairs } = await sample(context, "peeker");
  const key = utf8("the secret of the first source");
  const whole = utf8("..the secret of the first source..");
  const within = [2, whole.length - 2] as const;
  const judge = (secret: Uint8Array, what: string): void => {
    const before = toHex(new Uint8Array(secret.buffer));
    for (const secrets of [secret, { secret }]) {
      const verifier = verifierFor(context, "peeker", { secrets });
      checks.equal(
        outcome(verifier, body, () => pairs),
        "valid key-1 peeker:evt_1",
        what,
      );
      context.explain.explain(verifier, `${BODY} `, pairs);
    }
    context.countersign.sign("peeker", { secret, body, id: "evt_1" });
    checks.equal(toHex(new Uint8Array(secret.buffer)), before, `${what}: its bytes afterwards`);
  };
  judge(key, "bytes as the secret");
  judge(whole.subarray(...within), "a part of bytes as the secret");
  await checks.where("Buffer", hasBuffer(), () => {
    judge(buffers().from(key), "a Buffer as the secret");
    judge(
      buffers()
        .from(whole)
        .subarray(...within),
      "a part of a Buffer as the secret",
    );
  });
}

/** What is changed after construction changes nothing. */
async function copies(context: Context, checks: Checks): Promise<void> {
  const { body, pairs } = await sample(context, "peeker");
  const secret = utf8("the secret of the first source");
  const notAfter = date(NOW + 1);
  const key = { id: "mine", secret, notAfter };
  const secrets: unknown[] = [key];
  const options: Record<string, unknown> = { secrets, now: () => date(NOW) };
  const verifier = new context.countersign.Verifier("peeker", options);
  secret.fill(0);
  notAfter.setTime(0);
  key.id = "other";
  secrets.length = 0;
  delete options["now"];
  checks.equal(
    outcome(verifier, body, () => pairs),
    "valid mine peeker:evt_1",
    "options that are changed later",
  );
}

/** Messages name what is wrong in words, and errors are what they should be. */
export function messages({ countersign }: Context, checks: Checks): void {
  const { Verifier, ConfigError, VerificationError } = countersign;
  const config = thrown(() => new Verifier("peeker", { secrets: "" })) as AnyError;
  const result = new Verifier("peeker", { secrets: GOOD }).safeVerify("", {});
  const verification = result.ok ? undefined : result.error;
  const kinds = [
    [config, ConfigError, "ConfigError"],
    [verification, VerificationError, "VerificationError"],
  ] as const;
  for (const [error, kind, name] of kinds) {
    checks.ok(error instanceof Error && error instanceof kind, `${name}: instanceof`);
    checks.equal(error?.name, name, `${name}: name`);
    checks.equal(String(error), `${name}: ${error?.message}`, `${name}: as text`);
    checks.ok(
      Object.prototype.toString.call(error) === "[object Error]",
      `${name}: an error to the engine`,
    );
    checks.ok(typeof error?.stack === "string", `${name}: a stack`);
    for (const other of [
      undefined,
      null,
      5,
      "x",
      {},
      [],
      new Error("x"),
      Object.create(null),
      { code: "x", name },
    ]) {
      checks.ok(!((other as object) instanceof kind), `${name}: ${String(shown(other))} is none`);
    }
  }
  checks.ok(!(config instanceof VerificationError), "a ConfigError is no VerificationError");
  checks.ok(
    !((verification as unknown) instanceof ConfigError),
    "a VerificationError is no ConfigError",
  );
  const mine = subclasses(countersign);
  for (const [error, kind] of mine) {
    checks.ok(error instanceof kind, `an error of the caller's own ${kind.name}`);
    checks.ok(!(config instanceof kind), `a ConfigError is no ${kind.name}`);
    checks.ok(
      !(verification !== undefined && verification instanceof kind),
      `no ${kind.name} either`,
    );
  }
  checks.equal(verification?.header, "Peeker-Timestamp", "the header at fault");
  checks.ok(
    !("skewSeconds" in (verification ?? {})) || verification?.skewSeconds === undefined,
    "no skew without a timestamp",
  );
}

type Kind = new (...args: never[]) => Error;

/** The caller's own classes of errors: what is of the class above is not of theirs. */
function subclasses({ ConfigError, VerificationError }: Countersign): [Error, Kind][] {
  class Mine extends (VerificationError as unknown as new (
    code: string,
    message: string,
  ) => Error) {}
  class Other extends (ConfigError as unknown as new (code: string, message: string) => Error) {}
  return [
    [new Mine("signature_mismatch", "mine"), Mine],
    [new Other("weak_secret", "mine"), Other],
  ];
}

function shown(value: unknown): unknown {
  if (typeof value === "symbol") return "a symbol";
  if (typeof value !== "object" || value === null) return value;
  try {
    return JSON.stringify(value, (_, inner: unknown) =>
      typeof inner === "bigint" ? `${inner}n` : inner,
    ).slice(0, 120);
  } catch {
    return "an object that is no JSON";
  }
}
