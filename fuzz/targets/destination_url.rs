//! A destination that is accepted is what another parser also takes it for, and is not a private address.
#![no_main]

use std::net::{Ipv4Addr, Ipv6Addr};

use countersign::gateway::DestinationUrl;
use libfuzzer_sys::fuzz_target;
use url::{Host, Url};

fuzz_target!(|input: &[u8]| {
    let Ok(text) = std::str::from_utf8(input) else { return };
    for allow_insecure in [false, true] {
        let Ok(accepted) = DestinationUrl::parse(text, allow_insecure) else { continue };
        assert_eq!(accepted.as_str(), text);
        let Ok(url) = Url::parse(text) else {
            // Whether an internationalised name is well formed is for the runtime's `fetch` to say.
            assert!(host_as_written(text).to_ascii_lowercase().contains("xn--"), "refused: {text}");
            continue;
        };
        assert!(url.scheme() == "https" || allow_insecure && url.scheme() == "http");
        assert!(url.username().is_empty() && url.password().is_none() && url.fragment().is_none());
        assert!(is_host(&host_as_written(text), &url), "{text} is read as {url}");
        if !allow_insecure {
            assert!(is_public(&url), "{url}");
        }
    }
});

/// What stands between `://` and the port or the path.
fn host_as_written(text: &str) -> String {
    let rest = text.split_once("://").unwrap().1;
    let authority = rest.split(['/', '?']).next().unwrap();
    let end = match authority.find(']') {
        Some(bracket) => bracket + 1,
        None => authority.find(':').unwrap_or(authority.len()),
    };
    authority[..end].to_owned()
}

/// Whether the parser has found the host that is written there.
fn is_host(written: &str, url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv6(address)) => written.trim_matches(['[', ']']).parse() == Ok(address),
        _ => Some(written.to_ascii_lowercase().as_str()) == url.host_str(),
    }
}

fn is_public(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => {
            let name = name.trim_end_matches('.');
            name.contains('.') && !name.ends_with(".localhost")
        }
        Some(Host::Ipv4(address)) => is_public_v4(address),
        Some(Host::Ipv6(address)) => is_public_v6(address),
        None => false,
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    let [a, b, ..] = address.octets();
    let shared = a == 100 && (64..128).contains(&b);
    !(address.is_loopback()
        || address.is_private()
        || address.is_link_local()
        || address.is_unspecified()
        || address.is_broadcast()
        || address.is_multicast()
        || a == 0
        || shared)
}

fn is_public_v6(address: Ipv6Addr) -> bool {
    let local = address.is_unique_local() || address.is_unicast_link_local();
    let mapped = address.to_ipv4().is_some_and(|inner| !is_public_v4(inner));
    !(local
        || mapped
        || address.is_loopback()
        || address.is_unspecified()
        || address.is_multicast())
}
