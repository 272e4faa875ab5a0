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
  const version = isIP(address);
  if (version === 0) return isPublicName(hostname);
  const family = version === 4 ? "ipv4" : "ipv6";
  // Only those of its family: as ::ffff:8.8.8.8 an IPv4 address is within networks of IPv6.
  const special = new BlockList();
  for (const [network, prefix] of SPECIAL[family]) special.addSubnet(network, prefix, family);
  return !special.check(address, family);
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
const SPECIAL: Readonly<
  Record<"ipv4" | "ipv6", readonly (readonly [network: string, prefix: number])[]>
> = {
  ipv4: [
    ["0.0.0.0", 8],
    ["10.0.0.0", 8],
    ["100.64.0.0", 10],
    ["127.0.0.0", 8],
    ["169.254.0.0", 16],
    ["172.16.0.0", 12],
    ["192.0.0.0", 24],
    ["192.0.2.0", 24],
    ["192.88.99.0", 24],
    ["192.168.0.0", 16],
    ["198.18.0.0", 15],
    ["198.51.100.0", 24],
    ["203.0.113.0", 24],
    ["224.0.0.0", 3],
  ],
  ipv6: [
    ["::", 3],
    ["2001::", 23],
    ["2001:db8::", 32],
    ["2002::", 16],
    ["3fff::", 20],
    ["4000::", 2],
    ["8000::", 1],
  ],
};
