"""Secrets: what is refused when a keyring is built, and what is a secret although it looks odd."""

import base64

from .model import NOW, Maker, key

GOOD = "a-good-secret-of-many-characters"

# Text secrets that are refused, for schemes that take the text as it is.
TEXT_REFUSED = [
    ("empty_secret", "", "nothing"),
    ("empty_secret", " ", "a space"),
    ("empty_secret", "\n", "a line feed"),
    ("empty_secret", " \t\r\n ", "white space of four kinds"),
    ("empty_secret", "\u00a0\u2003\u3000", "white space of Unicode"),
    ("empty_secret", " " * 32, "32 spaces"),
    ("malformed_secret", GOOD + "\n", "a line feed at the end, pasted along"),
    ("malformed_secret", GOOD + "\r\n", "a line end of Windows"),
    ("malformed_secret", GOOD + " ", "a space at the end"),
    ("malformed_secret", " " + GOOD, "a space at the beginning"),
    ("malformed_secret", "\t" + GOOD, "a tab at the beginning"),
    ("malformed_secret", GOOD + "\u00a0", "a no-break space at the end"),
    ("malformed_secret", "\u3000" + GOOD, "an ideographic space at the beginning"),
    ("malformed_secret", GOOD + "\u2028", "a line separator at the end"),
    ("malformed_secret", GOOD + "\0", "NUL at the end"),
    ("malformed_secret", "\0" + GOOD, "NUL at the beginning"),
    ("malformed_secret", "\0" * 16, "nothing but NUL"),
    ("malformed_secret", "\ufeff" + GOOD, "a byte order mark at the beginning"),
    ("malformed_secret", GOOD + "\ufeff", "a byte order mark at the end"),
    ("malformed_secret", "short\n", "malformed comes before weak"),
    ("weak_secret", "x", "one byte"),
    ("weak_secret", "123456789012345", "15 bytes"),
    ("weak_secret", "\u00e9" * 7 + "x", "15 bytes in 8 characters"),
    ("weak_secret", "\u65e5" * 5, "15 bytes in 5 characters"),
]

TEXT_ACCEPTED = [
    ("1234567890123456", "16 bytes"),
    ("\u00e9" * 8, "16 bytes in 8 characters"),
    ("\u65e5" * 5 + "x", "16 bytes in 6 characters"),
    ("with a space and\ta tab inside", "white space inside"),
    ("with-a-NUL-\0-inside", "NUL inside"),
    ("zero-width-at-the-end\u200b", "a zero-width space at the end is no white space"),
    ("00112233445566778899aabbccddeeff", "text that looks like hexadecimal is not decoded"),
    ("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "text that looks like base64 is not decoded"),
    ("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "the prefix of Standard Webhooks is part of the text"),
    ('it\'s "quoted" \\ and {odd} $& %s', "punctuation"),
    ("\U0001f6a4" * 4, "characters of four bytes"),
    ("k" * 63, "a byte less than a block"),
    ("k" * 64, "a block"),
    ("k" * 65, "a byte more than a block"),
    ("k" * 1000, "1,000 bytes"),
]

# Secrets given as bytes are taken as they are, in every scheme.
BYTES_ACCEPTED = [
    (b" " * 16, "16 spaces"),
    (b"ends-with-a-line-feed\n", "a line feed at the end"),
    (b"\0" * 16, "16 times NUL"),
    (bytes(range(240, 256)), "bytes that are not UTF-8"),
    (b"\xef\xbb\xbfafter-a-byte-order-mark", "a byte order mark at the beginning"),
    (b"whsec_is-not-a-prefix-here", "a prefix is part of the bytes"),
]

BYTES_REFUSED = [
    ("empty_secret", b"", "no bytes"),
    ("weak_secret", b"\0", "one byte"),
    ("weak_secret", bytes(range(15)), "15 bytes"),
]

KEY24 = base64.b64decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
ODD = base64.b64encode(b"\xfb\xff" * 12).decode()  # has + and / in it

WHSEC_REFUSED = [
    ("empty_secret", "", "nothing"),
    ("empty_secret", "whsec_", "a prefix alone"),
    ("empty_secret", " ", "a space"),
    ("empty_secret", "\r\n", "a line end"),
    ("malformed_secret", "whsec_ ", "a prefix and a space"),
    ("malformed_secret", "whsec_!!!!!!!!!!!!!!!!!!!!!!!!", "no base64 at all"),
    ("malformed_secret", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLa$w", "one character that is not base64"),
    ("malformed_secret", "whsec_" + ODD.replace("+", "-").replace("/", "_"), "the alphabet of base64url"),
    ("malformed_secret", "whsec_" + base64.b64encode(KEY24[:16]).decode().rstrip("="), "no padding"),
    ("malformed_secret", "whsec_" + base64.b64encode(KEY24[:16]).decode()[:-1], "half of the padding"),
    ("malformed_secret", "whsec_" + base64.b64encode(KEY24).decode() + "=", "too much padding"),
    ("malformed_secret", "whsec_" + base64.b64encode(KEY24).decode() + "====", "a block of padding"),
    ("malformed_secret", "whsec_====", "nothing but padding"),
    ("malformed_secret", "whsec_MfKQ9r8GKYqrTwjU====PD8ILPZIo2LaLaSw", "padding inside"),
    ("malformed_secret", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaS", "a character less"),
    ("malformed_secret", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwA", "a character more"),
    ("malformed_secret", "whsec_MfKQ9r8GKYqrTwjUPD8ILB==", "bits set after the last byte"),
    ("malformed_secret", "whsec_MfKQ9r8GKYqrTwjU PD8ILPZIo2LaLaSw", "a space inside"),
    ("malformed_secret", "whsec_MfKQ9r8GKYqrTwjU\nPD8ILPZIo2LaLaSw", "a line feed inside"),
    ("malformed_secret", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw\n", "a line feed at the end"),
    ("malformed_secret", " whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "a space at the beginning"),
    ("malformed_secret", "\ufeffwhsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "a byte order mark at the beginning"),
    ("malformed_secret", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw\0", "NUL at the end"),
    ("malformed_secret", "WHSEC_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "the prefix in upper case"),
    ("malformed_secret", "whsec_whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "the prefix twice"),
    ("malformed_secret", "whsk_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "the prefix of a private key"),
    ("malformed_secret", "whpk_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "the prefix of a public key"),
    ("malformed_secret", "whsec-MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "a hyphen in the prefix"),
    ("weak_secret", "whsec_" + base64.b64encode(KEY24[:15]).decode(), "15 bytes, in 20 characters"),
    ("weak_secret", base64.b64encode(KEY24[:1]).decode(), "one byte"),
]

WHSEC_ACCEPTED = [
    ("whsec_" + base64.b64encode(KEY24[:16]).decode(), "16 bytes with padding"),
    (base64.b64encode(KEY24[:17]).decode(), "17 bytes without a prefix"),
    ("whsec_" + base64.b64encode(KEY24[:18]).decode(), "18 bytes without padding"),
    ("whsec_" + ODD, "plus signs and slashes"),
    (base64.b64encode(KEY24).decode(), "24 bytes without a prefix"),
    ("whsec_" + base64.b64encode(bytes(64)).decode(), "64 times NUL"),
    ("whsec_" + base64.b64encode(KEY24 * 3).decode(), "72 bytes, more than a block"),
    ("wh" + "sec" + "A" * 23, "letters of the prefix without its underscore"),
]


def refused(scheme, code, comment, *keys, **options):
    head = {"class": "secrets", "scheme": scheme.name, "comment": comment, "keys": list(keys)}
    return head | options | {"keysResult": code, "tests": []}


def accepted(scheme, comment, secret, **options):
    m = Maker(scheme, [key(secret)], **options)
    tests = [m.ok(comment), m.no("mismatch", f"{comment}: forged", tag=bytes(32), forged=True)]
    return m.group("secrets", tests)


def rings(scheme):
    """Keyrings whose keys are good one by one."""
    good, other = key(scheme.secret), key(b"another-secret-altogether-0001", "key-2")
    yield "no_secret", "no key at all", []
    yield "duplicate_key", "two keys of one id", [good, other | {"id": "key-1"}]
    yield "duplicate_key", "two ids of one secret", [good, good | {"id": "key-2"}]
    yield (
        "duplicate_key",
        "one secret twice, with windows that don't meet",
        [good | {"notAfter": NOW}, good | {"id": "key-2", "notBefore": NOW}],
    )
    yield "duplicate_key", "one secret as text and as bytes", [good, key(Maker(scheme).secret(None), "key-2")]
    yield "duplicate_key", "the first and the last of three", [good, other, good | {"id": "key-3"}]
    if scheme.name == "standard-webhooks":
        yield (
            "duplicate_key",
            "one secret with and without a prefix",
            [good, key(scheme.secret.removeprefix("whsec_"), "key-2")],
        )
    yield "invalid_key_window", "an end before the beginning", [good | {"notBefore": NOW, "notAfter": NOW - 1}]
    yield "invalid_key_window", "an end that is the beginning", [good | {"notBefore": NOW, "notAfter": NOW}]
    yield "invalid_key_window", "the second key's window", [good, other | {"notBefore": NOW, "notAfter": 0}]
    yield "empty_secret", "a good key, then an empty one", [good, key("", "key-2")]
    yield "malformed_secret", "a good key, then a malformed one", [good, key(scheme.secret + "\n", "key-2")]
    yield "weak_secret", "a good key, then a weak one", [good, key(b"weak", "key-2")]


def groups(scheme):
    whsec = scheme.name == "standard-webhooks"
    for code, text, comment in [*(WHSEC_REFUSED if whsec else TEXT_REFUSED), *BYTES_REFUSED]:
        yield refused(scheme, code, comment, key(text))
        if code != "weak_secret":
            yield refused(scheme, code, f"{comment}; a weak one would do", key(text), allowWeakSecret=True)
    for code, comment, keys in rings(scheme):
        yield refused(scheme, code, comment, *keys)
    for secret, comment in [*(WHSEC_ACCEPTED if whsec else TEXT_ACCEPTED), *BYTES_ACCEPTED]:
        yield accepted(scheme, comment, secret)
    for secret in (b"x", b"123456789012345", b"\0"):
        yield accepted(scheme, f"{len(secret)} bytes, where weak ones are allowed", secret, allowWeakSecret=True)
