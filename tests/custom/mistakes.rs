//! Every mistake is named, with the place where it is.

use crate::{FULL, mistake, scheme};

/// Edits of [`FULL`], and what is wrong with it then.
const MISTAKES: &str = r#"
# The name
"name": "full", =>
    name: is missing
"full" => 7
    name: must be 1 to 64 of a-z, 0-9 and -
"full" => ""
    name: must be 1 to 64 of a-z, 0-9 and -
"full" => "Full"
    name: must be 1 to 64 of a-z, 0-9 and -
"full" => "a:b"
    name: must be 1 to 64 of a-z, 0-9 and -
"full" => "12345678901234567890123456789012345678901234567890123456789012345"
    name: must be 1 to 64 of a-z, 0-9 and -
"full" => "peeker"
    name: is the name of a built-in scheme
"full" => "standard-webhooks"
    name: is the name of a built-in scheme

# Fields that there are not
"name" => "Name"
    Name: there is no such field; known are name, signature, timestamp, id, type, signed, secret
"id": => "eventId":
    eventId: there is no such field; known are name, signature, timestamp, id, type, signed, secret
"id": => "__proto__":
    __proto__: there is no such field; known are name, signature, timestamp, id, type, signed, secret
"id": => "":
    ?: there is no such field; known are name, signature, timestamp, id, type, signed, secret
"id": => "\ud800":
    ?: there is no such field; known are name, signature, timestamp, id, type, signed, secret
"id": => "id\u0000":
    ?: there is no such field; known are name, signature, timestamp, id, type, signed, secret
"name": => "signature.header": "X", "name":
    signature.header: there is no such field; known are name, signature, timestamp, id, type, signed, secret
"header": "X-Signature" => "signature": {}, "header": "X-Signature"
    signature.signature: there is no such field; known are header, syntax, version, assign, separator, encoding
"encoding" => "coding"
    signature.coding: there is no such field; known are header, syntax, version, assign, separator, encoding
"format" => "zone"
    timestamp.zone: there is no such field; known are header, format
{ "base64": => { "hex":
    secret.hex: there is no such field; known are base64
"prefix" => "suffix"
    secret.base64.suffix: there is no such field; known are prefix

# Fields that stand twice
"id": => "id": "X-Id", "id":
    id: stands twice
"id": => "id": "X-Other", "\u0069d":
    id: stands twice
"version" => "header": "X", "version"
    signature.header: stands twice

# The signature
"syntax": "versioned", =>
    signature.syntax: is missing
"versioned" => "list"
    signature.syntax: must be "bare" or "versioned"
"versioned" => null
    signature.syntax: must be "bare" or "versioned"
"versioned" => "bare"
    signature.version: goes with the syntax "versioned" only
"versioned" => "bare"
"version": "v1", =>
    signature.assign: goes with the syntax "versioned" only
"versioned" => "bare"
"version": "v1", =>
"assign": "=", =>
    signature.separator: goes with the syntax "versioned" only
"header": "X-Signature", =>
    signature.header: is missing
"X-Signature" => "X Signature"
    signature.header: must be the name of a header: 1 to 64 of A-Z, a-z, 0-9 and !#$%&'*+-.^_`|~
"X-Signature" => ""
    signature.header: must be the name of a header: 1 to 64 of A-Z, a-z, 0-9 and !#$%&'*+-.^_`|~
"X-Signature" => "X-Signatür"
    signature.header: must be the name of a header: 1 to 64 of A-Z, a-z, 0-9 and !#$%&'*+-.^_`|~
"X-Signature" => "X-Signature:"
    signature.header: must be the name of a header: 1 to 64 of A-Z, a-z, 0-9 and !#$%&'*+-.^_`|~
"X-Signature" => ["X-Signature"]
    signature.header: must be the name of a header: 1 to 64 of A-Z, a-z, 0-9 and !#$%&'*+-.^_`|~
"X-Signature" => "12345678901234567890123456789012345678901234567890123456789012345"
    signature.header: must be the name of a header: 1 to 64 of A-Z, a-z, 0-9 and !#$%&'*+-.^_`|~
"version": "v1", =>
    signature.version: is missing
"v1" => ""
    signature.version: must be 1 to 16 of A-Z, a-z, 0-9, _ and -
"v1" => "v1="
    signature.version: must be 1 to 16 of A-Z, a-z, 0-9, _ and -
"v1" => "12345678901234567"
    signature.version: must be 1 to 16 of A-Z, a-z, 0-9, _ and -
"v1" => 1
    signature.version: must be 1 to 16 of A-Z, a-z, 0-9, _ and -
"assign": "=", =>
    signature.assign: is missing
"=" => ""
    signature.assign: must be one ASCII character, and none of A-Z, a-z, 0-9, _ and -
"=" => "=="
    signature.assign: must be one ASCII character, and none of A-Z, a-z, 0-9, _ and -
"=" => "x"
    signature.assign: must be one ASCII character, and none of A-Z, a-z, 0-9, _ and -
"=" => "-"
    signature.assign: must be one ASCII character, and none of A-Z, a-z, 0-9, _ and -
"=" => "\t"
    signature.assign: must be one ASCII character, and none of A-Z, a-z, 0-9, _ and -
"=" => "é"
    signature.assign: must be one ASCII character, and none of A-Z, a-z, 0-9, _ and -
"separator": ",", =>
    signature.separator: is missing
"," => ", "
    signature.separator: must be one ASCII character, and none of A-Z, a-z, 0-9, _, -, +, / and =
"," => "+"
    signature.separator: must be one ASCII character, and none of A-Z, a-z, 0-9, _, -, +, / and =
"," => "/"
    signature.separator: must be one ASCII character, and none of A-Z, a-z, 0-9, _, -, +, / and =
"," => "="
    signature.separator: must be one ASCII character, and none of A-Z, a-z, 0-9, _, -, +, / and =
"," => "_"
    signature.separator: must be one ASCII character, and none of A-Z, a-z, 0-9, _, -, +, / and =
"," => "a"
    signature.separator: must be one ASCII character, and none of A-Z, a-z, 0-9, _, -, +, / and =
"," => "\n"
    signature.separator: must be one ASCII character, and none of A-Z, a-z, 0-9, _, -, +, / and =
"=" => ","
    signature.separator: must be another character than assign
"hex" => "base64url"
    signature.encoding: must be "hex" or "base64"
"hex" => "HEX"
    signature.encoding: must be "hex" or "base64"
"hex" => 16
    signature.encoding: must be "hex" or "base64"
{ "header": "X-Signature", "syntax": "versioned", "version": "v1", "assign": "=", "separator": ",", "encoding": "hex" } => "v1"
    signature: must be an object

# The timestamp
"timestamp": { "header": "X-Timestamp", "format": "unix-seconds" }, =>
    timestamp: is missing; write null if there is none, but a captured request can then be replayed for ever
{ "header": "X-Timestamp", "format": "unix-seconds" } => "X-Timestamp"
    timestamp: must be an object
{ "header": "X-Timestamp", "format": "unix-seconds" } => false
    timestamp: must be an object
"header": "X-Timestamp", =>
    timestamp.header: is missing
"X-Timestamp" => null
    timestamp.header: must be the name of a header: 1 to 64 of A-Z, a-z, 0-9 and !#$%&'*+-.^_`|~
, "format": "unix-seconds" =>
    timestamp.format: is missing
"unix-seconds" => "unix-milliseconds"
    timestamp.format: must be "unix-seconds" or "rfc3339"

# The id and the type
"X-Id" => null
    id: must be the name of a header: 1 to 64 of A-Z, a-z, 0-9 and !#$%&'*+-.^_`|~
"X-Id" => "X(Id)"
    id: must be the name of a header: 1 to 64 of A-Z, a-z, 0-9 and !#$%&'*+-.^_`|~
"X-Type" => {}
    type: must be the name of a header: 1 to 64 of A-Z, a-z, 0-9 and !#$%&'*+-.^_`|~
"X-Type" => "X-Type\r\n"
    type: must be the name of a header: 1 to 64 of A-Z, a-z, 0-9 and !#$%&'*+-.^_`|~

# Headers with two meanings
"X-Timestamp" => "X-SIGNATURE"
    timestamp.header: names a header that another field names already
"X-Id" => "x-timestamp"
    id: names a header that another field names already
"X-Type" => "X-id"
    type: names a header that another field names already
"X-Type" => "x-signature"
    type: names a header that another field names already

# What is signed
"signed": ["v0:", "timestamp", ".", "id", ":"], =>
    signed: is missing
["v0:", "timestamp", ".", "id", ":"] => "timestamp.id."
    signed: must be a list
["v0:", "timestamp", ".", "id", ":"] => { "0": "timestamp" }
    signed: must be a list
["v0:", "timestamp", ".", "id", ":"] => []
    signed: must contain "timestamp"
["v0:", "timestamp", ".", "id", ":"] => ["id", "."]
    signed: must contain "timestamp"
["v0:", "timestamp", ".", "id", ":"] => ["timestamp", "."]
    signed: must contain "id"
["v0:", "timestamp", ".", "id", ":"] => ["timestamp", ".", "id"]
    signed: must end with "." or ":", because the body follows
["v0:", "timestamp", ".", "id", ":"] => ["id", ".", "timestamp"]
    signed: must end with "." or ":", because the body follows
["v0:", "timestamp", ".", "id", ":"] => ["timestamp", "id", "."]
    signed[1]: must have "." or ":" before it
["v0:", "timestamp", ".", "id", ":"] => ["id", ".", "timestamp", ".", "id", "."]
    signed[4]: must not be signed twice
["v0:", "timestamp", ".", "id", ":"] => ["timestamp", "timestamp", "id", "."]
    signed[1]: must not be signed twice
["v0:", "timestamp", ".", "id", ":"] => [".", "timestamp", ".", "id", "."]
    signed[0]: must stand after "timestamp" or "id"
["v0:", "timestamp", ".", "id", ":"] => ["v0:", ":", "timestamp", ".", "id", "."]
    signed[1]: must stand after "timestamp" or "id"
["v0:", "timestamp", ".", "id", ":"] => ["timestamp", ".", ".", "id", "."]
    signed[2]: must stand after "timestamp" or "id"
["v0:", "timestamp", ".", "id", ":"] => ["timestamp", ".", "id", ".", "body"]
    signed[4]: must be left out: the body is always last
["v0:", "timestamp", ".", "id", ":"] => ["timestamp", "-", "id", "."]
    signed[1]: must be "timestamp", "id", "." or ":"; only the first may be other text, such as "v0:"
["v0:", "timestamp", ".", "id", ":"] => ["timestamp", ".", "v0:", "id", "."]
    signed[2]: must be "timestamp", "id", "." or ":"; only the first may be other text, such as "v0:"
["v0:", "timestamp", ".", "id", ":"] => ["v0:", "v0:", "timestamp", ".", "id", "."]
    signed[1]: must be "timestamp", "id", "." or ":"; only the first may be other text, such as "v0:"
["v0:", "timestamp", ".", "id", ":"] => ["v0", "timestamp", ".", "id", "."]
    signed[0]: must be "timestamp", "id", "." or ":"; only the first may be other text, such as "v0:"
["v0:", "timestamp", ".", "id", ":"] => ["v 0:", "timestamp", ".", "id", "."]
    signed[0]: must be "timestamp", "id", "." or ":"; only the first may be other text, such as "v0:"
["v0:", "timestamp", ".", "id", ":"] => ["é:", "timestamp", ".", "id", "."]
    signed[0]: must be "timestamp", "id", "." or ":"; only the first may be other text, such as "v0:"
["v0:", "timestamp", ".", "id", ":"] => ["vé", "timestamp", ".", "id", "."]
    signed[0]: must be "timestamp", "id", "." or ":"; only the first may be other text, such as "v0:"
["v0:", "timestamp", ".", "id", ":"] => ["12345678901234567:", "timestamp", ".", "id", "."]
    signed[0]: must be "timestamp", "id", "." or ":"; only the first may be other text, such as "v0:"
["v0:", "timestamp", ".", "id", ":"] => ["timestamp.", "id", "."]
    signed[0]: must be "timestamp", "id", "." or ":"; only the first may be other text, such as "v0:"
["v0:", "timestamp", ".", "id", ":"] => ["type", ".", "timestamp", ".", "id", "."]
    signed[0]: must be "timestamp", "id", "." or ":"; only the first may be other text, such as "v0:"
["v0:", "timestamp", ".", "id", ":"] => [["timestamp", "."], "id", "."]
    signed[0]: must be "timestamp", "id", "." or ":"; only the first may be other text, such as "v0:"
["v0:", "timestamp", ".", "id", ":"] => [null]
    signed[0]: must be "timestamp", "id", "." or ":"; only the first may be other text, such as "v0:"
"id": "X-Id", =>
    signed: must not contain "id", which is not there
{ "header": "X-Timestamp", "format": "unix-seconds" } => null
    signed: must not contain "timestamp", which is null

# The secret
, "secret": { "base64": { "prefix": "whsec_" } } =>
    secret: is missing
{ "base64": { "prefix": "whsec_" } } => "hex"
    secret: must be "utf8", "base64" or { "base64": { "prefix": "whsec_" } }
{ "base64": { "prefix": "whsec_" } } => null
    secret: must be "utf8", "base64" or { "base64": { "prefix": "whsec_" } }
{ "base64": { "prefix": "whsec_" } } => ["utf8"]
    secret: must be "utf8", "base64" or { "base64": { "prefix": "whsec_" } }
{ "base64": { "prefix": "whsec_" } } => {}
    secret.base64: is missing
{ "base64": { "prefix": "whsec_" } } => { "base64": "whsec_" }
    secret.base64: must be an object
{ "base64": { "prefix": "whsec_" } } => { "base64": {} }
    secret.base64.prefix: is missing
"whsec_" => ""
    secret.base64.prefix: must be 1 to 16 visible ASCII characters, and not all of them base64's
"whsec_" => "a b_"
    secret.base64.prefix: must be 1 to 16 visible ASCII characters, and not all of them base64's
"whsec_" => "1234567890123456_"
    secret.base64.prefix: must be 1 to 16 visible ASCII characters, and not all of them base64's
"whsec_" => "whsec"
    secret.base64.prefix: must be 1 to 16 visible ASCII characters, and not all of them base64's
"whsec_" => "AB=="
    secret.base64.prefix: must be 1 to 16 visible ASCII characters, and not all of them base64's
"#;

#[test]
fn every_mistake_is_named() {
    let mut edited = FULL.to_owned();
    let mut count = 0;
    for line in MISTAKES.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
        if let Some(expected) = line.strip_prefix("    ") {
            assert_eq!(mistake(&edited), expected, "{edited}");
            count += 1;
            FULL.clone_into(&mut edited);
        } else {
            let (find, replace) = line.split_once("=>").unwrap();
            edited = replace_only(&edited, find.trim_end(), replace.trim_start());
        }
    }
    println!("{count} mistakes");
    assert!(count >= 30);
}

/// The first in the order of the fields is named.
#[test]
fn the_first_mistake_is_named() {
    let edited = FULL.replace("hex", "rot13").replace("unix-seconds", "unix");
    assert_eq!(mistake(&edited), r#"signature.encoding: must be "hex" or "base64""#);
}

#[test]
fn what_is_no_object_is_no_definition() {
    for text in ["[]", "null", "1", "\"{}\"", &format!("[{FULL}]")] {
        assert_eq!(mistake(text), "definition: must be an object", "{text}");
    }
    assert_eq!(mistake("{}"), "name: is missing");
    for text in ["", " ", "{", "{}{}", "\u{feff}{}", "{'name':1}", "undefined", "[object Object]"] {
        assert_eq!(mistake(text), "definition: must be JSON", "{text}");
    }
}

/// The longest that each rule permits, and what looks odd but is right.
#[test]
fn what_looks_odd_is_no_mistake() {
    let longest = "x".repeat(64);
    for (find, replace) in [
        (r#""full""#, format!("{longest:?}")),
        (r#""full""#, r#""-""#.to_owned()),
        (r#""X-Signature""#, format!("{longest:?}")),
        (r#""X-Signature""#, r##""!#$%&'*+-.^_`|~09azAZ""##.to_owned()),
        (r#""v1""#, format!("{:?}", "-".repeat(16))),
        (r#""=""#, r#"" ""#.to_owned()),
        (r#""=""#, r#""\"""#.to_owned()),
        (r#"",""#, r#"" ""#.to_owned()),
        (r#"",""#, r#""\\""#.to_owned()),
        (r#""v0:""#, format!("{:?}", "v".repeat(16) + ".")),
        (r#""v0:""#, r#""types:""#.to_owned()),
        (r#""whsec_""#, format!("{:?}", "_".repeat(16))),
        (r#""id":"#, r#""\u0069\u0064":"#.to_owned()),
    ] {
        scheme(&replace_only(FULL, find, &replace));
    }
}

#[track_caller]
fn replace_only(text: &str, find: &str, replace: &str) -> String {
    assert_eq!(text.matches(find).count(), 1, "{find}: {text}");
    text.replace(find, replace)
}
