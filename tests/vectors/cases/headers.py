"""Headers as such: absent, empty, doubled, with odd bytes, under names in any case, and several faults at once."""

from .model import NOW, Maker, also, drop, extra, names, put, rename, reverse

ODD_BYTES = [
    ("\x00", "NUL"),
    ("\x01", "a control byte"),
    ("\t", "a tab"),
    ("\n", "a line feed"),
    ("\r", "a carriage return"),
    ("\x0b", "a vertical tab"),
    ("\x0c", "a form feed"),
    ("\x1b", "an escape"),
    ("\x7f", "DEL"),
    ("\x80", "the first byte above ASCII"),
    ("\x85", "a next-line byte"),
    ("\xa0", "a no-break space in Latin-1"),
    ("\xe9", "a letter in Latin-1"),
    ("\xff", "the last byte"),
    ("\xc3\xa9", "a letter in UTF-8"),
    ("\xef\xbb\xbf", "a byte order mark in UTF-8"),
    ("\xef\xbf\xbd", "U+FFFD, which stands for any invalid byte"),
]


def cases(m):
    roles = [role for role in ("timestamp", "id", "signature") if role in m.scheme.headers]
    for role in roles:
        yield from absent(m, role)
        yield from odd_bytes(m, role)
        if role != "signature" or not m.scheme.joint:
            yield from doubled(m, role)
    yield from named(m)
    yield from several(m, roles)


def absent(m, role):
    name = m.scheme.headers[role]
    forged = role == "signature"
    yield m.no(f"missing {role}", f"no {name}", edit=drop(role), forged=forged)
    for text, comment in (("", "empty"), (" ", "a space"), ("\t \t", "spaces and tabs")):
        yield m.no(f"malformed {role}", f"{name}: {comment}", edit=put(role, text), forged=forged)
    for near in (name + "s", "X-" + name, name.replace("-", "_"), name.replace("-", "")):
        yield m.no(f"missing {role}", f"{near} is another name than {name}", edit=rename(role, near), forged=forged)
    if not forged:
        for text in ("", "undefined", "null", "None"):
            yield m.no(f"missing {role}", f"no {name}, signed as {text!r}", sign={role: text}, edit=drop(role))


def odd_bytes(m, role):
    name = m.scheme.headers[role]
    for text, comment in ODD_BYTES:
        for where, change in (("at the end", lambda v, t=text: v + t), ("inside", lambda v, t=text: v[:4] + t + v[4:])):
            if text == "\t" and where == "at the end":
                continue
            request = odd_request(m, role, change)
            yield m.no(f"malformed {role}", f"{name}: {comment} {where}", **request)


def odd_request(m, role, change):
    """The MAC is right over the odd text itself, not over what it was made from."""
    if role == "signature":
        return {"signature": lambda tag: change(m.scheme.text(tag))}
    parts = m.parts()
    return {{"timestamp": "ts", "id": "id"}[role]: change(parts[role])}


def doubled(m, role):
    name = m.scheme.headers[role]
    values = {**m.parts(), "signature": m.scheme.text(m.tag())}
    others = {"timestamp": m.stamp(NOW + 1000), "id": "other", "signature": m.scheme.text(bytes(32))}
    value, other = values[role], others[role]
    for edit, comment in [
        (also(role, value), "twice the same"),
        (also(role, value, name.lower()), "twice the same, under names in different case"),
        (also(role, other), "the right one, then another"),
        (also(role, other, first=True), "another, then the right one"),
        (also(role, "", first=True), "an empty one, then the right one"),
        (also(role, ""), "the right one, then an empty one"),
        ([also(role, value), also(role, value)], "three times the same"),
        (put(role, f"{value},{value}"), "the same twice in one value"),
        (put(role, f"{value},"), "a comma at the end"),
        (put(role, f",{value}"), "a comma at the beginning"),
        (put(role, f"{value}, {other}"), "a list, the first is right"),
        (put(role, f"{other}, {value}"), "a list, the last is right"),
    ]:
        yield m.no(f"ambiguous {role}", f"{name}: {comment}", edit=edit)
    yield m.no(
        f"ambiguous {role}", f"{name}: two empty ones", edit=[put(role, ""), also(role, "")], forged=role == "signature"
    )
    yield m.no(f"ambiguous {role}", f"{name}: a comma alone", edit=put(role, ","), forged=role == "signature")


def named(m):
    yield m.ok("names in lower case", edit=names(str.lower))
    yield m.ok("names in upper case", edit=names(str.upper))
    yield m.ok("names in mixed case", edit=names(str.swapcase))
    yield m.ok("in the other order", edit=reverse)
    yield m.ok("values between spaces and tabs", edit=[put(role, lambda v: f" \t{v}\t ") for role in m.scheme.headers])
    noise = [extra("Content-Type", "application/json"), extra("Authorization", "Bearer x"), extra("X-Odd", "\xff,\x01")]
    yield m.ok("other headers are none of our business", edit=noise)
    foreign = {"Svix-Id": "msg_1", "X-Hub-Signature-256": "sha256=" + "0" * 64, "X-Slack-Signature": "v0=" + "0" * 64}
    yield m.ok("headers of other schemes beside ours", edit=[extra(*item) for item in foreign.items()])


STALE, AHEAD = NOW + 59_200_000, NOW - 740_800_000

# What is expected, what is wrong, the request. The signature is right unless it is among the faults.
BOTH = [
    ("missing timestamp", "nothing there", {"edit": [drop("timestamp"), drop("id"), drop("signature")]}),
    ("missing signature", "the signature missing, the timestamp malformed", {"edit": drop("signature"), "ts": "junk"}),
    ("missing signature", "the signature missing, the timestamp doubled", {"edit": drop("signature"), "ts": "1,2"}),
    ("missing signature", "the signature missing, the timestamp stale", {"edit": drop("signature"), "now": STALE}),
    (
        "ambiguous timestamp",
        "the timestamp doubled, the signature malformed",
        {"edit": put("signature", "junk"), "ts": "1,2"},
    ),
    ("malformed timestamp", "both malformed", {"edit": put("signature", "junk"), "ts": "junk"}),
    ("malformed timestamp", "the timestamp malformed, the signature forged", {"tag": bytes(32), "ts": "junk"}),
    (
        "malformed signature",
        "the signature malformed, the timestamp stale",
        {"edit": put("signature", "junk"), "now": STALE},
    ),
    ("malformed signature", "the signature empty, the timestamp ahead", {"edit": put("signature", ""), "now": AHEAD}),
    ("too_old", "stale and forged", {"tag": bytes(32), "now": STALE}),
    ("too_new", "ahead and forged", {"tag": bytes(32), "now": AHEAD}),
]

# The same for schemes with an id; here the signature is right.
WITH_ID = [
    ("missing id", "the id missing, the timestamp malformed", {"edit": drop("id"), "ts": "junk"}),
    ("missing id", "the id missing, the timestamp doubled", {"edit": drop("id"), "ts": "1,2"}),
    ("ambiguous id", "the id doubled, the timestamp malformed", {"id": "a,b", "ts": "junk"}),
    ("ambiguous timestamp", "the id doubled, the timestamp doubled", {"id": "a,b", "ts": "1,2"}),
    ("malformed timestamp", "the id malformed, the timestamp malformed", {"id": "a.b", "ts": "junk"}),
    ("malformed id", "the id malformed, the timestamp stale", {"id": "a.b", "now": STALE}),
]


def several(m, roles):
    """Which of several faults is named."""
    for expected, comment, request in BOTH:
        yield m.no(expected, comment, forged=True, **request)
    if "id" in roles:
        for expected, comment, request in WITH_ID:
            yield m.no(expected, comment, **request)
        yield m.no("missing id", "the id and the signature missing", edit=[drop("id"), drop("signature")], forged=True)
        yield m.no(
            "malformed id", "the id and the signature malformed", id="a.b", edit=put("signature", "junk"), forged=True
        )
    else:
        yield m.no(
            "ambiguous signature",
            "the signature doubled, the timestamp malformed",
            ts="junk",
            edit=put("signature", lambda v: f"{v},{v}"),
        )
    if m.scheme.joint:
        request = {"signature": lambda tag: m.scheme.text(tag).replace("v1", "v9", 1)}
        yield m.no("unsupported", "an unknown version, and stale", now=STALE, **request)
        yield m.no("unsupported", "an unknown version, and ahead", now=AHEAD, **request)
        yield m.no("malformed timestamp", "an unknown version, and a malformed timestamp", ts="junk", **request)


def groups(scheme):
    m = Maker(scheme)
    yield m.group("headers", list(cases(m)))
