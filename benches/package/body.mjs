// Bodies as providers send them: JSON with many short strings and numbers, of an exact length.

/** An order with line items, so many bytes of ASCII. */
export function order(length) {
  const head = '{"type":"order.completed",';
  const tail = (note) => `"note":"${note}"}`;
  if (length < head.length + tail('').length) throw new Error(`no order has ${length} bytes`);
  let text = head;
  for (const part of parts()) {
    if (text.length + part.length + tail('').length + CLOSE.length > length) break;
    text += part;
  }
  if (text.includes('"items":[')) text = text.replace(/,$/, '') + CLOSE;
  return text + tail('-'.repeat(length - text.length - tail('').length));
}

/** The same but for its content: one long string. */
export function letter(length) {
  const [head, tail] = ['{"type":"order.completed","data":"', '"}'];
  return head + 'x'.repeat(length - head.length - tail.length) + tail;
}

export const BODIES = { order, letter };

const CLOSE = ']},';

/** What comes after another, as long as there is room. */
function* parts() {
  yield '"id":"ord_8f2Kq1","created":1764500000,';
  yield '"customer":{"id":"cus_19aX","name":"Ada Byron","email":"ada@example.com","country":"DE"},';
  yield '"data":{"currency":"EUR","total":129.5,"paid":true,"items":[';
  for (let at = 1; ; at++) {
    yield `{"sku":"SKU-${String(at).padStart(6, '0')}","title":"Brass hook, ${at % 9} mm","quantity":${(at % 7) + 1},` +
      `"price":{"net":${((at * 37) % 997) / 10},"tax":0.19},"tags":["hooks","brass"],"gift":${at % 3 === 0}},`;
  }
}
