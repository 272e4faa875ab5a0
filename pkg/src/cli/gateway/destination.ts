// Where the gateway sends events. What may stand there in the end, the gateway decides (src/gateway/destination_url.rs);
// this tells beforehand what it would refuse.

import { usage } from "../failure.ts";
import { urlOf } from "../http.ts";

export interface Destination {
  /** As parsers write it. */
  readonly url: string;
  /** Whether it may stand in what is deployed: https, to a public host. */
  readonly isPublic: boolean;
}

/** The destination that an option says. */
export async function destinationOf(option: string, text: string): Promise<Destination> {
  const url = urlOf(option, text);
  const mistake = MISTAKES.find(([isMade]) => isMade(url));
  if (mistake !== undefined) throw usage(`--${option} ${mistake[1]}`);
  const isPublicHost = await isPublic(url.hostname);
  if (url.protocol === "http:" && isPublicHost) {
    throw usage(
      `--${option}: over http anybody on the way can read events; write https://. http:// is for ` +
        "development, and for hosts such as localhost only",
    );
  }
  return { url: url.href, isPublic: isPublicHost };
}

const MISTAKES: readonly (readonly [isMade: (url: URL) => boolean, message: string])[] = [
  [
    ({ username, password }) => username !== "" || password !== "",
    "has a user name or password: leave them out; the gateway signs what it sends",
  ],
  [({ href }) => href.includes("#"), "has a fragment (#…), which is never sent: leave it out"],
  [({ href }) => href.includes("\\"), "has a backslash: write %5C"],
  [
    ({ hostname }) => !hostname.startsWith("[") && !hostname.split(".").every(isLabel),
    "has no plain host: write a name such as app.example.com",
  ],
];

const isLabel = (label: string): boolean => /^[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?$/.test(label);

async function isPublic(hostname: string): Promise<boolean> {
  const { BlockList, isIP } = await import("node:net");
  const address = hostname.replace(/^\[(.*)\]$/, "$1");
  const family = isIP(address);
  if (family === 0) return isPublicName(hostname);
  const special = new BlockList();
  for (const [network, prefix, type] of SPECIAL) special.addSubnet(network, prefix, type);
  return !special.check(address, family === 4 ? "ipv4" : "ipv6");
}

const isPublicName = (name: string): boolean =>
  name.includes(".") && !PRIVATE_NAMES.some((suffix) => `.${name}`.endsWith(`.${suffix}`));

/** What is reserved for private use. */
const PRIVATE_NAMES = [
  "localdomain",
  "localhost",
  "local",
  "internal",
  "intranet",
  "lan",
  "home",
  "corp",
  "private",
  "home.arpa",
];

/** By the IANA registries of special-purpose addresses; of IPv6, all that is no global unicast. */
const SPECIAL: readonly (readonly [network: string, prefix: number, type: "ipv4" | "ipv6"])[] = [
  ["0.0.0.0", 8, "ipv4"],
  ["10.0.0.0", 8, "ipv4"],
  ["100.64.0.0", 10, "ipv4"],
  ["127.0.0.0", 8, "ipv4"],
  ["169.254.0.0", 16, "ipv4"],
  ["172.16.0.0", 12, "ipv4"],
  ["192.0.0.0", 24, "ipv4"],
  ["192.0.2.0", 24, "ipv4"],
  ["192.88.99.0", 24, "ipv4"],
  ["192.168.0.0", 16, "ipv4"],
  ["198.18.0.0", 15, "ipv4"],
  ["198.51.100.0", 24, "ipv4"],
  ["203.0.113.0", 24, "ipv4"],
  ["224.0.0.0", 3, "ipv4"],
  ["::", 3, "ipv6"],
  ["2001::", 23, "ipv6"],
  ["2001:db8::", 32, "ipv6"],
  ["2002::", 16, "ipv6"],
  ["3fff::", 20, "ipv6"],
  ["4000::", 2, "ipv6"],
  ["8000::", 1, "ipv6"],
];
