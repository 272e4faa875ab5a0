"""Headers as such: absent, empty, doubled, with odd bytes, under names in any case, and several faults at once."""

from .model import Maker, also, drop, extra, names, put, rename, reverse

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
        part = {"timestamp": "timestamp", "id": "id"}[role]
        for text in ("", "undefined", "null", "None"):
            yield m.no(f"missing {role}", f"no {name}, signed as {text!r}", sign={part: text}, edit=drop(role))


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
    value = m.scheme.text(m.tag()) if role == "signature" else m.parts()[role]
    other = m.scheme.text(bytes(32)) if role == "signature" else {"timestamp": m.stamp(1_763_740_801_000), "id": "other"}[role]
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
    yield m.no(f"ambiguous {role}", f"{name}: two empty ones", edit=[put(role, ""), also(role, "")], forged=role == "signature")
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


def several(m, roles):
    """Which of several faults is named."""
    broken = {"timestamp": "junk", "id": "a.b", "signature": "junk"}
    twice = {"timestamp": "1,2", "id": "a,b", "signature": "junk"}
    last = roles[-1]
    everything = [drop(role) for role in roles]
    yield m.no("missing timestamp", "nothing there", edit=everything, forged=True)
    for role in roles:
        rest = [drop(other) for other in roles[roles.index(role) :]]
        yield m.no(f"missing {role}", f"{role} and all after it missing", edit=rest, forged=True)
        if role != "timestamp":
            yield m.no(f"missing {role}", f"{role} missing, the timestamp malformed", edit=[drop(role), put("timestamp", "junk")], forged=role == last)
            yield m.no(f"missing {role}", f"{role} missing, the timestamp doubled", edit=[drop(role), put("timestamp", "1,2")], forged=role == last)
    yield m.no("malformed timestamp", "everything malformed", edit=[put(role, broken[role]) for role in roles], forged=True)
    yield m.no("ambiguous timestamp", "all single values doubled", edit=[put(role, twice[role]) for role in roles], forged=True)
    yield m.no("malformed timestamp", "the timestamp malformed, the signature forged", edit=put("timestamp", "junk"), tag=bytes(32), forged=True)
    yield m.no("malformed signature", "the signature malformed, the timestamp stale", now=1_763_800_000_000, edit=put("signature", "junk"), forged=True)
    yield m.no("malformed signature", "the signature empty, the timestamp ahead", now=1_763_000_000_000, edit=put("signature", ""), forged=True)
    yield m.no("too_old", "stale and forged", now=1_763_800_000_000, tag=bytes(32), forged=True)
    yield m.no("too_new", "ahead and forged", now=1_763_000_000_000, tag=bytes(32), forged=True)
    if "id" in roles:
        yield m.no("ambiguous id", "the id doubled, the timestamp malformed", edit=[put("id", "a,b"), put("timestamp", "junk")])
        yield m.no("malformed id", "the id malformed, the signature malformed", edit=[put("id", "a.b"), put("signature", "junk")], forged=True)
        yield m.no("malformed id", "the id malformed, the timestamp stale", now=1_763_800_000_000, id="a.b")
    else:
        edit = [put("signature", "00,00"), put("timestamp", "junk")]
        yield m.no("ambiguous signature", "the signature doubled, the timestamp malformed", edit=edit, forged=True)
    if m.scheme.joint:
        unknown = {"peeker": lambda tag: "v9=" + tag.hex()}.get(m.scheme.name, lambda tag: "v9," + m.scheme.text(tag)[3:])
        yield m.no("unsupported", "an unknown version, and stale", now=1_763_800_000_000, signature=unknown)
        yield m.no("unsupported", "an unknown version, and ahead", now=1_763_000_000_000, signature=unknown)
        yield m.no("malformed timestamp", "an unknown version, and a malformed timestamp", ts="junk", signature=unknown)


def groups(scheme):
    m = Maker(scheme)
    yield m.group("headers", list(cases(m)))
