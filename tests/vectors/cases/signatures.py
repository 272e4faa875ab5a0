"""The syntax of signature headers. In all of these the MAC is right, or is a piece of the right one."""

import base64
import re

from .model import Maker, also, put

ZERO = "00" * 32


def groups(scheme):
    m = Maker(scheme)
    table = {"peeker": peeker, "boateros": boateros, "standard-webhooks": standard}[scheme.name]
    yield m.group("signatures", list(table(m)))


def hexadecimal(m, prefix):
    """What a hexadecimal tag may not be, with and without a version before it."""
    bad = [
        (lambda h: h[:63], "an odd number of digits"),
        (lambda h: h[:62], "31 bytes"),
        (lambda h: h[:32], "the first 16 bytes"),
        (lambda h: h[32:], "the last 16 bytes"),
        (lambda h: h[:8], "the first 4 bytes"),
        (lambda h: h[:2], "the first byte"),
        (lambda h: h + "0", "a digit more"),
        (lambda h: h + "00", "a byte more"),
        (lambda h: "00" + h, "a byte before"),
        (lambda h: h + h, "the tag twice"),
        (lambda h: h + "zz", "letters that are not digits at the end, which some decoders drop"),
        (lambda h: h[:-1] + "g", "a letter that is not a digit"),
        (lambda h: h[:32] + "zz" + h[32:], "letters that are not digits inside"),
        (lambda h: h[:32] + " " + h[32:], "a space inside"),
        (lambda h: ":".join(h[i : i + 2] for i in range(0, 64, 2)), "colons between the bytes"),
        (lambda h: "0x" + h, "a prefix for hexadecimal"),
        (lambda h: f'"{h}"', "quotes"),
        (lambda h: h + "=", "padding"),
        (lambda h: h + ";", "a semicolon at the end"),
        (lambda h: h + "\u00b2", "a superscript digit in Latin-1"),
        (lambda h: base64.b64encode(bytes.fromhex(h)).decode(), "base64"),
        (lambda h: base64.urlsafe_b64encode(bytes.fromhex(h)).decode().rstrip("="), "base64url"),
    ]
    for change, comment in bad:
        yield m.no("malformed signature", comment, signature=lambda tag, change=change: prefix + change(tag.hex()))
    yield m.no("malformed signature", "no digits", signature=lambda tag: prefix or '""', forged=True)
    yield m.no(
        "malformed signature", "64 letters that are not digits", signature=lambda tag: prefix + "g" * 64, forged=True
    )


def boateros(m):
    yield m.ok("lower case")
    yield m.ok("upper case", signature=lambda tag: tag.hex().upper())
    yield m.ok("mixed case", signature=lambda tag: mixed(tag.hex()))
    yield m.ok("spaces and tabs around are not part of the value", signature=lambda tag: f"\t {tag.hex()} \t")
    yield from hexadecimal(m, "")
    for prefix in ("v1=", "sha256=", "v1,", "hmac-sha256 ", "sha256:"):
        kind = "ambiguous" if "," in prefix else "malformed"
        yield m.no(f"{kind} signature", f"{prefix!r} before it", signature=lambda tag, p=prefix: p + tag.hex())
    for other, comment in [(lambda h: h, "the same twice"), (lambda h: ZERO, "the right one, then a wrong one")]:
        yield m.no("ambiguous signature", comment, signature=lambda tag, o=other: f"{tag.hex()},{o(tag.hex())}")
    yield m.no("ambiguous signature", "a comma at the end", signature=lambda tag: tag.hex() + ",")
    yield m.no("ambiguous signature", "a comma at the beginning", signature=lambda tag: "," + tag.hex())
    yield m.no("malformed signature", "two with a space", signature=lambda tag: f"{tag.hex()} {tag.hex()}")
    yield m.no("malformed signature", "1,024 bytes", signature=lambda tag: tag.hex() * 16)
    yield m.no("malformed signature", "1,025 bytes", signature=lambda tag: tag.hex() * 16 + "0")


def peeker(m):
    yield m.ok("lower case")
    yield m.ok("upper case", signature=lambda tag: "v1=" + tag.hex().upper())
    yield m.ok("mixed case", signature=lambda tag: "v1=" + mixed(tag.hex()))
    yield from hexadecimal(m, "v1=")
    for form, comment in PEEKER_VALID:
        yield m.ok(comment, signature=fill(form))
    for form, comment in PEEKER_MALFORMED:
        yield m.no("malformed signature", comment, signature=fill(form))
    for form, comment in PEEKER_UNSUPPORTED:
        yield m.no("unsupported", comment, signature=fill(form))
    yield m.no("mismatch", "a wrong tag beside the right one under another version", signature=fill("v1=Z,v2=H"))
    yield m.ok("two occurrences, the second is right", signature=fill("v1=Z"), edit=also("signature", right(m)))
    yield m.ok("two occurrences, the first is right", edit=also("signature", "v1=" + ZERO))
    yield m.ok(
        "two occurrences under names in different case", edit=also("signature", "v1=" + ZERO, "peeker-signature")
    )
    yield m.no("malformed signature", "an empty occurrence before it", edit=also("signature", "", first=True))
    yield m.no("malformed signature", "a malformed occurrence after it", edit=also("signature", "v1=zz"))
    for size, word in ((1024, "ok"), (1025, "no")):
        text = filled_to(size, right(m) + ",v2=")
        request = {"edit": put("signature", text)}
        comment = f"{size:,} bytes"
        yield m.ok(comment, **request) if word == "ok" else m.no("malformed signature", comment, **request)
    yield m.ok("1,024 bytes and spaces around", edit=put("signature", f"  {filled_to(1024, right(m) + ',v2=')}  "))


# H is the right tag in hexadecimal, Z a wrong one.
PEEKER_VALID = [
    ("v1=H,v1=H", "twice the same"),
    ("v1=Z,v1=H", "a wrong one, then the right one"),
    ("v1=H,v1=Z", "the right one, then a wrong one"),
    ("v1=Z, v1=H", "a space after the comma"),
    ("v1=Z  ,   v1=H", "spaces around the comma"),
    (" v1=H ", "spaces around the value"),
    ("\tv1=H\t", "tabs around the value"),
    ("v0=Z,v1=H", "an older version beside it"),
    ("v2=Z,v1=H", "a newer version beside it"),
    ("v1=H,v2=not/hex+at~all", "an unknown version that is no hexadecimal beside it"),
    ("v1=H,v2=", "an unknown version without a value beside it"),
    ("v1=H,V1=Z", "versions are case-sensitive: V1 is unknown"),
    ("v1=H,v1a=Z", "a longer version beside it"),
    ("v1=H,t=1763740800", "a timestamp beside it, as Stripe has"),
    ("v1=H,v2=a=b=c", "an unknown version with equals signs in its value"),
    ("v1=Z," * 7 + "v1=H", "eight entries, the last is right"),
    ("v2=Z," * 7 + "v1=H", "eight entries, seven of an unknown version"),
]

PEEKER_MALFORMED = [
    ("H", "no version"),
    ("v1H", "no equals sign"),
    ("v1:H", "a colon for the equals sign"),
    ("v1 H", "a space for the equals sign"),
    ("v1%3DH", "an equals sign in percent encoding"),
    ("v1,H", "a comma for the equals sign"),
    ("v1==H", "two equals signs"),
    ("v1= H", "a space after the equals sign"),
    ("v1=\tH", "a tab after the equals sign"),
    ("v1=v1=H", "the version twice"),
    ("v1=H,", "an empty entry at the end"),
    (",v1=H", "an empty entry at the beginning"),
    ("v1=H,,v1=H", "an empty entry between"),
    ("v1=H, ,v1=H", "an entry of a space between"),
    ("v1=H,\tv1=H", "a tab between two entries"),
    ("v1=H v1=H", "a space for the comma"),
    ("v1=H;v1=H", "a semicolon for the comma"),
    ("v1=H|v1=H", "a bar for the comma"),
    ("v1=H&v1=H", "an ampersand for the comma"),
    ("v1=H,H", "an entry without a version beside it"),
    ("v1=H,v1", "a version without a value beside it"),
    ("v1=H,v1=", "an empty tag of the known version beside it"),
    ("v1=H,v1=zz", "a malformed tag of the known version after it"),
    ("v1=zz,v1=H", "a malformed tag of the known version before it"),
    ("v1=00,v1=H", "a short tag of the known version before it"),
    ("v2=H,v1=zz", "a malformed tag of the known version, the right one under another"),
    ("v1=H,v2=a\x7fb", "DEL in an unknown version beside it"),
    ("v1=H,v2=a\x01b", "a control byte in an unknown version beside it"),
    ("v1=H,v2=a\tb", "a tab in an unknown version beside it"),
    ("v1=H,v2=\xe9", "a letter in Latin-1 in an unknown version beside it"),
    ("v1=Z," * 8 + "v1=H", "nine entries, the last is right"),
    ("v1=H" + ",v1=Z" * 8, "nine entries, the first is right"),
    ("v2=0," * 8 + "v1=H", "nine entries, eight of an unknown version"),
    ("a=," * 300 + "v1=H", "300 entries"),
]

PEEKER_UNSUPPORTED = [
    ("v0=H", "an older version"),
    ("v2=H", "a newer version"),
    ("V1=H", "a version in upper case"),
    ("v01=H", "a zero in the version"),
    ("v1a=H", "a longer version"),
    ("v10=H", "version 10"),
    ("v=H", "no number"),
    ("1=H", "no letter"),
    ("=H", "an empty version"),
    ("v1 =H", "a space before the equals sign"),
    ("v1.0=H", "a dot in the version"),
    ("sha256=H", "GitHub's version"),
    ("s=H", "another name"),
    ("v0=H,v2=H", "two unknown versions"),
    ("t=1763740800,v0=H", "a timestamp and an unknown version"),
    ("v2=H," * 7 + "v0=H", "eight entries of unknown versions"),
]


def standard(m):
    for form, comment in STANDARD_VALID:
        yield m.ok(comment, signature=fill(form))
    for form, comment in STANDARD_MALFORMED:
        yield m.no("malformed signature", comment, signature=fill(form))
    for form, comment in STANDARD_UNSUPPORTED:
        yield m.no("unsupported", comment, signature=fill(form))
    for change, comment in base64_faults():
        yield m.no("malformed signature", comment, signature=lambda tag, c=change: "v1," + c(b64(tag)))
    yield m.no("malformed signature", "hexadecimal", signature=lambda tag: "v1," + tag.hex())
    yield m.no(
        "malformed signature",
        "bits set after the last byte",
        forged=True,
        signature=lambda tag: "v1," + stray_bits(b64(tag)),
    )
    yield m.no("malformed signature", "no tag", signature=lambda tag: "v1,", forged=True)
    yield m.no(
        "malformed signature",
        "two occurrences: a list is split at spaces, not at commas",
        edit=also("signature", right(m)),
    )
    for size, word in ((1024, "ok"), (1025, "no")):
        request = {"edit": put("signature", filled_to(size, right(m) + " v2,"))}
        comment = f"{size:,} bytes"
        yield m.ok(comment, **request) if word == "ok" else m.no("malformed signature", comment, **request)


# B is the right tag in base64, Z a wrong one.
STANDARD_VALID = [
    ("v1,B", "one entry"),
    ("v1,B v1,B", "twice the same"),
    ("v1,Z v1,B", "a wrong one, then the right one"),
    ("v1,B v1,Z", "the right one, then a wrong one"),
    (" v1,B ", "spaces around the value"),
    ("\tv1,B\t", "tabs around the value"),
    ("v2,Z v1,B", "a newer version beside it"),
    ("v1a,Z v1,B", "the asymmetric version beside it"),
    ("v1,B v1a,not~base64", "an unknown version that is no base64 beside it"),
    ("v1,B v2,", "an unknown version without a value beside it"),
    ("v1,B V1,Z", "versions are case-sensitive: V1 is unknown"),
    ("v1,Z " * 7 + "v1,B", "eight entries, the last is right"),
]

STANDARD_MALFORMED = [
    ("B", "no version"),
    ("v1B", "no comma"),
    ("v1=B", "an equals sign for the comma"),
    ("v1:B", "a colon for the comma"),
    ("v1, B", "a space after the comma"),
    ("v1,,B", "two commas"),
    ("v1,B,", "a comma at the end"),
    ("v1,B,v1,B", "a comma for the space"),
    ("v1,B  v1,B", "two spaces: an empty entry"),
    ("v1,B\tv1,B", "a tab for the space"),
    ("v1,B;v1,B", "a semicolon for the space"),
    ("v1,B v1,", "an empty tag of the known version beside it"),
    ("v1,B v1,zz", "a malformed tag of the known version after it"),
    ("v1,zz v1,B", "a malformed tag of the known version before it"),
    ("v1,B B", "an entry without a version beside it"),
    ("v1a,B v1,zz", "a malformed tag of the known version, the right one under another"),
    ("v1,B v2,a\x7fb", "DEL in an unknown version beside it"),
    ("v1,B v2,a\x01b", "a control byte in an unknown version beside it"),
    ("v1,B v2,\xe9", "a letter in Latin-1 in an unknown version beside it"),
    ("v1,Z " * 8 + "v1,B", "nine entries, the last is right"),
    ("v1,B" + " v1,Z" * 8, "nine entries, the first is right"),
    ("v2,0 " * 8 + "v1,B", "nine entries, eight of an unknown version"),
]

STANDARD_UNSUPPORTED = [
    ("v1a,B", "the asymmetric version"),
    ("v2,B", "a newer version"),
    ("v0,B", "an older version"),
    ("V1,B", "a version in upper case"),
    (",B", "an empty version"),
    ("v01,B", "a zero in the version"),
    ("v1a,B v2,B", "two unknown versions"),
]


def base64_faults():
    return [
        (lambda b: b.rstrip("="), "no padding"),
        (lambda b: b + "=", "too much padding"),
        (lambda b: "=" + b, "padding before"),
        (lambda b: b[:20] + "=" + b[20:], "padding inside"),
        (lambda b: b[:-1], "the last character cut"),
        (lambda b: b[:8], "the first 6 bytes"),
        (lambda b: b[:4], "the first 3 bytes"),
        (lambda b: b[-12:], "the last 8 bytes"),
        (lambda b: b64(base64.b64decode(b) + b"\0"), "a byte more"),
        (lambda b: b[:40], "30 bytes, which need no padding"),
        (lambda b: b + b, "the tag twice"),
        (lambda b: b.replace("+", "-").replace("/", "_"), "the alphabet of base64url"),
        (lambda b: f'"{b}"', "quotes"),
        (lambda b: b + "\u00a0", "a no-break space at the end"),
    ]


def stray_bits(text):
    """The same 32 bytes for a lax decoder: the last character has two bits that belong to no byte."""
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    return text[:-2] + alphabet[alphabet.index(text[-2]) | 1] + "="


def b64(data):
    return base64.b64encode(data).decode()


def mixed(text):
    return "".join(c.upper() if i % 2 else c for i, c in enumerate(text))


def fill(form):
    """The form with its letters replaced: H and B by the right tag, Z by a wrong one."""

    def text(tag):
        letters = {"H": tag.hex(), "B": b64(tag), "Z": b64(bytes(32)) if "B" in form else ZERO}
        return re.sub("[HBZ]", lambda letter: letters[letter[0]], form)

    return text


def filled_to(size, text):
    return text + "0" * (size - len(text))


def right(m):
    return m.scheme.text(m.tag())
