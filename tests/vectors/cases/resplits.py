"""Captured requests, cut at other dots: the signed bytes and their MAC stay, what they are taken for changes."""

import re
from itertools import combinations

from .model import Maker, unix

UNIX = re.compile(r"[1-9][0-9]{0,11}")
ID = re.compile(r"[A-Za-z0-9_-]{1,255}")


def resplits(m, *, ts, id="", body):
    """Every cut of the captured request but its own. None of them may pass, so the first role at fault is named."""
    original = {"timestamp": ts, "id": id}
    parts = {**original, "body": body}
    text = m.scheme.content(parts).decode("latin-1")
    dots = [i for i, character in enumerate(text) if character == "."]
    tag = m.tag(ts=ts, id=id, body=body)
    for cut in combinations(dots, len(m.scheme.parts)):
        edges = [-1, *cut, len(text)]
        pieces = [text[a + 1 : b] for a, b in zip(edges, edges[1:])]
        values = dict(zip((*m.scheme.parts, "body"), pieces))
        if all(values[role] == original[role] for role in m.scheme.parts):
            continue
        request = {"ts": values["timestamp"], "id": values.get("id", ""), "body": values["body"].encode("latin-1")}
        where = " and ".join(str(position) for position in cut)
        yield m.no(fault(m, values), f"cut at {where} of {text}", tag=tag, **request)


def fault(m, values):
    """Doubled comes before malformed, the timestamp before the id."""
    roles = [role for role in ("timestamp", "id") if role in m.scheme.parts]
    for role in roles:
        if "," in values[role]:
            return f"ambiguous {role}"
    grammar = {"timestamp": UNIX, "id": ID}
    for role in roles:
        if m.scheme.stamp is not unix or not grammar[role].fullmatch(values[role]):
            return f"malformed {role}"
    raise AssertionError(f"a second reading: {values}")


def groups(scheme):
    m = Maker(scheme)
    ts = m.stamp(1_763_740_800_000)
    bodies = [
        (m.scheme.id, b'{"price":12.5,"mail":"a.b@example.com"}'),
        ("1763740801", b"1763740802.3.{}"),
        ("evt_1", b".."),
        ("evt_1", b"evt_2.payload=1.5"),
    ]
    tests = [test for id, body in bodies for test in resplits(m, ts=ts, id=id, body=body)]
    yield m.group("event-ids", tests, "captured requests, cut at every other pair of dots")
