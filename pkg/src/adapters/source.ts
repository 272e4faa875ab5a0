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
    made.set(key, verifier);
    return verifier;
  };
}

/** Where there is no environment. */
export function lazily<S extends Scheme>(source: VerifierSource<S>): () => Verifier<S> {
  const find = verifierOf(source);
  return () => find(undefined);
}
