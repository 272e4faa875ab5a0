import { WebhookVerificationService } from '@hookflo/tern';

/** Takes a `Request`, which is made anew for each call, and parses the JSON. */
export function make({ secret }) {
  const config = { platform: 'dodopayments', secret, toleranceInSeconds: 300 };
  return async (body, headers) => {
    const request = new Request('http://localhost/', { method: 'POST', body, headers });
    return (await WebhookVerificationService.verify(request, config)).isValid;
  };
}
