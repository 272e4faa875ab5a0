// Verifiers whose secrets are known only when a request comes.

import type { Scheme, Verifier } from "countersign";

/**
 * A verifier, or a function that makes it with the first request: of the environment, where secrets
 * are on Workers; or because a program is built where there are no secrets yet. It is called once
 * for each environment, and again only if it threw.
 */
export type VerifierSource<S extends Scheme, Env = undefined> =
  Verifier<S> | ((env: Env) => Verifier<S>);

/** Finds the verifier of an environment. */
export function verifierOf<S extends Scheme, Env>(
  source: VerifierSource<S, Env>,
): (env: Env) => Verifier<S> {
  if (typeof source !== "function") return () => source;
  const made = new WeakMap<object, Verifier<S>>();
  const nowhere = {};
  return (env) => {
    const key = typeof env === "object" && env !== null ? env : nowhere;
    const verifier = made.get(key) ?? source(env);
    if (!isVerifier(verifier)) throw new TypeError(NO_VERIFIER);
    made.set(key, verifier);
    return verifier;
  };
}

const NO_VERIFIER =
  "webhook: the function given as the first argument made no Verifier; it can't be asynchronous";

/** Not `instanceof`: the ES module and CommonJS have a class each. */
export function isVerifier(value: unknown): boolean {
  const { verifyRequest } = (value ?? {}) as { readonly verifyRequest?: unknown };
  return typeof verifyRequest === "function";
}

/** Where there is no environment. */
export function lazily<S extends Scheme>(source: VerifierSource<S>): () => Verifier<S> {
  const find = verifierOf(source);
  return () => find(undefined);
}
