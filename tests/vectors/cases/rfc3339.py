"""Timestamps in RFC 3339: grammar, calendar, offsets, fractions, the zone-less form, and where the text ends."""

from .model import BOATEROS, NOW, Maker, also, put
from .resplits import resplits
from .timestamps import tolerances, window

T = "2025-11-21T16:00:00"
S = 1000

# Text, the instant in milliseconds, what it is.
VALID = [
    (T + "Z", NOW, "the plain form"),
    (T + ".1Z", NOW + 100, "one digit of fraction"),
    (T + ".123Z", NOW + 123, "milliseconds"),
    (T + ".123456Z", NOW + 123, "microseconds"),
    (T + ".123456789Z", NOW + 123, "nanoseconds"),
    (T + ".000000000Z", NOW, "nine zeros"),
    (T + "+00:00", NOW, "UTC as an offset"),
    (T + "-00:00", NOW, "an unknown offset is UTC"),
    (T + ".5-00:00", NOW + 500, "an unknown offset with a fraction"),
    ("2025-11-21T18:00:00+02:00", NOW, "an offset to the east"),
    ("2025-11-21T10:30:00-05:30", NOW, "an offset to the west, with minutes"),
    ("2025-11-21T21:45:00.250+05:45", NOW + 250, "an offset of quarter hours, with a fraction"),
    ("2025-11-22T15:59:00+23:59", NOW, "the largest offset to the east"),
    ("2025-11-20T16:01:00-23:59", NOW, "the largest offset to the west"),
    ("2024-02-29T12:00:00Z", 1_709_208_000 * S, "a leap day"),
    ("2000-02-29T12:00:00Z", 951_825_600 * S, "a leap day in a century divisible by 400"),
    ("2024-12-31T23:59:59.999Z", 1_735_689_599_999, "the last millisecond of a leap year"),
    ("2026-01-01T00:30:00+01:00", 1_767_223_800 * S, "a new year that is the old one in UTC"),
    ("2025-12-31T23:30:00-01:00", 1_767_227_400 * S, "an old year that is the new one in UTC"),
    ("1970-01-01T00:00:00Z", 0, "the first second of the range"),
    ("1970-01-01T01:00:00+01:00", 0, "the first second of the range, by an offset"),
    ("9999-12-31T23:59:59.999999999Z", 253_402_300_799_999, "the last instant of the range"),
    ("9999-12-31T22:59:59.999-01:00", 253_402_300_799_999, "the last instant of the range, by an offset"),
]

MALFORMED = [
    ("2025-11-21t16:00:00Z", "a lower-case t"),
    (T + "z", "a lower-case z"),
    ("2025-11-21 16:00:00Z", "a space for the T"),
    ("2025-11-21_16:00:00Z", "an underscore for the T"),
    ("2025-11-2116:00:00Z", "no T"),
    (T, "no zone"),
    (T + ".123", "a fraction and no zone"),
    ("2025-11-21", "a date"),
    ("2025-11-21T16:00Z", "no seconds"),
    ("2025-11-21T16Z", "hours only"),
    ("2025-11-21T16:00.5Z", "a fraction of a minute"),
    ("20251121T160000Z", "the basic form"),
    ("2025-W47-5T16:00:00Z", "a week date"),
    ("2025-325T16:00:00Z", "an ordinal date"),
    ("25-11-21T16:00:00Z", "a year of two digits"),
    ("02025-11-21T16:00:00Z", "a year of five digits"),
    ("+002025-11-21T16:00:00Z", "a signed year of six digits, as ECMAScript has"),
    ("-2025-11-21T16:00:00Z", "a negative year"),
    ("2025/11/21T16:00:00Z", "slashes"),
    ("2025-1-21T16:00:00Z", "a month of one digit"),
    ("2025-11-1T16:00:00Z", "a day of one digit"),
    ("2025-11-21T6:00:00Z", "an hour of one digit"),
    ("2025-11-21T16.00.00Z", "dots in the time"),
    (T + ".Z", "a dot without digits"),
    (T + ".1234567890Z", "ten digits of fraction"),
    (T + ".12 3Z", "a space in the fraction"),
    (T + ".-1Z", "a sign in the fraction"),
    (T + ".1.2Z", "two fractions"),
    (T + ".1e0Z", "an exponent in the fraction"),
    (T + "+0000", "an offset without a colon"),
    (T + "+00", "an offset of hours"),
    (T + "+0:00", "an offset of one digit"),
    (T + "+00:0", "an offset with one digit of minutes"),
    (T + "+00:00:00", "an offset with seconds"),
    (T + "+00:00.0", "an offset with a fraction"),
    ("2025-11-22T16:00:00+24:00", "an offset of a day"),
    ("2025-11-21T17:00:00+00:60", "an offset of sixty minutes"),
    ("2025-11-25T19:00:00+99:00", "an offset of 99 hours"),
    (T + "\u00e2\u0088\u009200:00", "a Unicode minus sign in the offset"),
    (T + "Z+00:00", "two zones"),
    (T + "+00:00Z", "two zones, the other way"),
    (T + "ZZ", "Z twice"),
    (T + " Z", "a space before the Z"),
    (T + "UTC", "a named zone"),
    (T + " GMT", "a named zone after a space"),
    (T + "A", "a military zone"),
    (T + "Z[UTC]", "a zone in brackets, as RFC 9557 has"),
    (T + "Z junk", "text after the zone"),
    (T + "Z.", "a dot after the zone"),
    (T + "Z.123", "a fraction after the zone"),
    ('"' + T + 'Z"', "quoted"),
    ("1763740800", "Unix seconds"),
    ("1763740800000", "Unix milliseconds"),
    ("now", "a word"),
    ("Invalid Date", "what JavaScript prints for no date"),
    (T + "." + "0" * 22 + "Z", "42 bytes, over the cap"),
    ("2025-11-21T16:00:\u00b2\u00b2Z", "superscript digits in Latin-1"),
]

# The text, and the instant that a calendar without checks makes of it.
CALENDAR = [
    ("2025-00-21T16:00:00Z", 1_734_796_800 * S, "month 0"),
    ("2024-13-21T16:00:00Z", 1_737_475_200 * S, "month 13"),
    ("2025-11-00T16:00:00Z", 1_761_926_400 * S, "day 0"),
    ("2025-10-32T16:00:00Z", 1_762_012_800 * S, "day 32"),
    ("2025-04-31T16:00:00Z", 1_746_115_200 * S, "31 April"),
    ("2025-11-31T16:00:00Z", 1_764_604_800 * S, "31 November"),
    ("2025-02-29T16:00:00Z", 1_740_844_800 * S, "29 February in a common year"),
    ("2100-02-29T16:00:00Z", 4_107_600_000 * S, "29 February in a century"),
    ("2024-02-30T16:00:00Z", 1_709_308_800 * S, "30 February"),
    ("2025-11-20T24:00:00Z", 1_763_683_200 * S, "24:00, which ISO 8601 allows"),
    ("2025-11-20T25:00:00Z", 1_763_686_800 * S, "hour 25"),
    ("2025-11-21T15:60:00Z", NOW, "minute 60"),
    ("2025-11-21T15:59:60Z", NOW, "second 60"),
    ("2016-12-31T23:59:60Z", 1_483_228_800 * S, "a leap second that there was"),
    ("2025-11-21T15:59:61Z", NOW + S, "second 61"),
    ("1969-12-31T23:59:59Z", 0, "the last second before the range"),
    ("1969-12-31T23:30:00-01:00", 1_800 * S, "a year before the range whose instant is inside"),
    ("1970-01-01T00:00:00+00:01", 0, "an offset that leaves the range at its beginning"),
    ("1970-01-01T00:59:59.999+01:00", 0, "an offset that leaves the range by a millisecond"),
    ("9999-12-31T23:59:59-00:01", 253_402_300_799_999, "an offset that leaves the range at its end"),
    ("9999-12-31T23:00:00-01:00", 253_402_300_799_999, "an offset that leaves the range by a second"),
    ("10000-01-01T00:00:00Z", 253_402_300_799_999, "the year 10000"),
    ("0000-01-01T00:00:00Z", 0, "the year 0"),
    ("0001-01-01T00:00:00Z", 0, "what some languages print for no date"),
]


def cases(m):
    for text, instant, comment in VALID:
        yield m.ok(comment, ts=text, now=instant)
    for text, comment in MALFORMED:
        yield m.no("malformed timestamp", comment, ts=text)
    for text, instant, comment in CALENDAR:
        yield m.no("malformed timestamp", comment, ts=text, now=instant)
    yield m.no("ambiguous timestamp", "a comma before the fraction, which ISO 8601 allows", ts=T + ",123Z")
    yield m.no("ambiguous timestamp", "an HTTP date", ts="Fri, 21 Nov 2025 16:00:00 GMT")
    yield m.no(
        "ambiguous timestamp",
        "twice the same: longer than the cap, but doubled comes first",
        edit=also("timestamp", T + "Z"),
    )
    yield m.ok("spaces and tabs around are not part of the value", ts=f"\t {T}Z \t")
    yield from edges(m)
    yield from rendered(m)


def edges(m):
    """Fractions are cut to milliseconds before the skew is judged."""
    yield from window(m, 300_000)
    for fraction in ("001", "0019", "001999999"):
        stamp = f"{T}.{fraction}Z"
        yield m.ok(f".{fraction} and 300.000 s old", ts=stamp, now=NOW + 300_001)
        yield m.no("too_old", f".{fraction} and 300.001 s old", ts=stamp, now=NOW + 300_002)
        yield m.ok(f".{fraction} and 300.000 s ahead", ts=stamp, now=NOW - 299_999)
        yield m.no("too_new", f".{fraction} and 300.001 s ahead", ts=stamp, now=NOW - 300_000)
    yield m.ok(".0009 is cut, not rounded: 300.000 s ahead", ts=T + ".0009Z", now=NOW - 300_000)
    yield m.ok(".999999999 is cut, not rounded: 300.000 s ahead", ts=T + ".999999999Z", now=NOW - 299_001)
    yield m.no("too_old", ".999999999 is cut, not rounded: 300.001 s old", ts=T + ".999999999Z", now=NOW + 301_000)
    yield m.ok("an offset, 300.000 s old", ts="2025-11-21T21:30:00+05:30", now=NOW + 300_000)
    yield m.no("too_old", "an offset, 300.001 s old", ts="2025-11-21T21:30:00+05:30", now=NOW + 300_001)
    yield m.no("too_new", "the local time is right, the offset puts it an hour ahead", ts=T + "-01:00")
    yield m.no("too_old", "the local time is right, the offset puts it an hour back", ts=T + "+01:00")
    yield m.no("too_old", "1970", ts="1970-01-01T00:00:00Z")
    yield m.no("too_new", "9999", ts="9999-12-31T23:59:59Z")


def rendered(m):
    """One instant has many texts, and the MAC is over the text."""
    for text in (T + "+00:00", T + "-00:00", T + ".0Z", T + ".000Z", "2025-11-21T17:00:00+01:00"):
        yield m.no("mismatch", f"signed as {T}Z, sent as another text of it", ts=text, sign={"timestamp": T + "Z"})
    yield m.no("mismatch", "signed as JavaScript prints it, sent shorter", sign={"timestamp": T + ".000Z"})
    yield m.no("mismatch", "signed as Unix seconds", sign={"timestamp": "1763740800"})
    yield m.no("mismatch", "stale and signed, with a fresh timestamp put in", edit=put("timestamp", T + ".5Z"))
    for text in ("2025-11-21t16:00:00z", T, "2025-11-21 16:00:00Z", T + "+0000"):
        yield m.no(
            "malformed timestamp", f"signed as {T}Z, sent as a lax text of it", ts=text, sign={"timestamp": T + "Z"}
        )


# For a source that is configured for it: never a zone, always this many digits.
ZONELESS = {
    3: [
        (None, T + ".123", "three digits and no zone"),
        (None, T + ".000", "three zeros"),
        ("malformed timestamp", T + ".123Z", "a zone"),
        ("malformed timestamp", T + ".123+00:00", "an offset"),
        ("malformed timestamp", T + ".123-00:00", "an unknown offset"),
        ("malformed timestamp", T, "no fraction"),
        ("malformed timestamp", T + ".", "a dot without digits"),
        ("malformed timestamp", T + ".1", "one digit"),
        ("malformed timestamp", T + ".12", "two digits"),
        ("malformed timestamp", T + ".1234", "four digits"),
        ("malformed timestamp", T + ".123456", "six digits"),
        ("malformed timestamp", T + ".123 x", "text after the digits"),
        ("malformed timestamp", "2025-11-21 16:00:00.123", "a space for the T"),
        ("malformed timestamp", "2025-02-29T16:00:00.123", "29 February in a common year"),
        ("malformed timestamp", "2025-11-21T24:00:00.000", "hour 24"),
        ("too_old", "2025-11-21T15:54:59.999", "300.001 s old"),
        (None, "2025-11-21T15:55:00.000", "300.000 s old"),
        (None, "2025-11-21T16:05:00.000", "300.000 s ahead"),
        ("too_new", "2025-11-21T16:05:00.001", "300.001 s ahead"),
    ],
    0: [
        (None, T, "no fraction and no zone"),
        ("malformed timestamp", T + "Z", "a zone"),
        ("malformed timestamp", T + "+00:00", "an offset"),
        ("malformed timestamp", T + ".", "a dot without digits"),
        ("malformed timestamp", T + ".0", "a fraction"),
        ("malformed timestamp", T + ".123", "milliseconds"),
        ("malformed timestamp", T[:-3], "no seconds"),
    ],
    6: [
        (None, T + ".123456", "microseconds, as Python prints them"),
        ("malformed timestamp", T, "what Python prints when there are no microseconds"),
        ("malformed timestamp", T + ".123", "three digits"),
        ("malformed timestamp", T + ".1234567", "seven digits"),
        ("malformed timestamp", T + ".123456Z", "a zone"),
    ],
    9: [
        (None, T + ".123456789", "nanoseconds"),
        ("malformed timestamp", T + ".12345678", "eight digits"),
        ("malformed timestamp", T + ".1234567890", "ten digits"),
    ],
}


def zoneless(digits):
    m = Maker(BOATEROS, timestampFormat={"zone": "none", "fractionDigits": digits})
    tests = []
    for expected, text, comment in ZONELESS[digits]:
        tests.append(m.no(expected, comment, ts=text) if expected else m.ok(comment, ts=text))
    stamp = T if digits == 0 else f"{T}.{'123456789'[:digits]}"
    tests += resplits(m, ts=stamp, body=b'123.{"price":1.5}')
    return m.group("rfc3339", tests, f"without a zone, {digits} digits of fraction")


def captured(m):
    """A genuine request cut elsewhere: the MAC stays right, the timestamp and the body change."""
    yield from resplits(m, ts=T + ".123Z", body=b'{"mail":"a.b@example.com","price":184000.5}')
    yield from resplits(m, ts=T + "Z", body=b"123Z.456+00:00.{}")
    yield from resplits(m, ts=T + ".5+00:00", body=b"..")


def groups():
    m = Maker(BOATEROS)
    yield m.group("rfc3339", list(cases(m)))
    yield m.group("rfc3339", list(captured(m)), "captured requests, cut at every other dot")
    yield from tolerances(BOATEROS, "rfc3339")
    for digits in ZONELESS:
        yield zoneless(digits)
