"""What a vector is made of: schemes, keys, requests, and what is expected of them.

A table of cases says what is sent and what must come of it. This file signs the request, and records by what right a
refused request is dangerous, so that a table can't hold a hostile case that any verifier would refuse anyway.
"""

import base64
import hashlib
import hmac
import re
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone

NOW = 1_763_740_800_000  # 2025-11-21T16:00:00Z
DAY = 86_400_000
DEFAULT = object()


@dataclass(frozen=True)
class Scheme:
    """How one provider signs, and the request that its cases start from."""

    name: str
    parts: tuple  # the roles under the MAC before the body, in order
    headers: dict  # role -> canonical header name
    text: object  # tag bytes -> one entry of the signature header
    stamp: object  # milliseconds -> text of the timestamp header
    secret: str
    id: str
    body: bytes
    type: str
    joint: str = ""  # what stands between two signatures, where several are allowed

    def content(self, parts):
        return b".".join([*(parts[role].encode("latin-1") for role in self.parts), parts["body"]])


def unix(milliseconds):
    return str(milliseconds // 1000)


def rfc3339(milliseconds):
    moment = datetime(1970, 1, 1, tzinfo=timezone.utc) + timedelta(milliseconds=milliseconds)
    fraction = f".{milliseconds % 1000:03}" if milliseconds % 1000 else ""
    return moment.strftime("%Y-%m-%dT%H:%M:%S") + fraction + "Z"


def base64_text(tag):
    return base64.b64encode(tag).decode()


PEEKER = Scheme(
    name="peeker",
    parts=("timestamp", "id"),
    headers={"timestamp": "Peeker-Timestamp", "id": "Peeker-Event-Id", "signature": "Peeker-Signature"},
    text=lambda tag: "v1=" + tag.hex(),
    stamp=unix,
    secret="peeker-listener-secret-0001",
    id="evt_01HZX3V9K2",
    body=b'{"type":"order.completed","data":{"status":"completed","total":12.5}}',
    type="order.completed",
    joint=", ",
)

BOATEROS = Scheme(
    name="boateros",
    parts=("timestamp",),
    headers={"timestamp": "Boateros-Timestamp", "signature": "Boateros-Signature", "type": "Boateros-Event"},
    text=lambda tag: tag.hex(),
    stamp=rfc3339,
    secret="boateros-endpoint-secret-0001",
    id="",
    body=b'{"data":{"hull":"HIN-48213","price":184000.5,"status":"listed"}}',
    type="hull.price_changed",
)

STANDARD = Scheme(
    name="standard-webhooks",
    parts=("id", "timestamp"),
    headers={"id": "webhook-id", "timestamp": "webhook-timestamp", "signature": "webhook-signature"},
    text=lambda tag: "v1," + base64_text(tag),
    stamp=unix,
    secret="whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
    id="msg_2KWPBgLlAfxdpx2AI54pPJ85f4W",
    body=b'{"type":"invoice.paid","data":{"id":"in_17","total":12.5}}',
    type="invoice.paid",
    joint=" ",
)

CATALOGUE = {
    "peeker": """order.in_progress order.completed order.failed order.action_required order.cancel_scheduled
        order.cancelled domain.connected domain.action_required domain.forwarding_updated domain.forwarding_failed
        domain_import.completed domain_import.failed domain_import.action_required swap.created swap.in_progress
        swap.completed swap.failed swap.action_required""".split(),
    "boateros": """hull.created hull.updated hull.price_changed hull.sold hull.syndicated hull.photos_added
        lead.created lead.qualified lead.assigned lead.converted lead.stalled lead.sms_sent lead.consent_captured
        deal.opened deal.offer_sent deal.accepted deal.funded deal.cancelled service.opened service.parts_ordered
        service.completed service.invoiced payment.succeeded payment.refunded payment.failed listing.published
        listing.updated listing.removed""".split(),
}

CODES = {
    "missing": "missing_header",
    "ambiguous": "ambiguous_header",
    "malformed": "malformed_header",
    "unsupported": "unsupported_signature",
    "too_old": "timestamp_too_old",
    "too_new": "timestamp_too_new",
    "no_active_key": "no_active_key",
    "mismatch": "signature_mismatch",
}


def key(secret, id="key-1", **window):
    """A key as the corpus writes it. A secret in bytes becomes hexadecimal."""
    form = {"secretHex": secret.hex()} if isinstance(secret, bytes) else {"secret": secret}
    return {"id": id, **form, **window}


def key_bytes(entry, scheme):
    if "secretHex" in entry:
        return bytes.fromhex(entry["secretHex"])
    if scheme.name == "standard-webhooks":
        return base64.b64decode(entry["secret"].removeprefix("whsec_"), validate=True)
    return entry["secret"].encode()


def mac(secret, content):
    return hmac.new(secret, content, hashlib.sha256).digest()


def body_fields(body):
    """A body as text where it is UTF-8, as a repetition where it says so, else as hexadecimal."""
    if isinstance(body, Repeat):
        return {"bodyRepeat": {"text": body.text, "count": body.count}}
    try:
        return {"body": body.decode()}
    except UnicodeDecodeError:
        return {"bodyHex": body.hex()}


@dataclass(frozen=True)
class Repeat:
    """A long body, written short."""

    text: str
    count: int


def body_bytes(body):
    return body.text.encode() * body.count if isinstance(body, Repeat) else body


def sent_value(headers, name):
    """What a runtime that behaves as Fetch does reads under a name."""
    values = [value.strip(" \t") for n, value in headers if n.lower() == name.lower()]
    return ", ".join(values) if values else None


def holds(text, tag):
    """Whether a decoder of any laxity could find this whole tag in the text of a signature header."""
    if tag.hex() in re.sub("[^0-9a-f]", "", text.lower()):
        return True
    forms = (base64.b64encode(tag), base64.urlsafe_b64encode(tag))
    return any(form.decode().rstrip("=") in text for form in forms)


def holds_piece(text, tag):
    """Whether the text has the beginning or the end of the tag, as a comparison up to the shorter length would like."""
    runs = re.findall("[0-9a-f]{2,}", text.lower()) + re.findall("[A-Za-z0-9+/]{3,}", text)
    wholes = (tag.hex(), base64_text(tag).rstrip("="))
    return any(whole.startswith(run) or whole.endswith(run) for run in runs for whole in wholes)


class Maker:
    """Makes the tests of one group: one scheme, one keyring, one set of options."""

    def __init__(self, scheme, keys=None, **options):
        self.scheme = scheme
        self.keys = keys if keys is not None else [key(scheme.secret)]
        self.options = options

    def stamp(self, milliseconds):
        return self.scheme.stamp(milliseconds)

    def tag(self, by=None, **parts):
        """The tag over these parts (the default request's for those left out), by a key's id or a secret in bytes."""
        content = self.scheme.content(self.parts(**parts))
        return mac(self.secret(by), content)

    def parts(self, ts=DEFAULT, id=DEFAULT, body=DEFAULT):
        defaults = {"timestamp": self.stamp(NOW), "id": self.scheme.id, "body": self.scheme.body}
        given = {"timestamp": ts, "id": id, "body": body}
        return {role: defaults[role] if given[role] is DEFAULT else given[role] for role in defaults}

    def secret(self, by):
        if isinstance(by, bytes):
            return by
        entry = next(k for k in self.keys if by is None or k["id"] == by)
        return key_bytes(entry, self.scheme)

    def ok(self, comment, *, type=DEFAULT, signed=DEFAULT, conflict=False, key=None, **request):
        """A request that must pass. With a body of its own it has no type unless the case says so."""
        test, sent = self._request(comment, **request)
        in_header = "type" in self.scheme.headers
        if type is DEFAULT:
            own_body = request.get("body", DEFAULT) is not DEFAULT and not in_header
            type = None if own_body else self.scheme.type
            signed = type is not None and not in_header if signed is DEFAULT else signed
        elif signed is DEFAULT:
            signed = type is not None
        test |= {"result": "valid", "keyId": key or request.get("by", self.keys[0]["id"])}
        test |= {"dedupeKey": self._dedupe_key(sent, type), "type": type}
        return test | {"typeSigned": signed, "typeConflict": conflict}

    def no(self, expected, comment, *, forged=False, **request):
        """A request that must be refused: `expected` is a word of CODES, and the role of the header at fault."""
        test, sent = self._request(comment, **request)
        word, _, role = expected.partition(" ")
        test |= {"result": "invalid", "code": CODES[word]}
        if role:
            test["header"] = self.scheme.headers[role]
        right = self._right(sent, test["headers"])
        if forged == bool(right):
            raise AssertionError(f"{self.scheme.name}: {comment!r} is {'not ' if forged else ''}forged")
        return test | right

    def group(self, name, tests, comment=None):
        head = {"class": name, "scheme": self.scheme.name} | ({"comment": comment} if comment else {})
        return head | {"keys": self.keys} | self.options | {"tests": tests}

    def _request(
        self,
        comment,
        *,
        now=NOW,
        ts=DEFAULT,
        id=DEFAULT,
        body=DEFAULT,
        event=DEFAULT,
        sign=None,
        by=None,
        signature=None,
        tag=None,
        edit=(),
    ):
        parts = self.parts(ts, id, body_bytes(body) if body is not DEFAULT else body)
        signed = {role: text.strip(" \t") if role != "body" else text for role, text in parts.items()} | (sign or {})
        right = mac(self.secret(by), self.scheme.content(signed)) if tag is None else tag
        values = dict(parts, signature=signature(right) if signature else self.scheme.text(right))
        values["type"] = self.scheme.type if event is DEFAULT else event
        rows = [(role, name, values[role]) for role, name in self.scheme.headers.items() if values[role] is not None]
        for change in edit if isinstance(edit, (list, tuple)) else [edit]:
            rows = change(rows, self.scheme)
        headers = [[name, value] for _, name, value in rows]
        test = {"comment": comment, "now": now, "headers": headers}
        test |= body_fields(parts["body"] if body is DEFAULT else body)
        return test, {"parts": parts, "signed": signed}

    def _right(self, sent, headers):
        """By what right a lax verifier would accept: the MAC is right, or a piece of it, or over other text."""
        names = self.scheme.headers
        text = sent_value(headers, names["signature"]) or ""
        real = {role: sent_value(headers, names[role]) for role in self.scheme.parts} | {"body": sent["parts"]["body"]}
        secrets = [key_bytes(entry, self.scheme) for entry in self.keys]
        if None not in real.values():
            tags = [mac(secret, self.scheme.content(real)) for secret in secrets]
            if any(holds(text, tag) for tag in tags):
                return {"genuine": True}
            if any(holds_piece(text, tag) for tag in tags):
                return {"piece": True}
        signed = sent["signed"]
        if not any(holds(text, mac(secret, self.scheme.content(signed))) for secret in secrets):
            return {}
        other = {role: signed[role] for role in self.scheme.parts if signed[role] != real[role]}
        return {"signedAs": other | (body_fields(signed["body"]) if signed["body"] != real["body"] else {})}

    def _dedupe_key(self, sent, type):
        name = self.scheme.name
        if name != "boateros":
            return f"{name}:{sent['parts']['id'].strip(' ' + chr(9))}"
        known = type if type in CATALOGUE[name] else "-"
        return f"{name}:{known}:{hashlib.sha256(sent['parts']['body']).hexdigest()}"


# Changes to the header rows of a request.


def drop(role):
    return lambda rows, scheme: [row for row in rows if row[0] != role]


def put(role, value):
    """Another value under the same name; what was signed stays."""
    return lambda rows, scheme: [
        (r, n, value(v) if callable(value) else value) if r == role else (r, n, v) for r, n, v in rows
    ]


def also(role, value, name=None, first=False):
    """A second occurrence of a header, after or before the first."""

    def change(rows, scheme):
        row = (role, name or scheme.headers[role], value)
        return [row, *rows] if first else [*rows, row]

    return change


def extra(name, value):
    return lambda rows, scheme: [*rows, ("extra", name, value)]


def rename(role, name):
    return lambda rows, scheme: [(r, name if r == role else n, v) for r, n, v in rows]


def names(change):
    """The same headers with their names written differently."""
    return lambda rows, scheme: [(r, change(n), v) for r, n, v in rows]


def reverse(rows, scheme):
    return rows[::-1]
