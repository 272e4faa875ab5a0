//! Where events may be sent, compared with what another URL parser makes of the same text, and with
//! the registries of addresses that are not public.
#![expect(
    clippy::arithmetic_side_effects,
    clippy::unwrap_used,
    reason = "a test fails loudly, and its numbers are small"
)]

use std::net::{Ipv4Addr, Ipv6Addr};

use countersign::gateway::{DestinationUrl, UrlError};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use url::{Host, Position, Url};

/// IANA's special-purpose IPv4 addresses that are not globally reachable, multicast and the rest of
/// the upper end.
const PRIVATE_V4: [&str; 16] = [
    "0.0.0.0/8",
    "10.0.0.0/8",
    "100.64.0.0/10",
    "127.0.0.0/8",
    "169.254.0.0/16",
    "172.16.0.0/12",
    "192.0.0.0/24",
    "192.0.2.0/24",
    "192.88.99.0/24",
    "192.168.0.0/16",
    "198.18.0.0/15",
    "198.51.100.0/24",
    "203.0.113.0/24",
    "224.0.0.0/4",
    "240.0.0.0/4",
    "255.255.255.255/32",
];

/// The same for IPv6; and what holds an IPv4 address in it.
const PRIVATE_V6: [&str; 16] = [
    "::/128",
    "::1/128",
    "::/96",
    "::ffff:0:0/96",
    "64:ff9b::/96",
    "64:ff9b:1::/48",
    "100::/64",
    "100:0:0:1::/64",
    "2001::/23",
    "2001:db8::/32",
    "2002::/16",
    "3fff::/20",
    "5f00::/16",
    "fc00::/7",
    "fe80::/10",
    "ff00::/8",
];

fn range_v4(cidr: &str) -> (u32, u32) {
    let (address, length) = cidr.split_once('/').unwrap();
    let first = u32::from(address.parse::<Ipv4Addr>().unwrap());
    let rest = u32::MAX.checked_shr(length.parse().unwrap()).unwrap_or(0);
    (first, first | rest)
}

fn range_v6(cidr: &str) -> (u128, u128) {
    let (address, length) = cidr.split_once('/').unwrap();
    let first = u128::from(address.parse::<Ipv6Addr>().unwrap());
    let rest = u128::MAX.checked_shr(length.parse().unwrap()).unwrap_or(0);
    (first, first | rest)
}

fn is_private_v4(address: Ipv4Addr) -> bool {
    let is_in = |(first, last)| (first..=last).contains(&u32::from(address));
    PRIVATE_V4.into_iter().map(range_v4).any(is_in)
}

fn is_private_v6(address: Ipv6Addr) -> bool {
    let is_in = |(first, last)| (first..=last).contains(&u128::from(address));
    PRIVATE_V6.into_iter().map(range_v6).any(is_in)
}

fn is_private(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(address)) => is_private_v4(address),
        Some(Host::Ipv6(address)) => is_private_v6(address),
        Some(Host::Domain(name)) => {
            let name = name.trim_end_matches('.');
            !name.contains('.')
                || [".localhost", ".local", ".internal"].iter().any(|suffix| name.ends_with(suffix))
        }
        None => true,
    }
}

fn is_accepted(host: &str) -> bool {
    DestinationUrl::parse(&format!("https://{host}/"), false).is_ok()
}

/// The first and the last address of every range, and their neighbours outside.
#[test]
fn the_edges_of_private_ranges() {
    for cidr in PRIVATE_V4 {
        let (first, last) = range_v4(cidr);
        for address in [first, last, first.wrapping_sub(1), last.wrapping_add(1)] {
            let address = Ipv4Addr::from(address);
            assert_eq!(is_accepted(&address.to_string()), !is_private_v4(address), "{address}");
        }
    }
    for cidr in PRIVATE_V6 {
        let (first, last) = range_v6(cidr);
        for address in [first, last, first.wrapping_sub(1), last.wrapping_add(1)] {
            let address = Ipv6Addr::from(address);
            let is_global = (0x2000..0x4000).contains(&address.segments()[0]);
            let expected = is_global && !is_private_v6(address);
            assert_eq!(is_accepted(&format!("[{address}]")), expected, "{address}");
        }
    }
}

/// What some parser or resolver takes for an IPv4 address.
fn spellings_v4(address: Ipv4Addr) -> Vec<String> {
    let number = u32::from(address);
    let [a, b, c, d] = address.octets();
    let (low16, low24) = (number & 0xffff, number & 0xff_ffff);
    let dotted = address.to_string();
    let full_width: String = dotted
        .chars()
        .map(|char| char.to_digit(10).map_or(char, |n| char::from_u32(0xff10 + n).unwrap()))
        .collect();
    let percent: String = dotted.bytes().map(|byte| format!("%{byte:02x}")).collect();
    vec![
        dotted.clone(),
        format!("{dotted}."),
        format!("{number}"),
        format!("{number}."),
        format!("0x{number:x}"),
        format!("0X{number:08X}"),
        format!("0{number:o}"),
        format!("{a}.{low24}"),
        format!("{a}.{b}.{low16}"),
        format!("0x{a:x}.0x{b:x}.0x{c:x}.0x{d:x}"),
        format!("0{a:o}.0{b:o}.0{c:o}.0{d:o}"),
        format!("{a:03}.{b:03}.{c:03}.{d:03}"),
        format!("{a}.{b}.{c}.0x{d:x}"),
        format!("{a}.0{b:o}.{low16}"),
        full_width,
        percent,
        dotted.replace('.', "\u{3002}"),
        dotted.replace('.', "%2e"),
        format!("[::ffff:{dotted}]"),
        format!("[::{dotted}]"),
        format!("[64:ff9b::{dotted}]"),
        format!("[::ffff:{:x}:{low16:x}]", number >> 16),
        format!("[0:0:0:0:0:ffff:{:x}:{low16:x}]", number >> 16),
        format!("[2002:{:x}:{low16:x}::]", number >> 16),
        format!("{a}.{b}.{c}.{d}.5"),
        format!("{a}..{c}.{d}"),
    ]
}

fn spellings_v6(address: Ipv6Addr) -> Vec<String> {
    let full: Vec<_> = address.segments().iter().map(|part| format!("{part:04X}")).collect();
    vec![
        format!("[{address}]"),
        format!("[{}]", full.join(":")),
        format!("[{address}%25eth0]"),
        format!("[{address}%eth0]"),
        format!("[{address}"),
        format!("{address}"),
    ]
}

/// So many cases, or what `PROPTEST_CASES` says.
fn cases() -> ProptestConfig {
    let cases = std::env::var("PROPTEST_CASES").ok().and_then(|cases| cases.parse().ok());
    let cases = cases.unwrap_or(1000);
    ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() }
}

proptest! {
    #![proptest_config(cases())]

    #[test]
    fn what_is_accepted_is_read_the_same_by_another_parser(
        text in text(),
        allow_insecure in any::<bool>(),
    ) {
        if let Ok(accepted) = DestinationUrl::parse(&text, allow_insecure) {
            prop_assert_eq!(accepted.as_str(), &text);
            agrees(&accepted, &text, allow_insecure)?;
        }
    }

    #[test]
    fn a_private_address_is_refused_in_every_spelling(
        n in any::<u32>(),
        cidr in select(&PRIVATE_V4),
    ) {
        let (first, last) = range_v4(cidr);
        let address = Ipv4Addr::from(first + n % (last - first).max(1));
        for host in spellings_v4(address) {
            prop_assert!(!is_accepted(&host), "{}", host);
            prop_assert!(!is_accepted(&format!("{host}:443")), "{}", host);
        }
    }

    #[test]
    fn so_is_a_private_ipv6_address(n in any::<u128>(), cidr in select(&PRIVATE_V6)) {
        let (first, last) = range_v6(cidr);
        let address = Ipv6Addr::from(first + n % (last - first).max(1));
        for host in spellings_v6(address) {
            prop_assert!(!is_accepted(&host), "{}", host);
        }
    }

    /// Of a public address one spelling is accepted: the one that everybody reads alike.
    #[test]
    fn a_public_address_has_one_spelling(n in any::<u32>()) {
        let address = Ipv4Addr::from(n);
        if is_private_v4(address) {
            return Ok(());
        }
        let mut accepted: Vec<_> =
            spellings_v4(address).into_iter().filter(|host| is_accepted(host)).collect();
        accepted.dedup();
        prop_assert_eq!(accepted, [address.to_string()]);
    }

    /// Whatever another parser would connect to.
    #[test]
    fn what_another_parser_reads_as_private_is_refused(text in text()) {
        if let Ok(url) = Url::parse(&text) && is_private(&url) {
            prop_assert!(DestinationUrl::parse(&text, false).is_err(), "{} is {}", text, url);
        }
    }
}

/// An accepted URL as the other parser sees it. Whether an internationalised name is well formed is
/// for the one who resolves it to say.
fn agrees(
    accepted: &DestinationUrl,
    text: &str,
    allow_insecure: bool,
) -> Result<(), TestCaseError> {
    let url = match Url::parse(text) {
        Ok(url) => url,
        Err(error) => {
            prop_assert!(accepted.host().contains("xn--"), "{text}: {error}");
            return Ok(());
        }
    };
    prop_assert!(url.scheme() == "https" || (allow_insecure && url.scheme() == "http"));
    let start = format!("{}://", url.scheme());
    prop_assert!(text.starts_with(&start));
    prop_assert!(url.username().is_empty() && url.password().is_none());
    prop_assert!(url.fragment().is_none());
    prop_assert!(allow_insecure || !is_private(&url), "{text} is {url}");

    if url.scheme() == "https" && !matches!(url.host(), Some(Host::Ipv6(_))) {
        let gateway = &url[Position::BeforeHost..Position::AfterPort];
        let leads_back = url.path().starts_with("/hooks/");
        prop_assert_eq!(accepted.is_gateway(gateway), leads_back, "{} is {}", text, url);
    }

    let (host, port) = split(accepted.host());
    let default = if url.scheme() == "https" { 443 } else { 80 };
    prop_assert_eq!(url.port_or_known_default(), Some(port.unwrap_or(default)));
    match url.host().unwrap() {
        Host::Ipv6(address) => {
            prop_assert_eq!(host.trim_matches(['[', ']']).parse::<Ipv6Addr>(), Ok(address));
        }
        other => prop_assert_eq!(other.to_string(), host),
    }
    Ok(())
}

fn split(authority: &str) -> (&str, Option<u16>) {
    match authority.rsplit_once(':') {
        Some((host, port)) if !port.contains(']') => (host, Some(port.parse().unwrap())),
        _ => (authority, None),
    }
}

fn text() -> impl Strategy<Value = String> {
    let scheme = prop_oneof![
        8 => Just("https://"),
        2 => Just("http://"),
        1 => select(vec!["HTTPS://", "https:", "https:/", "https:///", "https:\\\\", "//"]),
    ];
    let credentials =
        prop_oneof![12 => Just(""), 1 => select(vec!["a@", "a:b@", "@", ":@", "a%40b@"])];
    let port = prop_oneof![
        6 => Just(String::new()),
        2 => "(:[1-9][0-9]{0,4})",
        1 => ":[0-9a-z]{0,6}",
        1 => Just(":443".to_owned()),
    ];
    let path = prop_oneof![
        2 => Just(String::new()),
        4 => "/[a-z0-9/._~!$&'()*+,;=:@%-]{0,20}",
        2 => "(/(hooks|\\.|\\.\\.|%2[eE]|\\.%2e|x|%68ooks)){0,3}/hooks/[a-z?]{0,3}",
        1 => "[/?]([ -~]|é){0,12}",
    ];
    (scheme, credentials, host(), port, path).prop_map(|(scheme, credentials, host, port, path)| {
        format!("{scheme}{credentials}{host}{port}{path}")
    })
}

fn host() -> impl Strategy<Value = String> {
    let piece = select(vec![
        "a",
        "b1",
        "example",
        "com",
        ".",
        ".",
        "..",
        "-",
        "_",
        "xn--",
        "xn--bcher-kva",
        "127",
        "1",
        "0",
        "0x7f",
        "0177",
        "255",
        "256",
        "localhost",
        "LOCALHOST",
        "local",
        "internal",
        "%2e",
        "\u{3002}",
        "ß",
        "\u{ad}",
        "\u{200d}",
        "[",
        "]",
        ":",
        "::",
        "ffff",
        "@",
        "\\",
        " ",
        "\t",
        "*",
        "|",
        "<",
        "^",
        "%00",
        "1.",
        "0x",
        "08",
    ]);
    prop_oneof![
        4 => "[a-z0-9_-]{1,9}(\\.[a-zA-Z0-9-]{1,6}){1,3}",
        4 => vec(piece, 0..6).prop_map(|pieces| pieces.concat()),
        1 => (any::<u32>(), any::<prop::sample::Index>())
            .prop_map(|(n, at)| at.get(&spellings_v4(Ipv4Addr::from(n))).clone()),
        1 => any::<u128>().prop_map(|n| format!("[{}]", Ipv6Addr::from(n))),
        1 => any::<u128>().prop_map(|n| format!("[{}]", Ipv6Addr::from((n >> 3) | (1 << 125)))),
        1 => "[ -~]{0,12}",
    ]
}

/// Names that mean this machine or this network.
#[test]
fn private_names() {
    for host in [
        "localhost",
        "LocalHost",
        "a.localhost",
        "a.b.localhost",
        "localhost.",
        "a.localhost.",
        "localhost.localdomain",
        "ip6-localhost",
        "printer.local",
        "vault.internal",
        "metadata.google.internal",
        "wiki.intranet",
        "nas.lan",
        "router.home",
        "router.home.arpa",
        "dc.corp",
        "db.private",
        "kubernetes",
        "%6c%6fcalhost",
        "l\u{2113}ocalhost",
        "ⓛocalhost",
        "",
    ] {
        assert!(!is_accepted(host), "{host}");
    }
    for host in ["localhost.com", "notlocal.example", "internal.example.com", "a.b", "a_b.example"]
    {
        assert!(is_accepted(host), "{host}");
    }
}

#[test]
fn what_is_shown_of_a_url_is_its_host() {
    let url = DestinationUrl::parse("https://App.Example.com:8443/in?token=canary", false).unwrap();
    assert_eq!(url.host(), "app.example.com:8443");
    assert_eq!(url.as_str(), "https://App.Example.com:8443/in?token=canary");
    assert!(!format!("{url:?}").contains("canary"));
    let errors = [
        UrlError::Characters,
        UrlError::Credentials,
        UrlError::DotSegment,
        UrlError::Fragment,
        UrlError::Host,
        UrlError::NotPublic,
        UrlError::Scheme,
    ];
    for error in errors {
        assert!(!error.to_string().is_empty());
    }
}
