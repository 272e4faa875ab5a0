// What is in the inbox: the rows of its objects' tables, and their alarms.

const WAIT_MS = 60_000;

/** `sources` is what the gateway was configured with: it says which objects there may be. */
export function inboxOf(gateway, control, sources) {
  const object = async (name, method, ...values) => {
    const { result, error } = await control({ object: { name, method, values } });
    if (error !== undefined) throw new Error(`${name}: ${error}`);
    return result;
  };
  const names = () => Object.entries(sources).flatMap(([source, { mode, shards = 4 }]) =>
    mode === 'inbox' ? Array.from({ length: shards }, (_, shard) => `${source}/${shard}`) : []);

  const inbox = {
    /** Rows of one object, such as `peeker/0`: `query('peeker/0', 'SELECT * FROM event WHERE id = ?', id)`. */
    query: (name, statement, ...values) => object(name, '__query', statement, ...values),
    /** The same of all shards of a source together, each row with its `object`. */
    async all(source, statement, ...values) {
      const rows = names().filter((name) => name.startsWith(`${source}/`)).map(async (name) => {
        const found = await inbox.query(name, statement, ...values).catch(noTables);
        return found.map((row) => ({ object: name, ...row }));
      });
      return (await Promise.all(rows)).flat();
    },
    events: (source) => inbox.all(source, 'SELECT * FROM event ORDER BY seq'),
    deliveries: (source) =>
      inbox.all(source, 'SELECT delivery.*, id FROM delivery JOIN event ON seq = event ORDER BY seq, destination, round'),
    attempts: (source) => inbox.all(source, 'SELECT * FROM attempt ORDER BY event, destination, round, number'),
    /** How many deliveries are in which state: `{ pending: 1, delivered: 3 }`. */
    async states(source) {
      const states = (await inbox.deliveries(source)).map(({ state }) => state);
      return Object.fromEntries([...new Set(states)].sort().map((state) => [state, states.filter((one) => one === state).length]));
    },
    /** When the alarm of an object goes off, in milliseconds by the Worker's clock; null if never. */
    alarm: (name) => object(name, '__alarm'),
    /** Takes the alarm away, as a fault of the platform would. */
    loseAlarm: (name) => object(name, '__loseAlarm'),
    /** Waits until `check(states)` is or resolves to true of a source, and returns its states. */
    async until(source, check) {
      const deadline = performance.now() + WAIT_MS;
      for (;;) {
        const states = await inbox.states(source);
        if (await check(states)) return states;
        if (performance.now() > deadline) throw new Error(`the inbox stays at ${JSON.stringify(states)}`);
        await new Promise((done) => setTimeout(done, 20));
      }
    },
    /** Waits until nothing is open. */
    drained: (source) => inbox.until(source, ({ pending = 0, leased = 0 }) => pending + leased === 0),
    /** Every event: its body (`{ hex }`), or where it is, and the states of its deliveries. */
    async stored() {
      const found = names().map((name) => inbox.query(name, STORED).catch(noTables));
      return (await Promise.all(found)).flat();
    },
  };
  return inbox;
}

const STORED = `
  SELECT event.id, body, body_at, group_concat(state) AS states
  FROM event LEFT JOIN delivery ON delivery.event = seq GROUP BY seq`;

/** An object that has never been used has no tables, and no rows. */
function noTables(error) {
  if (/no such table/.test(error.message)) return [];
  throw error;
}
