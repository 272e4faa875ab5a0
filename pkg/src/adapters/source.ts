// Verifiers whose secrets are known only when a request comes.

import type { Scheme, Verifier } from "countersign";

/**
 * A verifier, or a function that makes one of the environment, where secrets are on Workers. It is
 * called once for each environment.
 */
export type VerifierSource<S extends Scheme, Env> = Verifier<S> | ((env: Env) => Verifier<S>);

/** A verifier for `checkArguments`: of a function it can't be known yet what it makes. */
export function known<S extends Scheme, Env>(source: VerifierSource<S, Env>): unknown {
  return typeof source === "function" ? { verifyRequest: source } : source;
}

/** Finds the verifier of an environment. A failure isn't kept: the next request tries again. */
export function verifierOf<S extends Scheme, Env>(
  source: VerifierSource<S, Env>,
): (env: Env) => Verifier<S> {
  if (typeof source !== "function") return () => source;
  const made = new WeakMap<object, Verifier<S>>();
  const nowhere = {};
  return (env) => {
    const key = typeof env === "object" && env !== null ? env : nowhere;
    const verifier = made.get(key) ?? source(env);
    made.set(key, verifier);
    return verifier;
  };
}
