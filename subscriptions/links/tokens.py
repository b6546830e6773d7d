"""Tokens of signed links: they name a person and a purpose in about 32 characters, without a row in the database.

A token is base64url of: the subject, the epoch and the second it was issued, all without leading zeros, and a keyed
BLAKE2b (RFC 7693) of 16 bytes over that. Every purpose signs with a key of its own, derived from SECRET_KEY, so that a
link made for one thing opens nothing else. It costs about 1 µs; a letter carries several.
"""

import hmac
from base64 import urlsafe_b64decode
from binascii import b2a_base64
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from hashlib import blake2b
from struct import Struct
from typing import Literal

from django.conf import settings
from django.utils.encoding import force_str

Purpose = Literal["confirm", "manage", "unsubscribe", "letter", "feedback", "address", "delete"]

# Letters tell this number to people.
CONFIRMATION_DAYS = 7

# None: no age makes the link void.
LINK_VALIDITY: dict[Purpose, timedelta | None] = {
    "confirm": timedelta(days=CONFIRMATION_DAYS),
    "address": timedelta(days=CONFIRMATION_DAYS),
    "delete": timedelta(hours=1),
    "manage": timedelta(days=90),
    "unsubscribe": None,
    "letter": None,
    "feedback": None,
}

SIGNATURE_BYTES = 16
_BODY = Struct(">QII")
MAX_TOKEN_LENGTH = 100
_URL_SAFE = bytes.maketrans(b"+/", b"-_")


class BadToken(ValueError):
    """The text is not a token that we made for this purpose."""


class ExpiredToken(BadToken):
    """The token is ours, but too old."""


@dataclass(frozen=True, slots=True)
class Claim:
    """The content of a token."""

    # The id of a row.
    subject: int
    # Whoever reads the token compares this with the row's epoch: drawing that one anew voids every earlier token.
    # In an unsubscribe link it is the row's key, which never changes.
    epoch: int
    issued: datetime


def make(purpose: Purpose, subject: int, epoch: int = 0, *, issued: datetime | None = None) -> str:
    """Return the token for *subject*, the id of a row. Pass *issued* where the same bytes must come out again."""
    moment = datetime.now(UTC) if issued is None else issued
    return make_signer(purpose)(pack_body(subject, epoch, int(moment.timestamp()))).decode("ascii")


def pack_body(subject: int, epoch: int, second: int) -> bytes:
    """Return the unsigned bytes of a token; *second* is the Unix time at which it is issued."""
    return _BODY.pack(subject, epoch, second).lstrip(b"\0")


def make_signer(purpose: Purpose) -> Callable[[bytes], bytes]:
    """Return a function that makes tokens of bodies with the key in use now. To make many tokens, keep it."""
    keyed = _make_hash(settings.SECRET_KEY, purpose)

    def sign(body: bytes) -> bytes:
        signature = keyed.copy()
        signature.update(body)
        return _encode(body + signature.digest())

    return sign


def read(purpose: Purpose, token: str, *, max_age: timedelta | None = None) -> Claim:
    """Return what *token* says. Raises BadToken, or ExpiredToken when it is older than *max_age*; nothing else."""
    data = _decode(token)
    body, signature = data[:-SIGNATURE_BYTES], data[-SIGNATURE_BYTES:]
    # The key in use and the ones before it, so that links outlive a change of key.
    secrets = [settings.SECRET_KEY, *map(force_str, settings.SECRET_KEY_FALLBACKS)]
    if not any(hmac.compare_digest(signature, _sign(secret, purpose, body)) for secret in secrets):
        raise BadToken("the signature does not match")
    # We signed the body ourselves, so its form can be trusted.
    subject, epoch, second = _BODY.unpack(body.rjust(_BODY.size, b"\0"))
    claim = Claim(subject, epoch, datetime.fromtimestamp(second, UTC))
    if max_age is not None and datetime.now(UTC) - claim.issued > max_age:
        raise ExpiredToken("the token is too old")
    return claim


def _decode(token: str) -> bytes:
    if len(token) > MAX_TOKEN_LENGTH or not token.isascii():
        raise BadToken("not a token")
    try:
        data = urlsafe_b64decode(token + "=" * (-len(token) % 4))
    except ValueError as error:
        raise BadToken("not a token") from error
    # base64 passes over foreign characters and spare bits: only the one spelling that we gave out is good.
    if not SIGNATURE_BYTES <= len(data) <= SIGNATURE_BYTES + _BODY.size or _encode(data).decode("ascii") != token:
        raise BadToken("not a token")
    return data


def _encode(data: bytes) -> bytes:
    return b2a_base64(data, newline=False).translate(_URL_SAFE, b"=")


def _sign(secret: str, purpose: Purpose, body: bytes) -> bytes:
    signature = _make_hash(secret, purpose).copy()
    signature.update(body)
    return signature.digest()


@lru_cache(maxsize=64)
def _make_hash(secret: str, purpose: Purpose) -> blake2b:
    """Return the keyed hash of a purpose. It is shared: copy it before use."""
    key = hmac.digest(secret.encode(), b"preprint-post link: " + purpose.encode(), "sha256")
    return blake2b(key=key, digest_size=SIGNATURE_BYTES)
