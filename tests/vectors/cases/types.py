"""Event types: what of a body or a header counts as one, where it came from, and what it does to the dedupe key."""

from .model import CATALOGUE, Maker, Repeat, also

LONGEST = "a." + "b" * 126

# Body, the type that it states. A body that states none may still be a genuine event.
BODIES = [
    ('{"type":"order.completed"}', "order.completed", "a type"),
    ('{"event":"order.completed"}', "order.completed", "an event"),
    ('{"type":"order.completed","event":"order.failed"}', "order.completed", "both: the type wins"),
    ('{"event":"order.failed","type":"order.completed"}', "order.completed", "both, in the other order"),
    ('{"type":"order.completed","event":17}', "order.completed", "a type, and an event that is no string"),
    ('{"type":17,"event":"order.failed"}', "order.failed", "a type that is a number leaves the event its chance"),
    ('{"type":null,"event":"order.failed"}', "order.failed", "a type that is null"),
    ('{"type":"","event":"order.failed"}', "order.failed", "a type that is empty"),
    ('{"type":"Order","event":"order.failed"}', "order.failed", "a type that is no name"),
    ('{"type":{"name":"a.b"},"event":"order.failed"}', "order.failed", "a type that is an object"),
    ('{"type":["order.completed"],"event":"order.failed"}', "order.failed", "a type that is a list"),
    (
        '{"type":"a.b","type":"c.d","event":"order.failed"}',
        "order.failed",
        "a doubled type leaves the event its chance",
    ),
    ('{"type":"order.completed","event":"a.b","event":"c.d"}', "order.completed", "a doubled event beside a type"),
    ('{"type":"order.completed","type":"order.completed"}', None, "a type twice the same"),
    ('{"type":"order.completed","type":"order.failed"}', None, "two types"),
    ('{"event":"order.completed","event":"order.failed"}', None, "two events"),
    ('{"type":"order.completed","\\u0074ype":"order.failed"}', None, "two types, one with an escape in its name"),
    ('{"type":"order.completed","type":null}', None, "a type and a null under the same name"),
    ('{"\\u0074ype":"order.completed"}', "order.completed", "an escape in the name"),
    ('{"type":"order\\u002ecompleted"}', "order.completed", "an escape in the value"),
    ('{"data":1,"data":2,"type":"order.completed"}', "order.completed", "another name doubled"),
    ('{"data":{"type":"a.b","type":"c.d"},"type":"order.completed"}', "order.completed", "a type doubled further in"),
    ('{"data":{"type":"order.completed"}}', None, "a type further in"),
    ('{"data":"{\\"type\\":\\"order.completed\\"}"}', None, "a type in a string"),
    ('{"Type":"order.completed"}', None, "a name in another case"),
    ('{"type ":"order.completed"}', None, "a name with a space"),
    ('{"event_type":"order.completed"}', None, "another name"),
    ('[{"type":"order.completed"}]', None, "a list"),
    ('"order.completed"', None, "a string"),
    ("order.completed", None, "text"),
    ("type=order.completed", None, "a form"),
    ("", None, "an empty body"),
    ("{}", None, "an empty object"),
    ('{"type":"order"}', None, "one segment"),
    ('{"type":"order."}', None, "an empty last segment"),
    ('{"type":".completed"}', None, "an empty first segment"),
    ('{"type":"order..completed"}', None, "an empty segment inside"),
    ('{"type":"."}', None, "a dot"),
    ('{"type":"Order.Completed"}', None, "upper case"),
    ('{"type":"order.completed "}', None, "a space at the end"),
    ('{"type":"order.completed\\n"}', None, "a line feed at the end"),
    ('{"type":"order.completed\\u0000"}', None, "NUL at the end"),
    ('{"type":"order-item.completed"}', None, "a hyphen"),
    ('{"type":"order/completed"}', None, "a slash"),
    ('{"type":"order.*"}', None, "a pattern"),
    ('{"type":"\u043erder.completed"}', None, "a Cyrillic letter"),
    ('{"type":"order\uff0ecompleted"}', None, "a full-width dot"),
    ('{"type":"1.2"}', "1.2", "digits are allowed"),
    ('{"type":"_._"}', "_._", "underscores are allowed"),
    ('{"type":"a.b.c.d.e"}', "a.b.c.d.e", "five segments"),
    ('{"type":"order.created"}', "order.created", "a name that nobody catalogued"),
    (f'{{"type":"{LONGEST}"}}', LONGEST, "128 characters, the most"),
    (f'{{"type":"{LONGEST}b"}}', None, "129 characters"),
    ('{"type":"order.completed","n":1e999}', "order.completed", "a number that no double holds"),
    ('{"type":"order.completed","n":-0.0e-5}', "order.completed", "a number written oddly"),
    (' \t\r\n{"type":"order.completed"} \r\n', "order.completed", "white space around"),
    ('{"type":"order.completed"', None, "not closed"),
    ('{"type":"order.completed"}}', None, "closed twice"),
    ('{"type":"order.completed"} x', None, "text after it"),
    ('{"type":"order.completed"}{}', None, "another object after it"),
    ('{"type":"order.completed",}', None, "a comma before the end"),
    ("{'type':'order.completed'}", None, "single quotes"),
    ('{type:"order.completed"}', None, "no quotes"),
    ('{"type":"order.completed"/**/}', None, "a comment"),
    ('{"type":"order.completed","n":NaN}', None, "not a number"),
    ('{"type":"order.completed","n":01}', None, "a leading zero"),
    ('{"type":"order.completed","s":"\n"}', None, "a line feed in a string"),
    ('{"type":"order.completed","s":"\\x"}', None, "an escape that there isn't"),
    ('\ufeff{"type":"order.completed"}', None, "a byte order mark"),
    (b'{"type":"order.completed","s":"\xff"}', None, "a byte that is not UTF-8, elsewhere"),
    (b'{"type":"order.complet\xe9d"}', None, "a byte that is not UTF-8, in the type"),
    (b'{"type":"order.completed"}\0', None, "NUL after it"),
    ('{"type":"order.completed"}'.encode("utf-16-le"), None, "UTF-16"),
]


def nested(depth, before="", after=""):
    """An object as deep as this, counting the object itself."""
    return '{%s"d":%s%s%s}' % (before, "[" * (depth - 1), "]" * (depth - 1), after)


DEEP = [
    (nested(128, '"type":"order.completed",'), "order.completed", "a depth of 128, the most"),
    (nested(129, '"type":"order.completed",'), None, "a depth of 129"),
    (nested(129, after=',"type":"order.completed"'), None, "a depth of 129 before the type"),
    (nested(128, after=',"type":"order.completed"'), "order.completed", "a depth of 128 before the type"),
    (nested(1000, '"type":"order.completed",'), None, "a depth of 1,000"),
    (Repeat("[", 100_000), None, "100,000 brackets that nobody closes"),
    (Repeat('{"type":', 20_000), None, "20,000 objects that nobody closes"),
    ('{"type":"order.completed","d":["[[[[","{{{{"]}', "order.completed", "brackets in strings are not depth"),
]

# The header, what counts of it.
HEADERS = [
    ("hull.created", "hull.created", "a catalogued type"),
    (" \thull.created\t ", "hull.created", "spaces and tabs around"),
    ("hull.renamed", "hull.renamed", "a name that nobody catalogued"),
    ("a.b.c", "a.b.c", "three segments"),
    (LONGEST, LONGEST, "128 characters, the most"),
    (LONGEST + "b", None, "129 characters"),
    ("a." * 1000 + "b", None, "2,001 characters"),
    (None, None, "no header"),
    ("", None, "empty"),
    (" ", None, "a space"),
    ("hull", None, "one segment"),
    ("hull.", None, "an empty last segment"),
    ("hull..created", None, "an empty segment inside"),
    ("Hull.Created", None, "upper case"),
    ("hull.*", None, "a pattern"),
    ("hull created", None, "a space inside"),
    ("hull.created,", None, "a comma"),
    ("hull.created, hull.sold", None, "two in one value"),
    ('"hull.created"', None, "quotes"),
    ("hull.created;q=1", None, "a parameter"),
    ("hull.cr\x01ated", None, "a control byte"),
    ("hull.created\x7f", None, "DEL"),
    ("hull.cr\xe9ated", None, "a letter in Latin-1"),
    ("hull.created\xff", None, "the last byte"),
    ("hull.created\x00", None, "NUL"),
    ("<script>alert(1)</script>", None, "what a page would run"),
]

# Body, header, the type, whether it is signed, whether the two differ.
BOTH = [
    ('{"type":"hull.sold"}', "hull.sold", "hull.sold", True, False, "body and header agree"),
    ('{"event":"hull.sold"}', "hull.sold", "hull.sold", True, False, "the body's event and the header agree"),
    ('{"type":"hull.sold"}', "hull.created", "hull.sold", True, True, "body and header differ"),
    ('{"event":"hull.sold"}', "hull.created", "hull.sold", True, True, "the body's event and the header differ"),
    (
        '{"type":"hull.sold","event":"hull.created"}',
        "hull.created",
        "hull.sold",
        True,
        True,
        "the header agrees with the event, not with the type",
    ),
    (
        '{"type":"hull.renamed"}',
        "hull.created",
        "hull.renamed",
        True,
        True,
        "the body's type is not catalogued, the header's is",
    ),
    (
        '{"type":"hull.sold"}',
        "hull.renamed",
        "hull.sold",
        True,
        True,
        "the header's type is not catalogued, the body's is",
    ),
    ('{"type":"hull.sold"}', None, "hull.sold", True, False, "no header"),
    ('{"type":"hull.sold"}', "", "hull.sold", True, False, "an empty header"),
    ('{"type":"hull.sold"}', "Hull.Created", "hull.sold", True, False, "a header that is no name is no conflict"),
    ('{"type":"hull.sold"}', "hull.cr\xe9ated", "hull.sold", True, False, "a header with an odd byte is no conflict"),
    ('{"type":"hull.sold"}', "hull.created, hull.updated", "hull.sold", True, False, "a doubled header is no conflict"),
    ('{"type":17}', "hull.created", "hull.created", False, False, "the body's type is a number"),
    (
        '{"type":"hull.sold","type":"hull.sold"}',
        "hull.created",
        "hull.created",
        False,
        False,
        "the body's type is doubled",
    ),
    ('{"type":"Hull.Sold"}', "hull.created", "hull.created", False, False, "the body's type is no name"),
    ('{"data":{"type":"hull.sold"}}', "hull.created", "hull.created", False, False, "the body's type is further in"),
    ("not json", "hull.created", "hull.created", False, False, "the body is text"),
    ("", "hull.created", "hull.created", False, False, "the body is empty"),
    (nested(129, '"type":"hull.sold",'), "hull.created", "hull.created", False, False, "the body is too deep"),
    (b'{"type":"hull.sold","s":"\xff"}', "hull.created", "hull.created", False, False, "the body is not UTF-8"),
]


def groups(scheme):
    m = Maker(scheme)
    in_header = "type" in m.scheme.headers
    bodies = BODIES + DEEP
    if m.scheme.name == "standard-webhooks":
        bodies = [row for row in bodies if '"event"' not in str(row[0])]
    tests = [m.ok(comment, body=as_bytes(body), type=type, event=None) for body, type, comment in bodies]
    tests += [
        m.ok("catalogued", body=b'{"type":"%s"}' % name.encode(), type=name, event=None)
        for name in CATALOGUE.get(scheme.name, [])
    ]
    if in_header:
        tests += header_cases(m)
    yield m.group("event-types", tests)


def header_cases(m):
    for text, type, comment in HEADERS:
        yield m.ok(f"header: {comment}", event=text, type=type, signed=False)
    for name in CATALOGUE["boateros"]:
        yield m.ok("header: catalogued; equal bodies, other dedupe keys", event=name, type=name, signed=False)
    for body, text, type, signed, conflict, comment in BOTH:
        yield m.ok(comment, body=as_bytes(body), event=text, type=type, signed=signed, conflict=conflict)
    yield m.ok("header: twice the same", edit=also("type", m.scheme.type), type=None)
    yield m.ok("header: two that differ", edit=also("type", "hull.sold"), type=None)
    yield m.ok("header: an empty one after it", edit=also("type", ""), type=None)


def as_bytes(body):
    return body.encode() if isinstance(body, str) else body
