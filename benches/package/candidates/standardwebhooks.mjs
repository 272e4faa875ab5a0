import { Webhook } from 'standardwebhooks';

/** Without its `JSON.parse`. Takes a Buffer or text. */
export function make({ secret }) {
  const webhook = new Webhook(secret);
  return (body, headers, text) => {
    webhook.verify(body.constructor.name === 'Buffer' ? body : text, headers, { jsonParse: false });
    return true;
  };
}
