import { matchesType, Verifier } from "countersign";
import type {
  BoaterosEventType,
  CustomScheme,
  EventPattern,
  EventType,
  PeekerEventType,
  SchemeName,
} from "countersign";

// The unions are open: documented names and all others.
exact<EventType<"boateros">, BoaterosEventType | (string & {})>();
exact<EventType<"peeker">, PeekerEventType | (string & {})>();
exact<EventType<"standard-webhooks">, string>();
exact<EventType<CustomScheme>, string>();
exact<EventType<SchemeName>, string | (string & {})>();
const undocumented: EventType<"boateros"> = "crew.assigned";
const anyText: EventType<"peeker"> = some<string>();
// @ts-expect-error: not a string
const noText: EventType<"peeker"> = 1;
// @ts-expect-error: the catalogues themselves are closed
const closed: BoaterosEventType = "crew.assigned";
// @ts-expect-error: the name of another provider's event
const foreign: PeekerEventType = "hull.sold";

// A verifier of a scheme gives events of its types.
const boateros = new Verifier("boateros", { secrets: "whatever the portal shows" });
const event = boateros.verify("", {});
exact<typeof event.type, EventType<"boateros"> | undefined>();
const standard = new Verifier("standard-webhooks", { secrets: "whsec_" }).verify("", {});
exact<typeof standard.type, string | undefined>();

// In a `case`, no other documented name is left; names that are not documented may stand there.
switch (event.type) {
  case "hull.sold":
    exact<typeof event.type, "hull.sold" | (string & {})>();
    break;
  case "deal.funded":
  case "deal.accepted":
    exact<typeof event.type, "deal.funded" | "deal.accepted" | (string & {})>();
    break;
  case "crew.assigned":
    exact<typeof event.type, string & {}>();
    break;
  case undefined:
    exact<typeof event.type, undefined>();
    break;
  // @ts-expect-error: a type is never a number
  case 7:
    break;
  default:
    exact<
      typeof event.type,
      Exclude<BoaterosEventType, "hull.sold" | "deal.funded" | "deal.accepted"> | (string & {})
    >();
}

// Without a catalogue, a `case` leaves the very name.
switch (standard.type) {
  case "invoice.paid":
    exact<typeof standard.type, "invoice.paid">();
}

// So does `matchesType`, everywhere.
type Hull = Extract<BoaterosEventType, `hull.${string}`>;
const narrowed = (type: EventType<"boateros"> | undefined): void => {
  if (matchesType("hull.sold", type)) exact<typeof type, "hull.sold">();
  if (matchesType("crew.assigned", type)) exact<typeof type, "crew.assigned">();

  if (matchesType("hull.*", type)) exact<typeof type, Hull>();
  else exact<typeof type, Exclude<BoaterosEventType, Hull> | (string & {}) | undefined>();

  if (matchesType("*.updated", type)) exact<typeof type, "hull.updated" | "listing.updated">();
  if (matchesType("*.*", type)) exact<typeof type, BoaterosEventType>();
  if (matchesType("crew.*", type)) exact<typeof type, `crew.${string}`>();

  if (matchesType("*", type)) exact<typeof type, EventType<"boateros">>();
  else exact<typeof type, undefined>();

  switch (true) {
    case matchesType("deal.cancelled", type):
      exact<typeof type, "deal.cancelled">();
  }
};

const actionRequired = (type: EventType<"peeker">): void => {
  if (!matchesType("*.action_required", type)) return;
  exact<
    typeof type,
    | "domain.action_required"
    | "domain_import.action_required"
    | "order.action_required"
    | "swap.action_required"
  >();
};

// It narrows the event's property in place.
if (matchesType("payment.*", event.type)) {
  exact<typeof event.type, "payment.failed" | "payment.refunded" | "payment.succeeded">();
}

// A star in the middle is one segment, at the end one or more.
type Deep = "a.b.c" | "a.b.d.c" | "a.c" | "b.b.c";
const deep = (type: Deep): void => {
  if (matchesType("a.*.c", type)) exact<typeof type, "a.b.c">();
  else exact<typeof type, "a.b.d.c" | "a.c" | "b.b.c">();
  if (matchesType("a.*", type)) exact<typeof type, "a.b.c" | "a.b.d.c" | "a.c">();
  if (matchesType("*.c", type)) exact<typeof type, "a.c">();
  if (matchesType("a.b", type)) exact<typeof type, never>();
  if (matchesType("*.*.*", type)) exact<typeof type, Exclude<Deep, "a.c">>();
};

// Any text is narrowed to the pattern's shape.
const text = (type: string): void => {
  if (matchesType("hull.*", type)) exact<typeof type, `hull.${string}`>();
  else exact<typeof type, string>();
  if (matchesType("*.action_required", type)) exact<typeof type, `${string}.action_required`>();
  if (matchesType("a.*.c", type)) exact<typeof type, `a.${string}.c`>();
  if (matchesType("invoice.paid", type)) exact<typeof type, "invoice.paid">();
  if (matchesType("*", type)) exact<typeof type, string>();
};

// A pattern that the types don't tell narrows nothing: not the match, and not the rest either.
const untold = (type: EventType<"peeker"> | undefined, pattern: string): void => {
  if (matchesType(pattern, type)) exact<typeof type, EventType<"peeker"> | undefined>();
  else exact<typeof type, EventType<"peeker"> | undefined>();
  if (!matchesType(some<"order.*" | "swap.*">(), type)) {
    exact<typeof type, EventType<"peeker"> | undefined>();
  }
  if (!matchesType(some<`order.${string}`>(), type)) {
    exact<typeof type, EventType<"peeker"> | undefined>();
  }
};

const patterns: EventPattern[] = ["*", "hull.*", "*.updated", "crew.*"];
exact<ReturnType<typeof matchesType>, boolean>();
// @ts-expect-error: the pattern comes first, and both are texts
matchesType(event.type, /hull/);
// @ts-expect-error: an event is not a type
matchesType("hull.*", event);
// @ts-expect-error: no pattern
matchesType(undefined, event.type);
