import Stripe from 'stripe';

/** The signature alone: `constructEvent` would parse the JSON too. Where it has WebCrypto only, the async one. */
export function make({ secret }) {
  const { signature } = new Stripe('sk_test_of_nobody').webhooks;
  return isSync(signature)
    ? (body, headers) => signature.verifyHeader(body, headers['stripe-signature'], secret, 300)
    : (body, headers) => signature.verifyHeaderAsync(body, headers['stripe-signature'], secret, 300);
}

/** It has another build for some runtimes, which says so only when it is asked. */
function isSync(signature) {
  try {
    signature.verifyHeader('{}', 't=1,v1=0', 'whsec_of_nobody', 300);
  } catch (error) {
    return error.constructor.name !== 'CryptoProviderOnlySupportsAsyncError';
  }
  return true;
}
