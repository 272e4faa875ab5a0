//! Where events may be sent.
//!
//! The grammar is a strict part of what browsers accept: every host that passes is read the same
//! way by every parser, so that what was checked is what will be connected to.

use std::fmt;
use std::net::{Ipv4Addr, Ipv6Addr};

/// An absolute https URL of a public host, without credentials and without a fragment.
#[derive(Clone, PartialEq, Eq)]
pub struct DestinationUrl {
    text: String,
    host: String,
    path: String,
}

impl DestinationUrl {
    /// Reads a URL. `allow_insecure` permits http and hosts that are not public, for development.
    ///
    /// # Errors
    /// [`UrlError`]: the first thing that is wrong, with what to write instead.
    pub fn parse(text: &str, allow_insecure: bool) -> Result<Self, UrlError> {
        if !text.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\') {
            return Err(UrlError::Characters);
        }
        let insecure = text.strip_prefix("http://").filter(|_| allow_insecure);
        let rest = text.strip_prefix("https://").or(insecure).ok_or(UrlError::Scheme)?;
        if rest.contains('#') {
            return Err(UrlError::Fragment);
        }
        let end = rest.find(['/', '?']).unwrap_or(rest.len());
        let (authority, path) = rest.split_at_checked(end).ok_or(UrlError::Host)?;
        if authority.contains('@') {
            return Err(UrlError::Credentials);
        }
        if has_dot_segment(path) {
            return Err(UrlError::DotSegment);
        }
        let host = Host::parse(authority)?;
        if !allow_insecure && !host.is_public() {
            return Err(UrlError::NotPublic);
        }
        Ok(Self {
            text: text.to_owned(),
            host: authority.to_ascii_lowercase(),
            path: path.to_owned(),
        })
    }

    /// The URL as it was written.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The host, and the port if one is written.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// Whether a request to it would come back to the gateway that serves `host`.
    pub fn is_gateway(&self, host: &str) -> bool {
        let is_same = without_default_port(&self.host).eq_ignore_ascii_case(host);
        is_same && self.path.starts_with(super::request::HOOKS)
    }
}

/// The host alone: the path and the query may hold a secret.
impl fmt::Debug for DestinationUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("DestinationUrl").field(&self.host).finish()
    }
}

/// Why a URL can't be a destination.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum UrlError {
    /// It has white space, a backslash, or characters outside ASCII.
    Characters,
    /// It has a user name or password.
    Credentials,
    /// Its path has a segment that stands for this or the next higher directory.
    DotSegment,
    /// It has a fragment.
    Fragment,
    /// Its host or port is no plain one.
    Host,
    /// Its host is a loopback, private or link-local one.
    NotPublic,
    /// It does not start with `https://`.
    Scheme,
}

impl fmt::Display for UrlError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Characters => {
                "has white space, a backslash or a character outside ASCII; \
                 percent-encode the path and write the host in punycode"
            }
            Self::Credentials => "has a user name or password; use signingSecret instead",
            Self::DotSegment => "has a . or .. in its path; write the path that is meant",
            Self::Fragment => "has a fragment (#…), which is never sent; remove it",
            Self::Host => {
                "has no plain host: write a name such as app.example.com, \
                 an IPv4 address as four decimal numbers, or an IPv6 address in brackets"
            }
            Self::NotPublic => {
                "points at a loopback, private or link-local host; \
                 for development set ALLOW_INSECURE_DESTINATIONS = \"true\""
            }
            Self::Scheme => {
                "must start with https://; for development over http set \
                 ALLOW_INSECURE_DESTINATIONS = \"true\""
            }
        })
    }
}

impl std::error::Error for UrlError {}

enum Host {
    Name(String),
    V4(Ipv4Addr),
    V6(Ipv6Addr),
}

impl Host {
    fn parse(authority: &str) -> Result<Self, UrlError> {
        if let Some(rest) = authority.strip_prefix('[') {
            let (address, port) = rest.split_once(']').ok_or(UrlError::Host)?;
            check_port(port)?;
            return address.parse().map(Self::V6).map_err(|_| UrlError::Host);
        }
        let (host, port) = authority
            .split_at_checked(authority.find(':').unwrap_or(authority.len()))
            .ok_or(UrlError::Host)?;
        check_port(port)?;
        if is_numeric(host) {
            return host.parse().map(Self::V4).map_err(|_| UrlError::Host);
        }
        is_host_name(host).then(|| Self::Name(host.to_ascii_lowercase())).ok_or(UrlError::Host)
    }

    fn is_public(&self) -> bool {
        match self {
            Self::Name(name) => is_public_name(name),
            Self::V4(address) => is_public_v4(*address),
            Self::V6(address) => is_public_v6(*address),
        }
    }
}

fn without_default_port(host: &str) -> &str {
    host.strip_suffix(":443").unwrap_or(host)
}

/// Whether a parser would take segments out of the path: one or two dots, percent-encoded or not.
fn has_dot_segment(path: &str) -> bool {
    let path = path.split('?').next().unwrap_or_default();
    path.split('/').any(|segment| {
        after_dot(segment).is_some_and(|rest| rest.is_empty() || after_dot(rest) == Some(""))
    })
}

fn after_dot(text: &str) -> Option<&str> {
    [".", "%2e", "%2E"].into_iter().find_map(|dot| text.strip_prefix(dot))
}

/// Nothing, or a colon and a decimal port.
fn check_port(port: &str) -> Result<(), UrlError> {
    let is_port = |port: &str| {
        !port.starts_with('0')
            && port.bytes().all(|b| b.is_ascii_digit())
            && port.parse::<u16>().is_ok()
    };
    match port.strip_prefix(':') {
        None if port.is_empty() => Ok(()),
        Some(port) if is_port(port) => Ok(()),
        _ => Err(UrlError::Host),
    }
}

/// Whether URL parsers take a host for an IPv4 address in some spelling: if its last label is a
/// number.
fn is_numeric(host: &str) -> bool {
    let last = host.rsplit('.').next().unwrap_or_default();
    last.bytes().next().is_some_and(|byte| byte.is_ascii_digit())
        && (last.bytes().all(|byte| byte.is_ascii_digit())
            || last.to_ascii_lowercase().starts_with("0x"))
}

/// Letters, digits and inner hyphens in labels of 1 to 63, at most 253 in all.
fn is_host_name(host: &str) -> bool {
    let is_label = |label: &str| {
        (1..=63).contains(&label.len())
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    host.len() <= 253 && host.split('.').all(is_label)
}

/// A name with a dot that is not reserved for private use.
fn is_public_name(name: &str) -> bool {
    const PRIVATE: [&str; 10] = [
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
    let is_under = |suffix: &&str| {
        name.strip_suffix(*suffix).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
    };
    name.contains('.') && !PRIVATE.iter().any(is_under)
}

/// By the IANA registry of special-purpose addresses.
fn is_public_v4(address: Ipv4Addr) -> bool {
    let is_special = match address.octets() {
        [0 | 10 | 127, ..] | [192, 168, ..] | [169, 254, ..] => true,
        [100, second, ..] => (64..=127).contains(&second),
        [172, second, ..] => (16..=31).contains(&second),
        [192, 0, 0 | 2, _] | [198, 51, 100, _] | [203, 0, 113, _] | [192, 88, 99, _] => true,
        [198, second, ..] => matches!(second, 18 | 19),
        [first, ..] => first >= 224,
    };
    !is_special
}

/// Global unicast without what is reserved in it; addresses that hold an IPv4 address are refused,
/// whichever it is.
fn is_public_v6(address: Ipv6Addr) -> bool {
    let is_reserved = match address.segments() {
        [0x2001, second, ..] => second < 0x200 || second == 0xdb8,
        [0x2002, ..] => true,
        [0x3fff, second, ..] => second < 0x1000,
        _ => false,
    };
    let [first, ..] = address.segments();
    (0x2000..0x4000).contains(&first) && !is_reserved
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<String, UrlError> {
        DestinationUrl::parse(text, false).map(|url| url.as_str().to_owned())
    }

    #[test]
    fn public_https_urls_pass_as_they_are() {
        for text in [
            "https://app.example.com/webhooks/peeker?tenant=1",
            "https://app.example.com",
            "https://app.example.com/.well-known/...?x=/../",
            "https://APP.example.com:8443/",
            "https://93.184.216.34/in",
            "https://[2606:2800:220:1::1]:443/in",
            "https://xn--bcher-kva.example/in",
        ] {
            assert_eq!(read(text).as_deref(), Ok(text));
        }
    }

    #[test]
    fn private_hosts_are_refused_in_every_spelling() {
        for host in [
            "localhost",
            "LOCALHOST",
            "a.localhost",
            "printer",
            "db.internal",
            "nas.local",
            "router.home.arpa",
            "127.0.0.1",
            "127.1.2.3",
            "0.0.0.0",
            "10.1.2.3",
            "172.16.0.1",
            "172.31.255.255",
            "192.168.1.1",
            "169.254.169.254",
            "100.64.0.1",
            "192.0.2.1",
            "198.18.0.1",
            "224.0.0.1",
            "255.255.255.255",
            "[::1]",
            "[::]",
            "[fe80::1]",
            "[fc00::1]",
            "[fd12::1]",
            "[::ffff:127.0.0.1]",
            "[::ffff:8.8.8.8]",
            "[64:ff9b::7f00:1]",
            "[2002:7f00:1::]",
            "[2001:db8::1]",
            "[2001::1]",
            "[ff02::1]",
            "[3fff::1]",
        ] {
            assert_eq!(read(&format!("https://{host}/")), Err(UrlError::NotPublic), "{host}");
        }
        for host in [
            "2130706433",
            "0x7f000001",
            "0x7f.1",
            "127.1",
            "0177.0.0.1",
            "127.0.0.1.",
            "localhost.",
            "1.2.3.4.5",
            "256.1.1.1",
            "example.0x1",
            "[::1",
            "[fe80::1%25eth0]",
            "a..b",
            "",
            "-a.b",
            "a_b-.c",
            "%6c%6fcalhost",
            "a.b:0",
            "a.b:080",
            "a.b:65536",
            "a.b:",
            "a.b:x",
            "a;b.c",
        ] {
            assert_eq!(read(&format!("https://{host}/")), Err(UrlError::Host), "{host}");
        }
    }

    #[test]
    fn everything_else_says_what_is_wrong() {
        for (text, error) in [
            ("http://app.example.com/", UrlError::Scheme),
            ("ftp://app.example.com/", UrlError::Scheme),
            ("data:text/plain,x", UrlError::Scheme),
            ("HTTPS://app.example.com/", UrlError::Scheme),
            ("//app.example.com/", UrlError::Scheme),
            ("", UrlError::Scheme),
            ("https://user@app.example.com/", UrlError::Credentials),
            ("https://user:pw@app.example.com/", UrlError::Credentials),
            ("https://app.example.com/#top", UrlError::Fragment),
            ("https://app.example.com/a/../b", UrlError::DotSegment),
            ("https://app.example.com/%2e%2E/b", UrlError::DotSegment),
            ("https://app.example.com/.", UrlError::DotSegment),
            ("https://app.example.com\\@127.0.0.1/", UrlError::Characters),
            ("https://app.example.com/ü", UrlError::Characters),
            (" https://app.example.com/", UrlError::Characters),
            ("https://app.exa\tmple.com/", UrlError::Characters),
            ("https://app.exa\nmple.com/", UrlError::Characters),
        ] {
            assert_eq!(read(text), Err(error), "{text}");
        }
    }

    #[test]
    fn development_may_use_loopback_over_http() {
        for text in ["http://127.0.0.1:8080/in", "http://localhost:8080", "https://[::1]/"] {
            assert!(DestinationUrl::parse(text, true).is_ok(), "{text}");
        }
        assert_eq!(DestinationUrl::parse("http://2130706433/", true), Err(UrlError::Host));
    }

    #[test]
    fn knows_the_gateway_itself() {
        let url = DestinationUrl::parse("https://Hooks.example.com/hooks/peeker", false).unwrap();
        assert!(url.is_gateway("hooks.example.com"));
        assert!(!url.is_gateway("app.example.com"));
        let behind = DestinationUrl::parse("https://hooks.example.com/webhooks", false).unwrap();
        assert!(!behind.is_gateway("hooks.example.com"));
    }
}
