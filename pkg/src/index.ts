/**
 * Verifies webhooks, synchronously, with the same verdict in every JavaScript runtime.
 *
 * @module
 */

export type { BodyInput } from "./body.ts";
export { defineScheme } from "./define-scheme.ts";
export type { DigestChoice } from "./digest.ts";
export { ConfigError, VerificationError } from "./errors.ts";
export type { ConfigErrorCode, VerificationErrorCode } from "./errors.ts";
export { matchesType } from "./event-types.ts";
export type { EventPattern, EventType } from "./event-types.ts";
export type { BoaterosEventType, PeekerEventType, SchemeName } from "./generated.ts";
export type { HeadersInput, HeadersLike } from "./headers.ts";
export type { ReaderLike, RequestLike, RequestOptions, StreamLike } from "./request.ts";
export type { CustomScheme, Scheme, SchemeDefinition, SignatureDefinition } from "./scheme.ts";
export type { KeyInput, SecretInput } from "./secrets.ts";
export { sign } from "./sign.ts";
export type { SignOptions } from "./sign.ts";
/** @internal */
export { subjectOf as internalSubjectOf } from "./subject.ts";
export type { Verified } from "./verified.ts";
export { Verifier } from "./verifier.ts";
export type { SafeResult, VerifierOptions } from "./verifier.ts";
