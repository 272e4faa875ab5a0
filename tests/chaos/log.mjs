// What the gateway itself says of a run.

import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';

/** How often a breaker opened and closed, and the first error lines that are not about a delivery. */
export async function readLog(file) {
  const log = { opened: 0, closed: 0, errors: [] };
  for await (const line of createInterface({ input: createReadStream(file), crlfDelay: Infinity })) note(log, line);
  return log;
}

function note(log, line) {
  const { message, breaker } = parse(line);
  if (breaker === 'opened') log.opened += 1;
  if (breaker === 'closed') log.closed += 1;
  if (line.startsWith('error ') && message !== 'delivery' && log.errors.length < 10) log.errors.push(line);
}

/** A line is a level and a text, which is mostly JSON. */
function parse(line) {
  try {
    return JSON.parse(line.slice(line.indexOf(' ') + 1));
  } catch {
    return {};
  }
}
