// What happens at Peeker: the `data` of one event of each documented type. Names and numbers are
// made up.

import type { PeekerEventType } from "countersign";

const ORDER = {
  order_id: "ord_01J9ZK4T7W",
  reference: "autumn-outreach",
  customer_email: "ops@northwind-outreach.example",
};

const INBOXES = [
  { email: "mara@trynorthwind.example", first_name: "Mara", last_name: "Lindqvist" },
  { email: "m.lindqvist@trynorthwind.example", first_name: "Mara", last_name: "Lindqvist" },
];

const DOMAIN = {
  domain_id: "dom_01J9ZK6QRD",
  order_id: ORDER.order_id,
  domain: "trynorthwind.example",
  provider: "google",
};

const IMPORT = {
  import_id: "imp_01J9ZM2X8C",
  domains: ["hellonorthwind.example", "getnorthwind.example"],
};

const SWAP = {
  swap_id: "swp_01J9ZN5V3H",
  order_id: ORDER.order_id,
  from_domain: "trynorthwind.example",
  to_domain: "joinnorthwind.example",
  premium: false,
};

const NAMESERVERS = {
  expected: ["ns1.peeker.example", "ns2.peeker.example"],
  found: ["ns31.registrar.example", "ns32.registrar.example"],
};

export const PEEKER: Readonly<Record<PeekerEventType, object>> = {
  "order.in_progress": { ...ORDER, status: "in_progress", domains: 2, inboxes: 4 },
  "order.completed": {
    ...ORDER,
    status: "completed",
    completed_at: "2026-11-21T17:42:09Z",
    domains: [
      {
        ...DOMAIN,
        status: "connected",
        forwarding_url: "https://northwind.example",
        inboxes: INBOXES,
      },
      {
        ...DOMAIN,
        domain_id: "dom_01J9ZK6QRE",
        domain: "usenorthwind.example",
        provider: "microsoft",
        status: "connected",
        forwarding_url: "https://northwind.example/start?from=usenorthwind",
        inboxes: [{ email: "zoë@usenorthwind.example", first_name: "Zoë", last_name: "Okonkwo" }],
      },
    ],
  },
  "order.failed": {
    ...ORDER,
    status: "failed",
    error: { code: "registrar_rejected", message: "The registrar refused two of the names." },
  },
  "order.action_required": {
    ...ORDER,
    status: "action_required",
    reason: "profile_picture_unreachable",
    rows: [{ email: INBOXES[0]?.email, problem: "The picture's address needs a login." }],
  },
  "order.cancel_scheduled": {
    ...ORDER,
    status: "cancel_scheduled",
    cancels_at: "2026-11-22T18:00:00Z",
  },
  "order.cancelled": {
    ...ORDER,
    status: "cancelled",
    released_domains: ["trynorthwind.example", "usenorthwind.example"],
  },
  "domain.connected": { ...DOMAIN, status: "connected", inboxes: INBOXES },
  "domain.action_required": {
    ...DOMAIN,
    status: "action_required",
    reason: "nameservers_not_pointed",
    nameservers: NAMESERVERS,
  },
  "domain.forwarding_updated": {
    ...DOMAIN,
    status: "connected",
    forwarding_url: "https://northwind.example/pricing",
    previous_forwarding_url: "https://northwind.example",
  },
  "domain.forwarding_failed": {
    ...DOMAIN,
    status: "connected",
    forwarding_url: "https://pricing.northwind.invalid",
    error: { code: "dns_lookup_failed", message: "The target's name has no address." },
  },
  "domain_import.completed": { ...IMPORT, status: "completed", connected: 2, failed: 0 },
  "domain_import.failed": {
    ...IMPORT,
    status: "failed",
    connected: 0,
    error: { code: "transfer_locked", message: "Both names are locked at their registrar." },
  },
  "domain_import.action_required": {
    ...IMPORT,
    status: "action_required",
    reason: "nameservers_not_pointed",
    nameservers: NAMESERVERS,
  },
  "swap.created": { ...SWAP, status: "created", user_names: ["mara", "m.lindqvist"] },
  "swap.in_progress": { ...SWAP, status: "in_progress" },
  "swap.completed": {
    ...SWAP,
    status: "completed",
    premium: true,
    kept_warm_until: "2026-12-05T18:00:00Z",
  },
  "swap.failed": {
    ...SWAP,
    status: "failed",
    error: { code: "domain_taken", message: "Somebody else has registered the new name." },
  },
  "swap.action_required": {
    ...SWAP,
    status: "action_required",
    reason: "replacement_domain_needed",
  },
};
