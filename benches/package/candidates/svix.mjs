import { Webhook } from 'svix';

/** Takes a Buffer or text. */
export function make({ secret }) {
  const webhook = new Webhook(secret);
  return (body, headers, text) => {
    webhook.verify(body.constructor.name === 'Buffer' ? body : text, headers);
    return true;
  };
}
