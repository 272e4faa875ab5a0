"""Timestamps in Unix seconds: `[1-9][0-9]{0,11}`, and the window around now."""

from .model import NOW, Maker, also, put, unix

T = unix(NOW)

# What a number parser takes for the right second, and we don't. The MAC is right over the text as it is sent.
ODD_TEXTS = [
    ("0" + T, "a leading zero"),
    ("000" + T, "three leading zeros"),
    ("+" + T, "a plus sign"),
    ("-" + T, "a minus sign"),
    (T + ".0", "a fraction of zero"),
    (T + ".999", "a fraction"),
    (T + ".", "a dot at the end"),
    ("1.7637408e9", "an exponent"),
    ("17637408E2", "an exponent without a dot"),
    (T + "e0", "an exponent of zero"),
    ("0x692080c0", "hexadecimal"),
    ("0b1101001001000001000000011000000", "binary"),
    ("1_763_740_800", "underscores"),
    ("1763 740800", "a space inside"),
    ("1763\t740800", "a tab inside"),
    (T + "junk", "letters after the digits"),
    (T + "s", "a unit"),
    (T + "n", "a BigInt literal"),
    (T + "L", "a long literal"),
    (T + ";", "a semicolon"),
    (T + " " + T, "twice with a space"),
    ('"' + T + '"', "quoted"),
    ("[" + T + "]", "in brackets"),
    ("t=" + T, "with a name"),
    ("junk" + T, "letters before the digits"),
    (T + "000", "milliseconds: 13 digits"),
    (T + "000000", "microseconds"),
    ("1" + T + "00", "13 digits that are not milliseconds"),
    ("9223372036854775807", "the largest i64"),
    ("9223372036854775808", "one more than the largest i64"),
    ("18446744073709551616", "one more than the largest u64"),
    ("-9223372036854775808", "the smallest i64"),
    ("9" * 40, "40 digits, the cap"),
    ("9" * 41, "41 digits, over the cap"),
    ("0", "zero"),
    ("-1", "minus one"),
    ("-0", "minus zero"),
    ("NaN", "not a number"),
    ("Infinity", "infinity"),
    ("undefined", "undefined"),
    ("null", "null"),
    ("true", "a boolean"),
    ("hello", "a word"),
    ("2025-11-21T16:00:00Z", "RFC 3339 where seconds belong"),
    ("\u00b9" + T[1:], "a superscript digit in Latin-1"),
    ("\u00d9\u00a1" + T[1:], "an Arabic digit, as UTF-8"),
    (T + "\u00a0", "a no-break space at the end"),
]

# The same, with the MAC over the number that a parser would render again.
RENDERED = [
    "0" + T,
    "+" + T,
    T + ".0",
    T + ".999",
    T + "junk",
    "1.7637408e9",
    "0x692080c0",
    "1_763_740_800",
    T + "\u00a0",
]

WELL_FORMED = [
    ("too_old", "1", "one digit"),
    ("too_old", "999999999", "nine digits"),
    ("too_old", str(int(T) - 86_400), "a day ago"),
    ("too_old", str(int(T) - 301), "301 s ago"),
    ("too_new", str(int(T) + 301), "301 s ahead"),
    ("too_new", str(int(T) + 86_400), "a day ahead"),
    ("too_new", "4102444800", "the year 2100"),
    ("too_new", "17637408000", "11 digits"),
    ("too_new", "999999999999", "12 digits, the most there can be"),
]


def cases(m):
    yield from window(m, 300_000)
    for expected, text, comment in WELL_FORMED:
        yield m.no(expected, comment, ts=text)
    for text, comment in ODD_TEXTS:
        yield m.no("malformed timestamp", comment, ts=text)
    for text in RENDERED:
        yield m.no("malformed timestamp", f"signed as {T}, sent as another text of it", ts=text, sign={"timestamp": T})
    yield m.ok("spaces and tabs around are not part of the value", ts=f" \t{T}\t ")
    yield m.no("ambiguous timestamp", "a list whose first value is right", ts=T, edit=put("timestamp", T + ",1"))
    yield m.no(
        "ambiguous timestamp", "a stale one signed, a fresh one added", ts="1763000000", edit=also("timestamp", T)
    )
    yield m.no("mismatch", "stale and signed, with a fresh timestamp put in", ts=T, sign={"timestamp": "1763000000"})
    yield m.no("mismatch", "one second more than was signed", ts=str(int(T) + 1), sign={"timestamp": T})


def window(m, tolerance):
    """The edges of the window, to the millisecond, in both directions."""
    seconds = f"{tolerance / 1000:.3f} s"
    yield m.ok("now is the timestamp")
    yield m.ok(f"{seconds} old: the last moment inside", now=NOW + tolerance)
    yield m.no("too_old", f"{seconds} and a millisecond old", now=NOW + tolerance + 1)
    yield m.no("too_old", f"{seconds} and a second old", now=NOW + tolerance + 1000)
    yield m.ok(f"a millisecond less than {seconds} old", now=NOW + tolerance - 1)
    yield m.ok(f"{seconds} ahead: the last moment inside", now=NOW - tolerance)
    yield m.no("too_new", f"{seconds} and a millisecond ahead", now=NOW - tolerance - 1)
    yield m.no("too_new", f"{seconds} and a second ahead", now=NOW - tolerance - 1000)
    yield m.ok(f"a millisecond less than {seconds} ahead", now=NOW - tolerance + 1)


def groups(scheme):
    m = Maker(scheme)
    yield m.group("timestamps", list(cases(m)))
    yield from tolerances(scheme, "timestamps")


def tolerances(scheme, name):
    for seconds in (1, 86_400):
        m = Maker(scheme, toleranceSeconds=seconds)
        comment = "the narrowest tolerance" if seconds == 1 else "the widest tolerance"
        yield m.group(name, list(window(m, seconds * 1000)), comment)
