"""Event ids: `[A-Za-z0-9_-]{1,255}`, because they stand between two dots under the MAC."""

from .model import Maker, also, put
from .resplits import groups as resplit_groups

VALID = [
    ("a", "one character"),
    ("-", "a hyphen"),
    ("_", "an underscore"),
    ("0", "a zero"),
    ("1763740800", "digits that look like a timestamp"),
    ("--help", "leading hyphens"),
    ("__proto__", "a name that means something to JavaScript"),
    ("null", "null as a word"),
    ("EVT_01HZX", "upper case"),
    ("0190a6c4-7b1e-7cc3-98c4-dc0c0c07398f", "a UUID"),
    ("e" * 254, "254 characters"),
    ("e" * 255, "255 characters, the most"),
]

MALFORMED = [
    ("e" * 256, "256 characters"),
    ("e" * 1024, "1,024 characters"),
    ("evt.1", "a dot"),
    (".evt_1", "a dot at the beginning"),
    ("evt_1.", "a dot at the end"),
    (".", "a dot alone"),
    ("..", "two dots"),
    ("../seen", "a path upwards"),
    ("evt 1", "a space inside"),
    ("evt\t1", "a tab inside"),
    ("evt/1", "a slash"),
    ("evt\\1", "a backslash"),
    ("evt:1", "a colon"),
    ("evt;1", "a semicolon"),
    ("evt%2E1", "a dot in percent encoding"),
    ("evt+1", "a plus sign"),
    ("evt=1", "an equals sign"),
    ("evt~1", "a tilde"),
    ("evt@1", "an at sign"),
    ("evt#1", "a hash sign"),
    ("evt*", "a star"),
    ("evt$&", "what a string replacement would expand"),
    ("{body}", "a placeholder"),
    ('"evt_1"', "quotes"),
    ("'; DROP TABLE seen; --", "what a database would run"),
    ("<script>", "what a page would run"),
    ("\u00e9vt_1", "a letter in Latin-1"),
    ("evt_\u00d0\u00b0", "a Cyrillic letter, as UTF-8"),
    ("evt\u00ad_1", "a soft hyphen in Latin-1"),
    ("evt\u00ef\u00bc\u008e1", "a full-width dot, as UTF-8"),
    ("evt\u00b7" + "1", "a middle dot in Latin-1"),
]


def cases(m):
    name = m.scheme.id
    for text, comment in VALID:
        yield m.ok(comment, id=text)
    yield m.ok("spaces and tabs around are not part of the value", id=f"\t {name} \t")
    for text, comment in MALFORMED:
        yield m.no("malformed id", comment, id=text)
    yield m.no("ambiguous id", "a comma", id="evt,1")
    yield m.no("ambiguous id", "the signed one, then another", edit=also("id", "evt_other"))
    for other, comment in [
        (name + "0", "a character added"),
        (name[:-1], "a character taken away"),
        (name.swapcase(), "the case swapped"),
        (name[:-1] + "-", "the last character changed"),
        ("evt_other", "another id"),
    ]:
        yield m.no("mismatch", comment, edit=put("id", other))
    yield m.no("malformed id", "a dot added to what was signed", edit=put("id", name + ".0"))
    yield m.no("malformed id", "percent encoding of what was signed", edit=put("id", "%65" + name[1:]))


def groups(scheme):
    m = Maker(scheme)
    yield m.group("event-ids", list(cases(m)))
    yield from resplit_groups(scheme)
