import { ConfigError, VerificationError, Verifier } from "countersign";
import type { ConfigErrorCode, VerificationErrorCode } from "countersign";

const verifier = new Verifier("boateros", { secrets: "whatever the portal shows" });

// What is caught is told apart by class, then by code.
try {
  verifier.verify("", {});
} catch (error) {
  if (error instanceof VerificationError) {
    exact<typeof error.code, VerificationErrorCode>();
    exact<typeof error.header, string | undefined>();
    exact<typeof error.skewSeconds, number | undefined>();
    exact<typeof error.message, string>();
  } else if (error instanceof ConfigError) {
    exact<typeof error.code, ConfigErrorCode>();
  }
}

// Every code has an answer. A code that is added or renamed shows up here.
const statusOf = (code: VerificationErrorCode): 400 | 401 | 408 | 413 | 500 | 503 => {
  switch (code) {
    case "missing_header":
    case "malformed_header":
    case "ambiguous_header":
    case "unsupported_signature":
    case "signature_mismatch":
    case "timestamp_too_old":
    case "timestamp_too_new":
      return 401;
    case "body_unreadable":
      return 400;
    case "body_timeout":
      return 408;
    case "body_too_large":
      return 413;
    case "body_not_raw":
      return 500;
    case "no_active_key":
      return 503;
  }
};

const code = some<VerificationErrorCode>();
// @ts-expect-error: there is no such code
if (code === "bad_signature") statusOf(code);
// @ts-expect-error: a code is not any text
const anyCode: VerificationErrorCode = some<string>();

const error = some<VerificationError>();
const builtIn: Error = error;
// @ts-expect-error: the two classes are not the same
const config: ConfigError = error;
// @ts-expect-error: codes don't change
error.code = "missing_header";
