// Event types: what a filter stops, what it may never stop, and what somebody who holds a captured
// request can make of the one header that nobody signed.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { BODY_CANARY, withHeaders } from '../harness/providers.mjs';
import { received } from '../harness/origin.mjs';
import { relay, startHostileSuite } from '../harness/suite.mjs';

let suite;
before(async () => {
  suite = await startHostileSuite({
    sources: (origin) => ({
      orders: relay('peeker', 'ORDERS_SECRET', origin.url('/orders'), { destination: { events: ['order.*', '*.action_required'] } }),
      hulls: relay('boateros', 'HULLS_SECRET', origin.url('/hulls'), { destination: { events: ['hull.created', 'hull.sold'] } }),
    }),
    secrets: { ORDERS_SECRET: 'canary-orders-e1b7c2d94a60', HULLS_SECRET: 'canary-hulls-9f20d1c7b3a8' },
  });
});
after(() => suite?.close());

let count = 0;
/** Makes every body another one, so that none is a copy. */
const unique = (json) => json.replace('{', `{"note":"${BODY_CANARY}","n":${(count += 1)},`);

const order = (json) => suite.gateway.post('orders', suite.sign.peeker({ secret: 'canary-orders-e1b7c2d94a60', body: unique(json) }));
function hull(json, event) {
  const signed = suite.sign.boateros({ secret: 'canary-hulls-9f20d1c7b3a8', type: undefined, body: unique(json) });
  return suite.gateway.post('hulls', event === undefined ? signed : withHeaders(signed, { 'Boateros-Event': event }));
}

describe('a type that the destination does not want is filtered:', () => {
  const filtered = (name, send) =>
    test(name, async () => {
      const answer = await suite.refused({ send, status: 200, body: undefined });
      const { id, ...rest } = JSON.parse(answer.body);
      assert.deepEqual(rest, { status: 'filtered' });
      assert.match(id, /^(evt_|sha256_)/);
    });

  filtered('another resource', () => order('{"type":"domain.connected"}'));
  filtered('a resource whose name only begins like it', () => order('{"type":"orders.completed"}'));
  filtered('a resource whose name only ends like it', () => order('{"type":"reorder.completed"}'));
  filtered('a star does not stand for two segments in front', () => order('{"type":"a.b.action_required"}'));
  filtered('nor for half of one', () => order('{"type":"domain.no_action_required"}'));
  filtered('an escaped name is the same name', () => order('{"type":"domain\\u002econnected"}'));
  filtered('an escaped key is the same key', () => order('{"\\u0074ype":"domain.connected"}'));
  filtered('`event`, where there is no `type`', () => order('{"event":"domain.connected"}'));
  filtered('`type` comes before `event`', () => order('{"event":"order.completed","type":"domain.connected"}'));
  filtered('a wanted type further down is not the type', () => order('{"data":{"type":"order.completed"},"type":"domain.connected"}'));
  filtered('nor is one in a text', () => order('{"data":"\\"type\\":\\"order.completed\\"","type":"domain.connected"}'));
  filtered('a bad `type` leaves `event` its chance', () => order('{"type":5,"event":"domain.connected"}'));
  filtered('a doubled `type` counts as none, and leaves `event` its chance', () => order('{"type":"order.completed","type":"order.completed","event":"domain.connected"}'));
  filtered("Boateros' header, where the body says nothing", () => hull('{}', 'hull.updated'));
  filtered("Boateros' body and header of one mind", () => hull('{"type":"hull.updated"}', 'hull.updated'));
  filtered("Boateros' body and header, neither of them wanted", () => hull('{"type":"hull.updated"}', 'deal.opened'));
  filtered("Boateros' body, with a header that is no name", () => hull('{"type":"hull.updated"}', 'Hull Created!'));
  filtered("Boateros' body, with a header that comes twice", () => hull('{"type":"hull.updated"}', ['hull.created', 'hull.created']));

  test('and a copy of it is filtered too', async () => {
    const signed = suite.sign.peeker({ secret: 'canary-orders-e1b7c2d94a60', body: '{"type":"domain.connected","again":true}' });
    for (let i = 0; i < 2; i += 1) assert.match((await suite.gateway.post('orders', signed)).body, /"filtered"/);
  });
});

describe('no filter may lose a genuine event: without a sound type it is delivered, and', () => {
  const delivered = (name, send, source, type) =>
    test(name, async () => {
      const answer = await send();
      assert.equal(JSON.parse(answer.body).status, 'delivered', answer.body);
      assert.equal(received(suite.origin.last(source), 'countersign-event-type'), type);
    });

  const DEEP = `${'['.repeat(500)}${']'.repeat(500)}`;

  delivered('no type at all', () => order('{"x":1}'), '/orders', undefined);
  delivered('a body that is no JSON', () => order('{not json'), '/orders', undefined);
  delivered('a body that is no object', () => order('[{"type":"domain.connected"}]'), '/orders', undefined);
  delivered('a type that is a number', () => order('{"type":7}'), '/orders', undefined);
  delivered('a type in capitals', () => order('{"type":"Domain.Connected"}'), '/orders', undefined);
  delivered('a type of one segment', () => order('{"type":"domain"}'), '/orders', undefined);
  delivered('a type with an empty segment', () => order('{"type":"domain..connected"}'), '/orders', undefined);
  delivered('a type with a space', () => order('{"type":"domain.connected "}'), '/orders', undefined);
  delivered('a type with a line feed', () => order('{"type":"domain.connected\\n"}'), '/orders', undefined);
  delivered('a type with a header in it', () => order('{"type":"domain.connected\\r\\nX-Injected: 1"}'), '/orders', undefined);
  delivered('a type in another script', () => order('{"type":"dоmain.connected"}'), '/orders', undefined);
  delivered('a type of 129 characters', () => order(`{"type":"domain.${'x'.repeat(122)}"}`), '/orders', undefined);
  delivered('two types', () => order('{"type":"domain.connected","type":"order.completed"}'), '/orders', undefined);
  delivered('two types, one of them escaped', () => order('{"type":"domain.connected","\\u0074ype":"domain.connected"}'), '/orders', undefined);
  delivered('a type behind deep nesting', () => order(`{"deep":${DEEP},"type":"domain.connected"}`), '/orders', undefined);
  delivered('bytes that are no text behind the type', () => order('{"type":"domain.connected"}\xff'), '/orders', undefined);

  delivered('a wanted type is passed on', () => order('{"type":"order.completed"}'), '/orders', 'order.completed');
  delivered('a wanted type that nobody documents too', () => order('{"type":"order.completed.late"}'), '/orders', 'order.completed.late');
  delivered("a star in front stands for one segment", () => order('{"type":"domain.action_required"}'), '/orders', 'domain.action_required');

  delivered("Boateros' header is the type where the body has none", () => hull('{}', 'hull.sold'), '/hulls', 'hull.sold');
  delivered("Boateros' header that is no name is no type", () => hull('{}', 'HULL.UPDATED'), '/hulls', undefined);
  delivered("Boateros' header that comes twice is no type", () => hull('{}', ['hull.updated', 'hull.updated']), '/hulls', undefined);
  delivered("Boateros' header of odd bytes is no type", () => hull('{}', 'hull.updated\xe9'), '/hulls', undefined);
  delivered("Boateros' header without end is no type", () => hull('{}', `hull.${'x'.repeat(2000)}`), '/hulls', undefined);
  delivered('a wanted body under an unwanted header', () => hull('{"type":"hull.sold"}', 'hull.updated'), '/hulls', 'hull.sold');
  delivered('an unwanted body under a wanted header', () => hull('{"type":"hull.updated"}', 'hull.sold'), '/hulls', 'hull.updated');
});

test('a body and a header that name different types are flagged in the log', async () => {
  const answer = await hull('{"type":"hull.sold"}', 'hull.updated');
  const line = await suite.gateway.logLine(answer);
  assert.deepEqual([line.eventType, line.typeSigned, line.typeConflict], ['hull.sold', true, true]);
});

test('what only a header says is marked as unsigned in the log', async () => {
  const answer = await hull('{}', 'hull.sold');
  const line = await suite.gateway.logLine(answer);
  assert.deepEqual([line.eventType, line.typeSigned, line.typeConflict], ['hull.sold', false, undefined]);
});

// The header is not signed: whoever holds a captured request can write any name there. A catalogued
// one yields one more delivery of the same bytes. Others may be types that the provider does not
// document, of events with equal bodies: the first eight are delivered, flagged, and no more.
test('a captured request cannot be delivered again and again under invented types', async () => {
  const signed = suite.sign.boateros({ type: 'hull.created', body: unique('{}') });
  const post = (type) => suite.gateway.post('boateros', withHeaders(signed, { 'Boateros-Event': type }));
  for (let n = 0; n < 8; n += 1) assert.match((await post(`made.up${n}`)).body, /"delivered"/);
  for (let n = 0; n < 20; n += 1) assert.match((await post(`made.up${n}`)).body, /"duplicate"/, `made.up${n}`);
  assert.match((await post('Not A Name')).body, /"delivered"/);
  for (const none of [null, 'NoName', 'a']) assert.match((await post(none)).body, /"duplicate"/, String(none));
});
