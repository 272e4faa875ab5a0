// What happens at a boat dealer's: the `data` of one event of each documented type. Names and
// numbers are made up.

import type { BoaterosEventType } from "countersign";

const HULL = {
  hull_id: "hull_8f31c0",
  hin: "US-NWM30217K627",
  make: "Norrvik",
  model: "Skär 30 Explorer",
  year: 2027,
  stock_number: "NW-0217",
};

const LEAD = {
  lead_id: "lead_52ad90",
  name: "Ines Carvalho",
  email: "ines@carvalho.example",
  phone: "+351 910 000 000",
  source: "boat show",
};

const DEAL = {
  deal_id: "deal_7c1188",
  hull_id: HULL.hull_id,
  lead_id: LEAD.lead_id,
  salesperson: "Tomas Ek",
  total: { amount: "184900.00", currency: "USD" },
};

const SERVICE = {
  work_order_id: "wo_30b7e2",
  hull_id: HULL.hull_id,
  customer: LEAD.name,
  bay: 3,
};

const PAYMENT = {
  payment_id: "pay_e5560a",
  deal_id: DEAL.deal_id,
  amount: "9245.00",
  currency: "USD",
  method: "ach",
};

const LISTING = {
  listing_id: "lst_41f9d3",
  hull_id: HULL.hull_id,
  headline: "Skär 30 Explorer, ready for the season",
  url: "https://norrvik-marine.example/boats/skar-30",
};

const PARTS = [
  { sku: "IMP-0471", description: "Impeller kit", quantity: 2, unit_price: "61.50" },
  { sku: "ANO-1120", description: "Anode, aluminium", quantity: 4, unit_price: "18.00" },
];

export const BOATEROS: Readonly<Record<BoaterosEventType, object>> = {
  "hull.created": { ...HULL, status: "in_stock", location: "Dock B, slip 14" },
  "hull.updated": { ...HULL, changed: { engine_hours: { from: 0, to: 11.5 } } },
  "hull.price_changed": {
    ...HULL,
    price: { from: "189900.00", to: "184900.00", currency: "USD" },
    reason: "season's end",
  },
  "hull.sold": { ...HULL, status: "sold", deal_id: DEAL.deal_id, sold_at: "2026-11-21T17:58:30Z" },
  "hull.syndicated": { ...HULL, channels: ["boats-north", "yacht-exchange"], failed_channels: [] },
  "hull.photos_added": {
    ...HULL,
    photos: [
      { url: "https://media.norrvik-marine.example/0217/helm.jpg", width: 2400, height: 1600 },
      { url: "https://media.norrvik-marine.example/0217/cabin.jpg", width: 2400, height: 1600 },
    ],
  },
  "lead.created": {
    ...LEAD,
    interested_in: HULL.hull_id,
    message: "Is the Skär still there? I'd like a sea trial.",
  },
  "lead.qualified": { ...LEAD, score: 82, budget: { amount: "190000", currency: "USD" } },
  "lead.assigned": { ...LEAD, assigned_to: DEAL.salesperson, previously: null },
  "lead.converted": { ...LEAD, deal_id: DEAL.deal_id },
  "lead.stalled": { ...LEAD, last_contact_at: "2026-10-30T09:12:00Z", days_without_answer: 22 },
  "lead.sms_sent": { ...LEAD, text: "Your sea trial is on Saturday at 10.", segments: 1 },
  "lead.consent_captured": {
    ...LEAD,
    channel: "sms",
    wording_version: "2026-03",
    ip: "192.0.2.44",
  },
  "deal.opened": { ...DEAL, stage: "open" },
  "deal.offer_sent": { ...DEAL, stage: "offer", valid_until: "2026-12-01" },
  "deal.accepted": { ...DEAL, stage: "accepted", deposit: "9245.00" },
  "deal.funded": { ...DEAL, stage: "funded", lender: "Harbour Credit Union", term_months: 120 },
  "deal.cancelled": {
    ...DEAL,
    stage: "cancelled",
    reason: "The buyer's survey found damp in the deck.",
  },
  "service.opened": { ...SERVICE, status: "open", complaint: "Engine alarm above 4000 rpm" },
  "service.parts_ordered": { ...SERVICE, status: "waiting_for_parts", parts: PARTS },
  "service.completed": {
    ...SERVICE,
    status: "completed",
    labour_hours: 3.25,
    technician: "Noor Haddad",
  },
  "service.invoiced": {
    ...SERVICE,
    status: "invoiced",
    invoice: "INV-20931",
    total: "682.75",
    currency: "USD",
  },
  "payment.succeeded": { ...PAYMENT, status: "succeeded", receipt: "R-77120" },
  "payment.refunded": {
    ...PAYMENT,
    status: "refunded",
    refunded_amount: "9245.00",
    reason: "deal cancelled",
  },
  "payment.failed": {
    ...PAYMENT,
    status: "failed",
    failure: { code: "R01", message: "Insufficient funds" },
  },
  "listing.published": { ...LISTING, status: "published", price: "184900.00" },
  "listing.updated": { ...LISTING, status: "published", price: "179900.00", changed: ["price"] },
  "listing.removed": { ...LISTING, status: "removed", reason: "sold" },
};
