// Ours, as its README says.

/** A verifier of one scheme. `countersign` is the package: where it is installed decides who measures. */
export function make({ countersign, secret, scheme = 'peeker', options = {} }) {
  const verifier = new countersign.Verifier(scheme, { secrets: secret, ...options });
  return (body, headers) => verifier.verify(body, headers);
}
