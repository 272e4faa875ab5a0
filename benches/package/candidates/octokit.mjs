import { verify } from '@octokit/webhooks-methods';

/** Takes text, not bytes, so that somebody has to decode them. With `isDecoded`, that is not counted. */
export function make({ secret, options: { isDecoded = false } = {} }) {
  if (isDecoded) return (_body, headers, text) => verify(secret, text, headers['x-hub-signature-256']);
  const decoder = new TextDecoder();
  const textOf = (body) => (body.constructor.name === 'Buffer' ? body.toString() : decoder.decode(body));
  return (body, headers) => verify(secret, textOf(body), headers['x-hub-signature-256']);
}
