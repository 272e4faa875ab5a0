// RFC 3339 timestamps, as Boateros sends them. Every one is signed correctly over the text that is
// sent, so that only the grammar or the window can refuse it.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { NOW, startHostileSuite } from '../harness/suite.mjs';

let suite;
before(async () => {
  suite = await startHostileSuite();
});
after(() => suite?.close());

const post = (timestamp) => suite.gateway.post('boateros', suite.sign.boateros({ timestamp }));

const MALFORMED = {
  'without a zone': '2025-11-21T16:00:00',
  'without a zone, with a fraction': '2025-11-21T16:00:00.123',
  'a lower-case t': '2025-11-21t16:00:00Z',
  'a lower-case z': '2025-11-21T16:00:00z',
  'a space for the T': '2025-11-21 16:00:00Z',
  'the basic format': '20251121T160000Z',
  'no seconds': '2025-11-21T16:00Z',
  'no time': '2025-11-21',
  'a week date': '2025-W47-5T16:00:00Z',
  'an ordinal date': '2025-325T16:00:00Z',
  'an expanded year': '+002025-11-21T16:00:00Z',
  'a year of two digits': '25-11-21T16:00:00Z',
  'an empty fraction': '2025-11-21T16:00:00.Z',
  'a fraction of ten digits': '2025-11-21T16:00:00.0000000000Z',
  'two fractions': '2025-11-21T16:00:00.0.0Z',
  'the 30th of February': '2025-02-30T16:00:00Z',
  'the 29th of February in a common year': '2025-02-29T16:00:00Z',
  'the 31st of November': '2025-11-31T16:00:00Z',
  'month 13': '2025-13-21T16:00:00Z',
  'month 0': '2025-00-21T16:00:00Z',
  'day 0': '2025-11-00T16:00:00Z',
  'hour 24': '2025-11-21T24:00:00Z',
  'minute 60': '2025-11-21T16:60:00Z',
  'a leap second': '2025-11-21T15:59:60Z',
  'the year 1969': '1969-12-31T23:59:59Z',
  'an offset that leaves 1970': '1970-01-01T00:00:00+00:01',
  'an offset without minutes': '2025-11-21T16:00:00+00',
  'an offset without a colon': '2025-11-21T16:00:00+0000',
  'an offset of 24 hours': '2025-11-21T16:00:00+24:00',
  'an offset of 60 minutes': '2025-11-21T16:00:00+00:60',
  'two zones': '2025-11-21T16:00:00ZZ',
  'a zone and an offset': '2025-11-21T16:00:00Z+00:00',
  'a zone in brackets behind it': '2025-11-21T16:00:00Z[UTC]',
  'a minus sign of typographers': Buffer.from('2025-11-21T16:00:00−00:00', 'utf8').toString('latin1'),
  'full-width digits': Buffer.from('２０２５-11-21T16:00:00Z', 'utf8').toString('latin1'),
  'a single-digit month': '2025-1-21T16:00:00Z',
  'a space inside': '2025-11-21T16: 0:00Z',
  'Unix seconds': String(NOW / 1000),
  'Unix milliseconds': String(NOW),
  'more than 40 bytes': `2025-11-21T16:00:00.${'0'.repeat(30)}Z`,
};

describe('a date with', () => {
  for (const [name, timestamp] of Object.entries(MALFORMED)) {
    test(name, () => suite.refused({ send: () => post(timestamp), reason: 'malformed_header' }));
  }
});

test('a date with a comma for the decimal point could be two headers', () =>
  suite.refused({ send: () => post('2025-11-21T16:00:00,000Z'), reason: 'ambiguous_header' }));

test('an HTTP date could be two headers', () =>
  suite.refused({ send: () => post('Fri, 21 Nov 2025 16:00:00 GMT'), reason: 'ambiguous_header' }));

describe('a moment outside the window:', () => {
  for (const [name, timestamp, reason] of [
    ['a millisecond more than five minutes old', '2025-11-21T15:54:59.999Z', 'timestamp_too_old'],
    ['a millisecond more than five minutes ahead', '2025-11-21T16:05:00.001Z', 'timestamp_too_new'],
    ['now, but in another zone', '2025-11-21T16:00:00+01:00', 'timestamp_too_old'],
    ['now, but west of here', '2025-11-21T16:00:00-01:00', 'timestamp_too_new'],
    ['a year old', '2024-11-21T16:00:00Z', 'timestamp_too_old'],
    ['the end of time', '9999-12-31T23:59:59.999999999Z', 'timestamp_too_new'],
    ['the beginning of time', '1970-01-01T00:00:00Z', 'timestamp_too_old'],
  ]) {
    test(name, () => suite.refused({ send: () => post(timestamp), reason }));
  }
});

describe('spellings of a moment inside the window are served:', () => {
  for (const timestamp of [
    '2025-11-21T16:00:00Z',
    '2025-11-21T16:00:00.1Z',
    '2025-11-21T16:00:00.123456789Z',
    '2025-11-21T16:00:00+00:00',
    '2025-11-21T16:00:00-00:00',
    '2025-11-21T18:00:00+02:00',
    '2025-11-22T15:59:00+23:59',
    '2025-11-21T15:55:00Z',
    '2025-11-21T16:05:00.000Z',
    // Cut to milliseconds: five minutes and 0.999 ms ahead is five minutes ahead.
    '2025-11-21T16:05:00.000999Z',
  ]) {
    test(timestamp, async () => {
      const answer = await post(timestamp);
      assert.equal(answer.status, 200, answer.body);
    });
  }
});
