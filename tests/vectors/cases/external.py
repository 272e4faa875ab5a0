"""Vectors that others published: RFC 4231 and Standard Webhooks. (Wycheproof's are converted by `convert.py`.)"""

from .model import STANDARD, Maker, drop, key, put

# Case, key, message, HMAC-SHA-256. The fifth is published cut to 128 bits.
RFC4231 = [
    (1, "0b" * 20, b"Hi There", "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"),
    (
        2,
        b"Jefe".hex(),
        b"what do ya want for nothing?",
        "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
    ),
    (3, "aa" * 20, b"\xdd" * 50, "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe"),
    (4, bytes(range(1, 26)).hex(), b"\xcd" * 50, "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b"),
    (5, "0c" * 20, b"Test With Truncation", "a3b6167473100ee06e0c796c2955552b"),
    (
        6,
        "aa" * 131,
        b"Test Using Larger Than Block-Size Key - Hash Key First",
        "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54",
    ),
    (
        7,
        "aa" * 131,
        b"This is a test using a larger than block-size key and a larger than block-size data. "
        b"The key needs to be hashed before being used by the HMAC algorithm.",
        "9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2",
    ),
]


def body_hmac_group(name, key_hex, tests):
    keys = [{"id": "key-1", "secretHex": key_hex}]
    return {"class": name, "scheme": "body-hmac", "keys": keys, "allowWeakSecret": True, "tests": tests}


def body_hmac_test(comment, body, tag_hex, *, whole, right):
    """A tag over the body alone. A cut tag is refused for its form, whether or not it is a piece of the right one."""
    test = {"comment": comment, "now": 0, "headers": [["Body-Signature", tag_hex]], "bodyHex": body.hex()}
    if whole and right:
        return test | {"result": "valid", "keyId": "key-1"}
    fault = {"code": "signature_mismatch"} if whole else {"code": "malformed_header", "header": "Body-Signature"}
    test |= {"result": "invalid"} | fault
    return test | ({"piece": True} if right else {})


def rfc4231():
    for case, key_hex, message, tag in RFC4231:
        comment = f"RFC 4231 section 4.{case + 1}, test case {case}" + (", cut to 128 bits" if case == 5 else "")
        yield body_hmac_group("mac", key_hex, [body_hmac_test(comment, message, tag, whole=len(tag) == 64, right=True)])


JS = "standard-webhooks/standard-webhooks@b2fa7b8:libraries/javascript/src/webhook.test.ts"
RUST = "standard-webhooks/standard-webhooks@b2fa7b8:libraries/rust/src/lib.rs"
SVIX = 'Svix documentation, "verifying webhooks manually"'

JS_MESSAGE = ("msg_p5jXN8AQM9LWM0D4loKWxJek", 1_614_265_330, b'{"test": 2432232314}')
JS_TAG = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
JS_WRONG = "Ceo5qEr07ixe2NLpvHk3FH9bwy/WavXrAFQ/9tdO6mc="
JS_SECRET = "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
RUST_MESSAGE = (
    "msg_27UH4WbU6Z5A5EzD8u03UvzRbpk",
    1_649_367_553,
    b'{"email":"test@example.com","username":"test_user"}',
)
RUST_TAG = "v1,tZ1I4/hDygAJgO5TYxiSd6Sd0kDW6hPenDe+bTa3Kkw="
RUST_WRONG = "v1,tFtCZ5RDCPxzWQRWXWPgrCgE2frDBe9gjpbWQxnVfsQ="
RUST_WRONG_TOO = "v1,9DfC1c3eeOrXB6w/5dIDydLNQaEyww5KalE5jLBZucE="
RUST_SECRET = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"
SVIX_MESSAGE = ("msg_loFOjxBNrRLzqYUf", 1_731_705_121, b'{"event_type":"ping","data":{"success":true}}')


def published(m, message, name, source, signature, expected=None, *, late=0, without=None, stamp=None, forged=False):
    """A published test, with the error code that we give where theirs differs."""
    id, seconds, body = message
    tag = m.tag(ts=str(seconds), id=id, body=body)
    request = {"now": (seconds + late) * 1000, "ts": str(seconds), "id": id, "body": body, "tag": tag}
    request["signature"] = lambda _: signature
    changes = [drop(without)] + ([put("timestamp", stamp)] if stamp else [])
    comment = f"{name} ({source})"
    if expected:
        return m.no(expected, comment, edit=changes, forged=forged, **request)
    return m.ok(comment, edit=changes, type=None, **request)


def standard_webhooks():
    with_prefix, without = (Maker(STANDARD, [key(prefix + JS_SECRET)]) for prefix in ("whsec_", ""))

    def js(name, *rest, m=without, **options):
        return published(m, JS_MESSAGE, name, JS, *rest, **options)

    several = f"v1,{JS_WRONG} v2,{JS_WRONG} {JS_TAG} v1,{JS_WRONG}"
    yield with_prefix.group("genuine", [js("sign function works", JS_TAG, m=with_prefix)])
    yield without.group(
        "genuine", [js("works without whsec_ prefix", JS_TAG), js("multi sig payload is valid", several)]
    )
    yield without.group(
        "signatures",
        [
            js("invalid signature", "v1,dawfeoifkpqwoekfpqoekf", "malformed signature", forged=True),
            js("partial signature", "v1,g0hM9", "malformed signature"),
            js("empty signature after the version, RUSTSEC-2024-0010", "v1,", "malformed signature", forged=True),
        ],
    )
    yield without.group(
        "timestamps",
        [
            js("old timestamp", JS_TAG, "too_old", late=301),
            js("new timestamp", JS_TAG, "too_new", late=-301),
            js("invalid timestamp", JS_TAG, "malformed timestamp", stamp="hello"),
        ],
    )
    missing = [
        js(f"missing {role}", JS_TAG, f"missing {role}", without=role, forged=role == "signature")
        for role in STANDARD.headers
    ]
    yield without.group("headers", missing)
    for secret in ("", "whsec_"):
        head = {"class": "secrets", "scheme": STANDARD.name, "comment": f"empty secret {secret!r} ({JS})"}
        yield head | {"keys": [key(secret)], "keysResult": "empty_secret", "tests": []}

    rust = Maker(STANDARD, [key(RUST_SECRET)])
    wrong, right = (
        f"{RUST_WRONG} v1,Mm7xgUVICxZfQ3bgf0h0Dof65L/IFx+PnZvnDWPCX6Q= {RUST_WRONG_TOO}",
        f"{RUST_WRONG} {RUST_TAG} {RUST_WRONG_TOO}",
    )
    tampered = "v1,R3PTzyfHASBKHH98a7yexTwaJ4yNIcGhFQc1yuN+BPU="
    yield rust.group(
        "genuine",
        [
            published(rust, RUST_MESSAGE, "test_sign", RUST, RUST_TAG),
            published(rust, RUST_MESSAGE, "match among several", RUST, right),
            published(rust, RUST_MESSAGE, "test_no_verify", RUST, tampered, "mismatch", forged=True),
            published(rust, RUST_MESSAGE, "no match among several", RUST, wrong, "mismatch", forged=True),
        ],
    )
    svix = Maker(STANDARD, [key("whsec_plJ3nmyCDGBKInavdOK15jsl")])
    tag = "v1,rAvfW3dJ/X/qxhsaXPOyyCGmRKsaKWcsNccKXlIktD0="
    yield svix.group("genuine", [published(svix, SVIX_MESSAGE, "the example", SVIX, tag)])
