"""Key windows: `notBefore` inclusive, `notAfter` exclusive, judged by the clock to the millisecond."""

from .model import DAY, NOW, Maker, key

OLD, NEW, THIRD = "retired-secret-of-last-year", "current-secret-of-this-year", "future-secret-of-next-year"
START, END = NOW, NOW + 7 * DAY
WINDOW = END - START


def secret(scheme, text):
    """The same bytes in a form that the scheme takes: as text they are no base64."""
    return text.encode() if scheme.name == "standard-webhooks" else text


def maker(scheme, *keys):
    return Maker(scheme, [key(secret(scheme, text), name, **window) for name, text, window in keys])


class Clock:
    """Requests that are signed at the moment they arrive."""

    def __init__(self, m):
        self.m = m

    def ok(self, now, by, comment, **request):
        return self.m.ok(comment, now=now, ts=self.m.stamp(now), by=by, **request)

    def no(self, now, expected, by, comment, **request):
        request.setdefault("ts", self.m.stamp(now))
        return self.m.no(expected, comment, now=now, by=by, **request)


def overlap(scheme):
    """A rotation: both keys for seven days."""
    m = maker(scheme, ("old", OLD, {"notAfter": END}), ("new", NEW, {"notBefore": START}))
    at = Clock(m)
    tests = [
        at.ok(START - DAY, "old", "before the overlap: the old key"),
        at.no(START - DAY, "mismatch", "new", "before the overlap: the new key"),
        at.ok(START - 1, "old", "a millisecond before the overlap: the old key"),
        at.no(START - 1, "mismatch", "new", "a millisecond before the overlap: the new key"),
        at.ok(START, "new", "the first millisecond of the overlap: the new key"),
        at.ok(START, "old", "the first millisecond of the overlap: the old key"),
        at.ok(START + 1, "new", "the second millisecond of the overlap: the new key"),
        at.ok(START + WINDOW // 2, "old", "in the overlap: the old key"),
        at.ok(START + WINDOW // 2, "new", "in the overlap: the new key"),
        at.ok(END - 1, "old", "the last millisecond of the overlap: the old key"),
        at.ok(END - 1, "new", "the last millisecond of the overlap: the new key"),
        at.no(END, "mismatch", "old", "the overlap is over: the old key"),
        at.ok(END, "new", "the overlap is over: the new key"),
        at.no(END + 1, "mismatch", "old", "a millisecond after the overlap: the old key"),
        at.no(END + 1000, "mismatch", "old", "a second after the overlap: the old key"),
        at.no(END + 365 * DAY, "mismatch", "old", "a year after the overlap: the old key"),
        at.no(START + 1, "mismatch", b"neither-secret-0001", "in the overlap: neither key", forged=True),
        at.no(END + DAY, "mismatch", b"neither-secret-0001", "after the overlap: neither key", forged=True),
        # The clock decides, not the timestamp.
        at.no(END, "mismatch", "old", "signed a minute before the end, comes after it", ts=m.stamp(END - 60_000)),
        m.ok("dated after the end, comes before it", now=END - 1, ts=m.stamp(END + 60_000), by="old"),
        m.ok("dated before the beginning, comes at it", now=START, ts=m.stamp(START - 60_000), by="new"),
        m.no(
            "mismatch",
            "dated after the beginning, comes before it",
            now=START - 1,
            ts=m.stamp(START + 60_000),
            by="new",
        ),
        at.no(END, "too_old", "old", "the old key, and stale", ts=m.stamp(END - 301_000)),
    ]
    if scheme.joint:
        tests += both(m)
    return m.group("key-windows", tests, "a rotation with seven days of overlap")


def both(m):
    """One request with a signature of each key, as a provider sends it in a rotation."""
    for now, named, comment in [
        (START - 1, "old", "before the overlap, the old key is named"),
        (START, "old", "in the overlap, the first of the keyring is named"),
        (END - 1, "old", "in the last millisecond, the first of the keyring is named"),
        (END, "new", "after the overlap, the new key is named"),
    ]:
        ts = m.stamp(now)
        tags = {name: m.scheme.text(m.tag(ts=ts, by=name)) for name in ("old", "new")}
        for order in (("old", "new"), ("new", "old")):
            text = m.scheme.joint.join(tags[name] for name in order)
            what = f"signatures of the {order[0]} and the {order[1]} key: {comment}"
            yield m.ok(what, now=now, ts=ts, key=named, signature=lambda tag, text=text: text)


def single(scheme):
    """One key with a beginning and an end: outside there is none."""
    m = maker(scheme, ("only", OLD, {"notBefore": START, "notAfter": END}))
    at = Clock(m)
    tests = [
        at.no(START - DAY, "no_active_key", "only", "a day before the beginning"),
        at.no(START - 1, "no_active_key", "only", "a millisecond before the beginning"),
        at.ok(START, "only", "the beginning belongs to the window"),
        at.ok(END - 1, "only", "the last millisecond"),
        at.no(END, "no_active_key", "only", "the end doesn't belong to the window"),
        at.no(END + DAY, "no_active_key", "only", "a day after the end"),
        at.no(END, "no_active_key", b"neither-secret-0001", "forged, when there is no key", forged=True),
        at.no(END, "too_old", "only", "no key, and stale", ts=m.stamp(END - 301_000)),
        at.no(END, "too_new", "only", "no key, and ahead", ts=m.stamp(END + 302_000)),
        at.no(END, "malformed timestamp", "only", "no key, and a malformed timestamp", ts="junk"),
        at.no(START, "mismatch", b"neither-secret-0001", "forged, in the window", forged=True),
    ]
    return m.group("key-windows", tests, "one key with a beginning and an end")


def gap(scheme):
    m = maker(scheme, ("before", OLD, {"notAfter": START}), ("after", NEW, {"notBefore": START + 1000}))
    at = Clock(m)
    tests = [
        at.ok(START - 1, "before", "the last millisecond of the first key"),
        at.no(START, "no_active_key", "before", "the gap begins: the first key"),
        at.no(START, "no_active_key", "after", "the gap begins: the second key"),
        at.no(START + 999, "no_active_key", "after", "the last millisecond of the gap"),
        at.ok(START + 1000, "after", "the gap is over"),
        at.no(START + 1000, "mismatch", "before", "the gap is over: the first key"),
    ]
    return m.group("key-windows", tests, "a second between two keys")


def adjoining(scheme):
    one = {"notBefore": START, "notAfter": START + 1}
    m = maker(
        scheme, ("before", OLD, {"notAfter": START}), ("moment", THIRD, one), ("after", NEW, {"notBefore": START + 1})
    )
    at = Clock(m)
    tests = []
    for now, active in ((START - 1, "before"), (START, "moment"), (START + 1, "after")):
        for name in ("before", "moment", "after"):
            comment = f"{now - START:+} ms: the key {name!r}"
            tests.append(at.ok(now, name, comment) if name == active else at.no(now, "mismatch", name, comment))
    return m.group("key-windows", tests, "three keys without a gap, the second for one millisecond")


def without_windows(scheme):
    m = maker(scheme, ("first", OLD, {}), ("second", NEW, {}), ("third", THIRD, {}))
    at = Clock(m)
    tests = [at.ok(NOW, name, f"three keys, signed by the {name}") for name in ("first", "second", "third")]
    tests.append(at.no(NOW, "mismatch", b"neither-secret-0001", "three keys, signed by none", forged=True))
    return m.group("key-windows", tests, "three keys that are always active")


def groups(scheme):
    for table in (overlap, single, gap, adjoining, without_windows):
        yield table(scheme)
