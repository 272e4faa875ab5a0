// Ours, called in other ways.

/** `call` is one of those below; `digest` goes to the verifier. */
export function make({ countersign, secret, scheme, options: { call, digest } }) {
  const verifier = new countersign.Verifier(scheme, { secrets: secret, ...(digest && { digest }) });
  return CALLS[call](verifier);
}

const CALLS = {
  verify: (verifier) => (body, headers) => verifier.verify(body, headers),
  safeVerify: (verifier) => (body, headers) => verifier.safeVerify(body, headers).ok,
  /** For forged requests: the error is the good outcome. */
  refuse: (verifier) => (body, headers) => verifier.safeVerify(body, headers).error?.code === 'signature_mismatch',
  fields: (verifier) => (body, headers) => {
    const { id, type, dedupeKey, timestamp } = verifier.verify(body, headers);
    return (id ?? type) !== undefined && type.length + dedupeKey.length > 0 && timestamp instanceof Date;
  },
};
