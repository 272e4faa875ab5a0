"""Bodies: the bytes that were signed, and every near miss of them."""

import base64
import gzip
import json

from .model import Maker, Repeat

JSON = (
    b'{"b":1.0,"a":"caf\xc3\xa9 \\u00e9","list":[1, 2,3],"url":"https:\\/\\/a.example","big":12345678901234567890}\r\n'
)
BOM = b"\xef\xbb\xbf"

# Bodies that verify as they are, whatever they hold.
GENUINE = [
    (b"", "empty"),
    (b" ", "a space"),
    (b"\n", "a line feed"),
    (b"\0", "NUL"),
    (b".", "a dot"),
    (b"." * 64, "64 dots"),
    (b"0", "a digit"),
    (b"null", "null"),
    (b"{}", "an empty object"),
    (b"not json", "text"),
    (b"payload=%7B%7D&a=1.5", "a form"),
    (b"\xff\xfe\xfd\x00", "bytes that are not UTF-8"),
    (b'{"name":"caf\xe9"}', "JSON in Latin-1"),
    (b"\xed\xa0\x80", "half a surrogate pair in UTF-8"),
    (b"\xc0\xaf", "an overlong encoding"),
    (b"\xef\xbf\xbd", "U+FFFD itself"),
    (bytes(range(256)), "every byte"),
    (BOM + b"{}", "a byte order mark before"),
    (b"{}\r\n", "a line end of Windows"),
    (b"a\r\nb\nc\r", "three kinds of line end"),
    (JSON, "JSON that a parser would write differently"),
    ('{"emoji":"\U0001f6a4","text":"\u65e5\u672c\u8a9e"}'.encode(), "characters of three and four bytes"),
    (b"a" * 55, "55 bytes"),
    (b"a" * 64, "64 bytes: a block"),
    (b"1763740800.evt_1.{}", "a body that looks like signed content"),
    (b"2025-11-21T16:00:00Z.{}", "a body that begins like a timestamp"),
    (b"$& $1 {body} %s", "what a template would expand"),
    (Repeat("0123456789abcdef", 4480), "70 kB"),
    (Repeat('{"n":1.5}\n', 7000), "70 kB with many dots"),
    (Repeat("\u65e5\u672c", 12000), "72 kB of three-byte characters"),
]


def near_misses(original):
    """What was signed, what is sent instead, what happened between."""
    text = original.decode()
    middle = len(original) // 2
    for position, bit in ((0, 0), (0, 7), (middle, 0), (middle, 5), (-1, 0), (-1, 7)):
        yield original, flip(original, position, bit), f"bit {bit} of byte {position} flipped"
    yield original, original + b"\n", "a line feed added"
    yield original, original + b"\r\n", "a line end of Windows added"
    yield original, original + b" ", "a space added"
    yield original, original + b"\0", "NUL added"
    yield original, b"\n" + original, "a line feed before"
    yield original, b"." + original, "a dot before"
    yield original, BOM + original, "a byte order mark before"
    yield original, original[:-1], "the last byte cut"
    yield original, original[1:], "the first byte cut"
    yield original, original[:middle], "the second half cut"
    yield original, b"", "nothing left"
    yield original, original + original, "twice"
    yield original, json.dumps(json.loads(text)).encode(), "written again with spaces"
    yield original, json.dumps(json.loads(text), indent=2).encode(), "written again with indentation"
    yield original, text.upper().encode(), "upper case"
    yield original, base64.b64encode(original), "in base64"
    yield original, gzip.compress(original, mtime=0), "compressed"
    yield original, original.decode().encode("utf-16-le"), "in UTF-16"
    yield original, json.dumps(text).encode(), "as a JSON string"
    yield b"", original, "signed empty"
    yield b"undefined", original, "signed as undefined, as a lost body is"
    yield b"[object Object]", original, "signed as an object that was printed"


# What a parser, a decoder or an editor does to bytes.
CHANGED = [
    (b"caf\xef\xbf\xbd", b"caf\xe9", "signed with U+FFFD, sent with the byte that it replaces"),
    (b"caf\xe9", b"caf\xef\xbf\xbd", "signed with an invalid byte, sent with U+FFFD"),
    (b'{"a":"\xff"}', b'{"a":"\xfe"}', "another invalid byte, which decodes to the same text"),
    (b"\xef\xbf\xbd\xef\xbf\xbd", b"\xc0\xaf", "signed with U+FFFD twice, sent with an overlong encoding"),
    (b"\xef\xbf\xbd" * 3, b"\xed\xa0\x80", "signed with U+FFFD three times, sent with half a surrogate pair"),
    (b"/", b"\xc0\xaf", "signed with a slash, sent with an overlong slash"),
    (BOM + b"{}", b"{}", "a byte order mark lost"),
    (b"{}", BOM + b"{}", "a byte order mark gained"),
    (b"a\r\nb", b"a\nb", "line ends of Windows lost"),
    (b"a\nb", b"a\r\nb", "line ends of Windows gained"),
    (b"{}\n", b"{}", "a line feed trimmed"),
    (b" {} ", b"{}", "spaces trimmed"),
    (b'{"b":1,"a":2}', b'{"a":2,"b":1}', "keys sorted"),
    (b'{"a":1.0}', b'{"a":1}', "a number written shorter"),
    (b'{"a":1e2}', b'{"a":100}', "an exponent written out"),
    (b'{"a":12345678901234567890}', b'{"a":12345678901234567000}', "a number rounded to a double"),
    (b'{"a":"\\u00e9"}', b'{"a":"\xc3\xa9"}', "an escape decoded"),
    (b'{"a":"\\/"}', b'{"a":"/"}', "a slash without its escape"),
    (b'{"a":1,"a":2}', b'{"a":2}', "the first of two keys lost"),
    (b"\xc3\xa9", b"e\xcc\x81", "a letter decomposed"),
    (b"a+b", b"a%20b", "a plus sign decoded and encoded"),
    (b"a\0b", b"a", "cut at NUL"),
    (b"\xe2\x80\xa8", b"\\u2028", "a line separator escaped"),
]


def flip(data, position, bit):
    changed = bytearray(data)
    changed[position] ^= 1 << bit
    return bytes(changed)


def groups(scheme):
    m = Maker(scheme)
    genuine = [m.ok(f"body: {comment}", body=body) for body, comment in GENUINE]
    yield m.group("genuine", [m.ok("a request as the provider sends it"), *genuine])
    misses = [*near_misses(scheme.body), *CHANGED]
    tests = [m.no("mismatch", comment, body=sent, sign={"body": signed}) for signed, sent, comment in misses]
    yield m.group("bodies", tests)
