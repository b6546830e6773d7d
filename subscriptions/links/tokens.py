"""Tokens of signed links: they name a person and one purpose, without a row in the database.

Links in letters come in a short form of about 32 characters, because a letter carries dozens of them: base64url of the
subject, the epoch and the second it was issued, all without leading zeros, and a keyed BLAKE2b (RFC 7693) of 16 bytes
over that. It costs about 1 µs. All others are made by `django.core.signing`. Either way every purpose signs with a key
of its own, derived from SECRET_KEY, so that a link made for one thing opens nothing else; keys in SECRET_KEY_FALLBACKS
still open the links that they signed. What each link opens: ARCHITECTURE.md, "Links".
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
from typing import Literal, get_args

from django.conf import settings
from django.core.signing import BadSignature, TimestampSigner, b62_decode, b62_encode
from django.utils.encoding import force_str

# Weak links: whoever gets a forwarded letter has them too.
LetterPurpose = Literal["manage", "unsubscribe", "letter", "feedback"]
# Links that are mailed when somebody asks for them or leaves, and `undo`, which stands in one page only.
MailedPurpose = Literal["confirm", "account", "address", "restore", "delete", "return", "undo"]
# The address of a reader's private feed, which only their account shows.
FeedPurpose = Literal["feed"]
Purpose = LetterPurpose | MailedPurpose | FeedPurpose
PURPOSES: tuple[Purpose, ...] = (*get_args(LetterPurpose), *get_args(MailedPurpose), *get_args(FeedPurpose))

# Letters tell these numbers to people.
CONFIRMATION_DAYS = 7
RESTORE_DAYS = 7
COME_BACK_DAYS = 7
# Of links that are mailed. Those in letters: `find_validity`.
LINK_VALIDITY: dict[MailedPurpose, timedelta] = {
    "confirm": timedelta(days=CONFIRMATION_DAYS),
    "account": timedelta(hours=1),
    "address": timedelta(days=CONFIRMATION_DAYS),
    "restore": timedelta(days=RESTORE_DAYS),
    "delete": timedelta(hours=1),
    "return": timedelta(days=COME_BACK_DAYS),
    "undo": timedelta(hours=1),
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


def find_validity(purpose: Purpose) -> timedelta | None:
    """Return how old a link may be: in a letter as old as the letter. None: no age makes it void."""
    match purpose:
        case "unsubscribe" | "feed":
            return None
        case "manage" | "letter" | "feedback":
            return timedelta(days=settings.KEEP_LETTERS_DAYS)
        case _:
            return LINK_VALIDITY[purpose]


def make(purpose: Purpose, subject: int, epoch: int = 0, *, issued: datetime | None = None) -> str:
    """Return the token for *subject*, the id of a row. Pass *issued* where the same bytes must come out again."""
    second = int((issued or datetime.now(UTC)).timestamp())
    match purpose:
        case "manage" | "unsubscribe" | "letter" | "feedback":
            return make_signer(purpose)(pack_body(subject, epoch, second)).decode("ascii")
        case _:
            return _MailedSigner(purpose, second).sign(f"{subject}-{epoch}")


def pack_body(subject: int, epoch: int, second: int) -> bytes:
    """Return the unsigned bytes of a token; *second* is the Unix time at which it is issued."""
    return _BODY.pack(subject, epoch, second).lstrip(b"\0")


def make_signer(purpose: LetterPurpose) -> Callable[[bytes], bytes]:
    """Return a function that makes tokens of bodies with the key in use now. To make many tokens, keep it."""
    keyed = _make_hash(settings.SECRET_KEY, purpose)

    def sign(body: bytes) -> bytes:
        signature = keyed.copy()
        signature.update(body)
        return _encode(body + signature.digest())

    return sign


def read(purpose: Purpose, token: str, *, now: datetime | None = None) -> Claim:
    """Return what *token* says. Raises BadToken, or ExpiredToken when it is too old; nothing else."""
    if len(token) > MAX_TOKEN_LENGTH or not token.isascii():
        raise BadToken("not a token")
    match purpose:
        case "manage" | "unsubscribe" | "letter" | "feedback":
            claim = _read_short(purpose, token)
        case _:
            claim = _read_mailed(purpose, token)
    validity = find_validity(purpose)
    if validity is not None and (now or datetime.now(UTC)) - claim.issued > validity:
        raise ExpiredToken("the token is too old")
    return claim


def _read_short(purpose: LetterPurpose, token: str) -> Claim:
    data = _decode(token)
    body, signature = data[:-SIGNATURE_BYTES], data[-SIGNATURE_BYTES:]
    # The key in use and the ones before it, so that links outlive a change of key.
    secrets = [settings.SECRET_KEY, *map(force_str, settings.SECRET_KEY_FALLBACKS)]
    if not any(hmac.compare_digest(signature, _sign(secret, purpose, body)) for secret in secrets):
        raise BadToken("the signature does not match")
    # We signed the body ourselves, so its form can be trusted.
    subject, epoch, second = _BODY.unpack(body.rjust(_BODY.size, b"\0"))
    return Claim(subject, epoch, datetime.fromtimestamp(second, UTC))


class _MailedSigner(TimestampSigner):
    """Signs at a given second, with a separator that needs no escaping in an address and ends no path."""

    def __init__(self, purpose: MailedPurpose | FeedPurpose, second: int = 0) -> None:
        super().__init__(sep=".", salt=f"preprint-post link: {purpose}")
        self.second = second

    def timestamp(self) -> str:
        return b62_encode(self.second)


def _read_mailed(purpose: MailedPurpose | FeedPurpose, token: str) -> Claim:
    try:
        body = _MailedSigner(purpose).unsign(token)
    except BadSignature as error:
        raise BadToken("the signature does not match") from error
    # We signed the rest ourselves, so its form can be trusted.
    subject, epoch = body.split("-")
    return Claim(int(subject), int(epoch), datetime.fromtimestamp(b62_decode(token.split(".")[1]), UTC))


def _decode(token: str) -> bytes:
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


def _sign(secret: str, purpose: LetterPurpose, body: bytes) -> bytes:
    signature = _make_hash(secret, purpose).copy()
    signature.update(body)
    return signature.digest()


@lru_cache(maxsize=64)
def _make_hash(secret: str, purpose: LetterPurpose) -> blake2b:
    """Return the keyed hash of a purpose. It is shared: copy it before use."""
    key = hmac.digest(secret.encode(), b"preprint-post link: " + purpose.encode(), "sha256")
    return blake2b(key=key, digest_size=SIGNATURE_BYTES)
