"""Forged tags: made with another key, over other text, by another algorithm, or not at all."""

import base64
import hashlib
import hmac

from .bodies import flip
from .model import Maker, key_bytes, mac


def other_keys(m):
    secret = key_bytes(m.keys[0], m.scheme)
    text = m.scheme.secret.encode()
    yield b"another-secret-altogether-0001", "another secret"
    yield b"", "an empty secret"
    yield secret + b"\n", "a line feed after the secret"
    yield b" " + secret, "a space before the secret"
    yield secret[:-1], "the last byte of the secret cut"
    yield secret.swapcase(), "the secret in the other case"
    yield secret[::-1], "the secret backwards"
    yield secret.hex().encode(), "the secret in hexadecimal"
    yield base64.b64encode(secret), "the secret in base64"
    yield hashlib.sha256(secret).digest(), "a hash of the secret"
    yield b"undefined", "the secret undefined"
    yield b"null", "the secret null"
    yield b"key-1", "the name of the key"
    if text != secret:
        yield text, "the secret as text, not decoded"
        yield text.removeprefix(b"whsec_"), "the secret as text without its prefix"
    else:
        yield base64.b64decode(text[:24].replace(b"-", b"+")), "the secret taken for base64"


def other_contents(m):
    ts, id, body = (m.parts()[role] for role in ("timestamp", "id", "body"))
    t, i = ts.encode(), id.encode()
    yield body, "the body alone"
    yield t + body, "no dots: what the prose says"
    yield t + b"." + body if i else body + b"." + t, "a part left out, or in the other order"
    yield t + b"." + i, "no body"
    yield body + b"." + t + b"." + i, "the body first"
    yield t + b"\n" + i + b"\n" + body, "line feeds for the dots"
    yield t + b":" + i + b":" + body, "colons for the dots"
    yield b"v0:" + t + b":" + body, "as Slack signs"
    yield m.scheme.content(m.parts()) + b".", "a dot at the end"
    yield b"." + m.scheme.content(m.parts()), "a dot at the beginning"
    if m.scheme.name == "peeker":
        yield i + b"." + t + b"." + body, "as Standard Webhooks signs"
    if m.scheme.name == "standard-webhooks":
        yield t + b"." + i + b"." + body, "the id after the timestamp"
    if m.scheme.name == "boateros":
        yield t + b"." + m.scheme.type.encode() + b"." + body, "with the event type"


def other_tags(m):
    secret = key_bytes(m.keys[0], m.scheme)
    content = m.scheme.content(m.parts())
    right = mac(secret, content)
    yield bytes(32), "zeros"
    yield b"\xff" * 32, "ones"
    yield right[::-1], "the tag backwards"
    yield bytes(255 - byte for byte in right), "the tag inverted"
    for position, bit in ((0, 0), (0, 7), (15, 3), (16, 4), (31, 0), (31, 7)):
        yield flip(right, position, bit), f"bit {bit} of byte {position} of the tag flipped"
    yield right[:31] + bytes([right[31] ^ 255]), "only the last byte wrong"
    yield bytes([right[0] ^ 255]) + right[1:], "only the first byte wrong"
    yield right[:16] + bytes(16), "only the first half right"
    yield bytes(16) + right[16:], "only the second half right"
    yield right[1:] + right[:1], "the tag rotated"
    yield hashlib.sha256(content).digest(), "SHA-256 without a key"
    yield hashlib.sha256(secret + content).digest(), "SHA-256 of secret and content"
    yield hashlib.sha256(content + secret).digest(), "SHA-256 of content and secret"
    yield mac(content, secret), "secret and content swapped"
    yield mac(secret, right), "the MAC of the tag"
    yield mac(secret, right.hex().encode()), "the MAC of the tag's text"
    yield hmac.new(secret, content, hashlib.sha512).digest()[:32], "HMAC-SHA-512, cut"
    yield hmac.new(secret, content, "sha512_256").digest(), "HMAC-SHA-512/256"
    yield hmac.new(secret, content, hashlib.sha3_256).digest(), "HMAC-SHA3-256"
    yield hmac.new(secret, content, hashlib.blake2s).digest(), "HMAC-BLAKE2s"
    yield hmac.new(secret, content, hashlib.sha1).digest() + bytes(12), "HMAC-SHA-1, filled up"


def cases(m):
    secret = key_bytes(m.keys[0], m.scheme)
    for other, comment in other_keys(m):
        yield m.no("mismatch", f"signed with {comment}", by=other, forged=True)
    for content, comment in other_contents(m):
        yield m.no("mismatch", f"signed over other text: {comment}", tag=mac(secret, content), forged=True)
    for tag, comment in other_tags(m):
        yield m.no("mismatch", f"tag: {comment}", tag=tag, forged=True)


def groups(scheme):
    m = Maker(scheme)
    yield m.group("mac", list(cases(m)))
