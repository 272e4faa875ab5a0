// As much HTTP/1.1 as a generator and an origin need that are not to be the limit themselves.

const END = Buffer.from('\r\n\r\n');

/**
 * Takes a connection's bytes as they come, and calls `onMessage(head, length)` for each message that is complete.
 * `head` is text; of the body only its length is given. Returns what takes the bytes.
 */
export function reader(onMessage) {
  let rest = Buffer.alloc(0);
  return (chunk) => {
    rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    for (;;) {
      const end = rest.indexOf(END);
      if (end < 0) return;
      const head = rest.latin1Slice(0, end);
      const body = bodyLength(head, rest, end + 4);
      if (body === undefined || rest.length < end + 4 + body) return;
      rest = rest.subarray(end + 4 + body);
      onMessage(head, body);
    }
  };
}

function bodyLength(head, bytes, start) {
  const length = headerOf(head, 'content-length');
  if (length !== undefined) return Number(length);
  if (headerOf(head, 'transfer-encoding') === undefined) return 0;
  const last = bytes.indexOf('0\r\n\r\n', start);
  return last < 0 ? undefined : last + 5 - start;
}

/** A header's value; `name` in lower case. */
export function headerOf(head, name) {
  const start = head.toLowerCase().indexOf(`\r\n${name}:`);
  if (start < 0) return undefined;
  const value = start + name.length + 3;
  const end = head.indexOf('\r\n', value);
  return head.slice(value, end < 0 ? undefined : end).trim();
}

export const statusOf = (head) => Number(head.slice(9, 12));
