// Bodies as the providers send them: of each event type that they document, one.

import type { SchemeName } from "countersign";
import { BOATEROS } from "./samples/boateros.ts";
import { PEEKER } from "./samples/peeker.ts";

/** When it happened, and which event it is. */
export interface Occasion {
  readonly id: string;
  readonly type: string;
  readonly at: Date;
}

interface Samples {
  /** What events have in common. */
  readonly envelope: (occasion: Occasion, data: object) => object;
  /** What happened, by the event's type. */
  readonly data: Readonly<Record<string, object>>;
}

const SAMPLES: { readonly [scheme in SchemeName]?: Samples } = {
  peeker: {
    envelope: ({ id, type, at }, data) => ({ id, type, created_at: at.toISOString(), data }),
    data: PEEKER,
  },
  // The type stands in a header only. The time tells one event from the next.
  boateros: {
    envelope: ({ at }, data) => ({
      occurred_at: at.toISOString(),
      dealership: "norrvik-marine",
      data,
    }),
    data: BOATEROS,
  },
};

/** For types without a sample of their own: what Standard Webhooks recommends. */
const GENERAL: Samples = {
  envelope: ({ type, at }, data) => ({ type, timestamp: at.toISOString(), data }),
  data: {},
};
const SOMETHING = { id: "1f81eb52-5198-4599-803e-771906343485", name: "Ada Example", active: true };

/** A body of this type. */
export function sample(scheme: SchemeName, occasion: Occasion): string {
  const { envelope, data } = SAMPLES[scheme] ?? GENERAL;
  const found = Object.hasOwn(data, occasion.type) ? data[occasion.type] : undefined;
  return JSON.stringify(envelope(occasion, found ?? SOMETHING));
}
