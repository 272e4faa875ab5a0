//! What the texts of a definition have to be.

pub(super) struct Rule {
    pub(super) permits: fn(&str) -> bool,
    pub(super) message: &'static str,
}

pub(super) const NAME: Rule = Rule {
    permits: |text| has(text, 64, |byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-')),
    message: "must be 1 to 64 of a-z, 0-9 and -",
};
/// A token of RFC 9110, section 5.6.2.
pub(super) const HEADER: Rule = Rule {
    permits: |text| has(text, 64, |byte| is_word(byte) || b"!#$%&'*+.^`|~".contains(&byte)),
    message: "must be the name of a header: 1 to 64 of A-Z, a-z, 0-9 and !#$%&'*+-.^_`|~",
};
pub(super) const SYNTAX: Rule = Rule {
    permits: |text| matches!(text, "bare" | "versioned"),
    message: "must be \"bare\" or \"versioned\"",
};
pub(super) const VERSION: Rule = Rule {
    permits: |text| has(text, 16, is_word),
    message: "must be 1 to 16 of A-Z, a-z, 0-9, _ and -",
};
pub(super) const ASSIGN: Rule = Rule {
    permits: |text| has(text, 1, |byte| is_printable(byte) && !is_word(byte)),
    message: "must be one ASCII character, and none of A-Z, a-z, 0-9, _ and -",
};
pub(super) const SEPARATOR: Rule = Rule {
    permits: |text| has(text, 1, |byte| is_printable(byte) && !is_word(byte) && !is_base64(byte)),
    message: "must be one ASCII character, and none of A-Z, a-z, 0-9, _, -, +, / and =",
};
pub(super) const ENCODING: Rule = Rule {
    permits: |text| matches!(text, "base64" | "hex"),
    message: "must be \"hex\" or \"base64\"",
};
pub(super) const FORMAT: Rule = Rule {
    permits: |text| matches!(text, "rfc3339" | "unix-seconds"),
    message: "must be \"unix-seconds\" or \"rfc3339\"",
};
pub(super) const SECRET: Rule = Rule {
    permits: |text| matches!(text, "base64" | "utf8"),
    message: "must be \"utf8\", \"base64\" or { \"base64\": { \"prefix\": \"whsec_\" } }",
};
/// The prefix is optional in front of a secret, so no secret may begin with it by chance.
pub(super) const PREFIX: Rule = Rule {
    permits: |text| has(text, 16, |byte| byte.is_ascii_graphic()) && !text.bytes().all(is_base64),
    message: "must be 1 to 16 visible ASCII characters, and not all of them base64's",
};

/// Whether a text is not empty, not longer than this, and of these bytes.
fn has(text: &str, longest: usize, byte: fn(u8) -> bool) -> bool {
    (1..=longest).contains(&text.len()) && text.bytes().all(byte)
}

const fn is_printable(byte: u8) -> bool {
    byte.is_ascii_graphic() || byte == b' '
}

const fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-')
}

const fn is_base64(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'=')
}
