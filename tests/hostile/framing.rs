//! Bodies that are not the one that was signed, or not as long as they say, or not as they are.

use crate::gateway::Gateway;
use crate::relay::{NOW, OK, Request};
use crate::report;

const BODY: &[u8] = "{\"type\":\"order.completed\",\"a\":\"é\",\r\n\"b\":1.0}".as_bytes();

fn good() -> Request {
    Request::signed("peeker", "evt_1", NOW, BODY)
}

/// Nothing here takes a body apart before it has been verified.
#[test]
fn encoded_bodies() {
    let encodings = [
        "gzip",
        "x-gzip",
        "deflate",
        "br",
        "zstd",
        "compress",
        "aes128gcm",
        "GZIP",
        "gzip, identity",
        "identity, gzip",
        "identity, identity",
        "identity;q=1",
        "*",
        "utf-8",
        "\u{7f}",
    ];
    let mut gateway = Gateway::with_all_schemes();
    for encoding in encodings {
        let request = good().with("Content-Encoding", encoding);
        gateway.refuses(&request, 415, "unsupported_encoding");
        gateway.serves("peeker");
    }
    report("content encodings", encodings.len());
    for plain in ["identity", "Identity", " identity\t"] {
        gateway.relay.store.clear();
        let reply = gateway.relay.serve(&good().with("Content-Encoding", plain), NOW, OK);
        assert_eq!(reply.status, 200, "{plain}");
    }
}

#[test]
fn declared_lengths_over_the_cap() {
    let lengths = [
        "1048577",
        " 1048577 ",
        "0001048577",
        "2147483647",
        "2147483648",
        "4294967295",
        "4294967296",
        "4294967297",
        "9007199254740993",
        "9223372036854775808",
        "18446744073709551615",
        "18446744073709551616",
        "100000000000000000000000000000000000000000",
    ];
    let mut gateway = Gateway::with_all_schemes();
    for length in lengths {
        gateway.refuses(&good().with("Content-Length", length), 413, "too_large");
        gateway.serves("peeker");
    }
    report("declared lengths", lengths.len());
}

/// What is no number is for HTTP to refuse. The body counts.
#[test]
fn lengths_that_are_none_change_nothing() {
    let lengths =
        ["", "-1", "1e9", "0x7fffffff", "1048577, 1048577", "many", "1.5", "1_048_577", "NaN"];
    let mut gateway = Gateway::with_all_schemes();
    for length in lengths {
        gateway.relay.store.clear();
        let reply = gateway.relay.serve(&good().with("Content-Length", length), NOW, OK);
        assert_eq!(reply.status, 200, "{length}");
        let mut large = good().with("Content-Length", length);
        large.body = vec![b' '; (1 << 20) + 1];
        gateway.refuses(&large, 413, "too_large");
        gateway.serves("peeker");
    }
}

/// Whatever is done to a body on its way: it is another body.
#[test]
fn changed_bodies() {
    let text = String::from_utf8(BODY.to_vec()).unwrap();
    let latin1: Vec<u8> = text.chars().map(|char| u8::try_from(char).unwrap()).collect();
    let cases: Vec<(&str, Vec<u8>)> = vec![
        ("empty", Vec::new()),
        ("cut", BODY[..BODY.len() - 1].to_vec()),
        ("begins later", BODY[1..].to_vec()),
        ("a newline at its end", [BODY, b"\n"].concat()),
        ("a NUL at its end", [BODY, b"\0"].concat()),
        ("a space before it", [b" ", BODY].concat()),
        ("a byte-order mark", [b"\xef\xbb\xbf", BODY].concat()),
        ("twice", [BODY, BODY].concat()),
        ("LF for CRLF", text.replace("\r\n", "\n").into_bytes()),
        ("written anew", text.replace("1.0", "1").into_bytes()),
        ("sorted keys", b"{\"a\":\"\xc3\xa9\",\"b\":1.0,\"type\":\"order.completed\"}".to_vec()),
        ("escaped", text.replace('é', "\\u00e9").into_bytes()),
        ("decomposed", text.replace('é', "e\u{301}").into_bytes()),
        ("Latin-1", latin1.clone()),
        ("Latin-1, read as UTF-8", String::from_utf8_lossy(&latin1).into_owned().into_bytes()),
        ("UTF-16", text.encode_utf16().flat_map(u16::to_le_bytes).collect()),
        ("as a form", [b"payload=", BODY].concat()),
        ("in chunks", [b"2c\r\n", BODY, b"\r\n0\r\n\r\n"].concat()),
        ("with the prefix", [b"1763740800.evt_1.", BODY].concat()),
        ("one bit", BODY.iter().enumerate().map(|(n, b)| b ^ u8::from(n == 9)).collect()),
    ];
    let mut gateway = Gateway::with_all_schemes();
    for (what, body) in &cases {
        for source in ["peeker", "boateros", "standard"] {
            let mut request = Request::signed(source, "evt_1", NOW, BODY);
            request.body.clone_from(body);
            println!("{source}: {what}");
            gateway.refuses(&request, 401, "signature_mismatch");
            gateway.serves(source);
        }
    }
    report("changed bodies", cases.len());
}

/// A body may be of any bytes, and as long as the cap.
#[test]
fn bodies_that_are_odd_and_genuine() {
    let bodies: [Vec<u8>; 8] = [
        Vec::new(),
        vec![0],
        b"\xff\xfe\x00\xd8".to_vec(),
        b"\xef\xbb\xbf{}".to_vec(),
        (0..=255).collect(),
        b"\r\n\r\n".to_vec(),
        vec![b'['; 100_000],
        vec![b'x'; 1 << 20],
    ];
    let mut gateway = Gateway::with_all_schemes();
    for body in &bodies {
        let request = Request::signed("boateros", "", NOW, body);
        assert_eq!(gateway.relay.serve(&request, NOW, OK).status, 200);
        assert_eq!(&gateway.relay.sent.last().unwrap().body, body);
    }
}
