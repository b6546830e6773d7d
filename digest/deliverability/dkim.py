"""Keys of DKIM (RFC 6376): whether receivers can check a signature with what stands at a selector."""

import re
from base64 import b64decode
from typing import NamedTuple

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import load_der_public_key

from digest.deliverability.dns_lookup import MAX_TEXT_LENGTH
from digest.deliverability.tag_list import parse_tags

VERSION = "DKIM1"
# RFC 8301, 3.2: receivers take no shorter one, and signers should use so many. Google asks for the same
# (https://support.google.com/a/answer/81126).
LEAST_BITS = 1024
GOOD_BITS = 2048
# RFC 8463, 4: such a key is 32 bytes.
ED25519_BYTES = 32


class DkimKey(NamedTuple):
    """A key that receivers can use."""

    # rsa or ed25519.
    algorithm: str
    bits: int
    # Receivers are told that signatures are being tried out, and may ignore them (t=y).
    is_test: bool = False


class DkimError(Exception):
    """The record is no key that receivers can use. The text says why, for people."""


def parse_key(record: str) -> DkimKey:
    """Return the key of a TXT record. Raises DkimError."""
    if len(record) > MAX_TEXT_LENGTH:
        raise DkimError("it is too long")
    try:
        tags = parse_tags(record)
    except ValueError:
        raise DkimError("it cannot be read") from None
    if "v" in tags and (tags["v"] != VERSION or next(iter(tags)) != "v"):
        raise DkimError(f"it does not begin with v={VERSION}")
    if "p" not in tags:
        raise DkimError("it has no key (p=)")
    written = re.sub(r"\s", "", tags["p"])
    if not written:
        raise DkimError("the key was revoked (p= is empty)")
    try:
        key = b64decode(written, validate=True)
    except ValueError:
        raise DkimError("the key (p=) is cut off or has a sign that it must not have") from None
    algorithm, flags = tags.get("k", "rsa").lower(), {flag.strip().lower() for flag in tags.get("t", "").split(":")}
    return DkimKey(algorithm, _count_bits(algorithm, key), "y" in flags)


def _count_bits(algorithm: str, key: bytes) -> int:
    if algorithm == "ed25519" and len(key) == ED25519_BYTES:
        return 8 * ED25519_BYTES
    if algorithm != "rsa":
        raise DkimError("its kind of key (k=) is not known" if algorithm != "ed25519" else "the key (p=) is cut off")
    try:
        public = load_der_public_key(key)
    except (ValueError, UnsupportedAlgorithm):
        raise DkimError("the key (p=) is cut off, or too short to be used") from None
    if not isinstance(public, RSAPublicKey):
        raise DkimError("the key (p=) is of another kind than it says (k=)")
    if public.key_size < LEAST_BITS:
        raise DkimError(f"the key has {public.key_size} bits, and receivers take none of fewer than {LEAST_BITS}")
    return public.key_size
