//! A custom scheme on its way from the signer's wasm, which has read and checked its definition, to
//! the verifier's: one line for each field. It is written and read by ourselves only.

use std::sync::{Mutex, PoisonError};

use crate::scheme::{
    Encoding, Part, Scheme, SecretFormat, Signature, SignatureSyntax, Timestamp, TimestampFormat,
    custom,
};

/// The lines of a custom scheme.
#[cfg(feature = "js-signer")]
pub(super) fn encode(scheme: &Scheme) -> String {
    let (version, assign, separator) = match scheme.signature.syntax {
        SignatureSyntax::Bare => ("", ' ', ' '),
        SignatureSyntax::Versioned { version, assign, separator } => (version, assign, separator),
    };
    let encoding = match scheme.signature.encoding {
        Encoding::Base64 => "base64",
        Encoding::Hex => "hex",
    };
    let (timestamp, format) = match scheme.timestamp {
        None => ("", ""),
        Some(timestamp) => (
            timestamp.header,
            match timestamp.format {
                TimestampFormat::UnixSeconds => "unix-seconds",
                _ => "rfc3339",
            },
        ),
    };
    let (secret, prefix) = match scheme.secret {
        SecretFormat::Base64 { prefix } => ("base64", prefix),
        SecretFormat::Utf8 => ("utf8", ""),
    };
    let (mut assign_text, mut separator_text) = ([0; 4], [0; 4]);
    let fields: [&str; 12] = [
        scheme.name,
        scheme.signature.header,
        version,
        assign.encode_utf8(&mut assign_text),
        separator.encode_utf8(&mut separator_text),
        encoding,
        timestamp,
        format,
        scheme.event_id.unwrap_or_default(),
        scheme.event_type.unwrap_or_default(),
        secret,
        prefix,
    ];
    let parts = scheme.signed.iter().map(|part| match part {
        Part::Dot => ".",
        Part::EventId => "id",
        Part::Text(text) => text,
        Part::Timestamp => "timestamp",
    });
    fields.into_iter().chain(parts).flat_map(|field| [field, "\n"]).collect()
}

/// The scheme of these lines. The same lines give the same scheme, which lives on.
pub(super) fn decode(text: &str) -> Option<&'static Scheme> {
    let mut kept = KEPT.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some((_, scheme)) = kept.iter().find(|(other, _)| *other == text) {
        return Some(scheme);
    }
    let text: &'static str = Box::leak(Box::from(text));
    let scheme: &'static Scheme = Box::leak(Box::new(parse(text)?));
    kept.push((text, scheme));
    Some(scheme)
}

fn parse(text: &'static str) -> Option<Scheme> {
    let mut lines = text.split('\n');
    let mut next = || lines.next();
    let name = next()?;
    let signature = Signature {
        header: next()?,
        syntax: syntax([next()?, next()?, next()?]),
        encoding: if next()? == "hex" { Encoding::Hex } else { Encoding::Base64 },
    };
    let timestamp = timestamp([next()?, next()?]);
    let event_id = Some(next()?).filter(|name| !name.is_empty());
    let event_type = Some(next()?).filter(|name| !name.is_empty());
    let secret = match [next()?, next()?] {
        ["utf8", _] => SecretFormat::Utf8,
        [_, prefix] => SecretFormat::Base64 { prefix },
    };
    Some(Scheme {
        name,
        title: name,
        signature,
        timestamp,
        event_id,
        event_type,
        signed: lines.filter(|line| !line.is_empty()).map(part).collect::<Vec<_>>().leak(),
        secret,
        delivery: custom::DELIVERY,
        dedupe: custom::dedupe(event_id.is_some()),
        catalogue: &[],
    })
}

fn syntax([version, assign, separator]: [&'static str; 3]) -> SignatureSyntax {
    match (assign.chars().next(), separator.chars().next()) {
        (Some(assign), Some(separator)) if !version.is_empty() => {
            SignatureSyntax::Versioned { version, assign, separator }
        }
        _ => SignatureSyntax::Bare,
    }
}

fn timestamp([header, format]: [&'static str; 2]) -> Option<Timestamp> {
    let format = match format {
        "unix-seconds" => TimestampFormat::UnixSeconds,
        "rfc3339" => TimestampFormat::Rfc3339,
        _ => return None,
    };
    Some(Timestamp { header, format })
}

fn part(text: &'static str) -> Part {
    match text {
        "." => Part::Dot,
        "id" => Part::EventId,
        "timestamp" => Part::Timestamp,
        text => Part::Text(text),
    }
}

static KEPT: Mutex<Vec<(&str, &Scheme)>> = Mutex::new(Vec::new());
