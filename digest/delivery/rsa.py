"""Is a signature good? RSA with PKCS #1 v1.5 (RFC 8017, 8.2.2), from public keys and certificates in DER.

Amazon SNS and Postal sign what they tell us. Checking needs one exponentiation and no secret, so it needs no library
that would have to be compiled. The whole expected block is built and compared, so padding cannot be played with.
"""

import hashlib
import hmac
from dataclasses import dataclass
from typing import Literal

Hash = Literal["sha1", "sha256"]
PREFIXES: dict[Hash, bytes] = {
    "sha1": bytes.fromhex("3021300906052b0e03021a05000414"),
    "sha256": bytes.fromhex("3031300d060960864801650304020105000420"),
}
"""What stands before the digest (RFC 8017, 9.2, note 1)."""
SEQUENCE, INTEGER, BIT_STRING, VERSION = 0x30, 0x02, 0x03, 0xA0
LEAST_BITS = 1024
KEY_OF_CERTIFICATE = 5
"""After serial number, algorithm, issuer, validity and subject (RFC 5280, 4.1)."""


@dataclass(frozen=True, slots=True)
class PublicKey:
    modulus: int
    exponent: int


def is_good(key: PublicKey, signature: bytes, signed: bytes, digest: Hash) -> bool:
    size = (key.modulus.bit_length() + 7) // 8
    number = int.from_bytes(signature)
    if len(signature) != size or number >= key.modulus:
        return False
    block = pow(number, key.exponent, key.modulus).to_bytes(size)
    wanted = PREFIXES[digest] + hashlib.new(digest, signed).digest()
    filling = b"\xff" * (size - len(wanted) - 3)
    return hmac.compare_digest(block, b"\x00\x01" + filling + b"\x00" + wanted)


def key_of_certificate(der: bytes) -> PublicKey:
    """Raises ValueError for anything else. Who issued it is not asked: the caller knows where it is from."""
    parts = _parts(_parts(_only(der))[0][1])
    fields = parts[1:] if parts and parts[0][0] == VERSION else parts
    if len(fields) <= KEY_OF_CERTIFICATE:
        raise ValueError("this is no certificate")
    return _key(fields[KEY_OF_CERTIFICATE][1])


def public_key(der: bytes) -> PublicKey:
    """From a SubjectPublicKeyInfo. Raises ValueError."""
    return _key(_only(der))


def _key(info: bytes) -> PublicKey:
    parts = _parts(info)
    if len(parts) != 2 or parts[1][0] != BIT_STRING:
        raise ValueError("this is no public key")
    numbers = _parts(_only(parts[1][1][1:]))
    if [tag for tag, _ in numbers] != [INTEGER, INTEGER]:
        raise ValueError("this is no RSA key")
    modulus, exponent = (int.from_bytes(value) for _, value in numbers)
    if modulus.bit_length() < LEAST_BITS or exponent < 3:
        raise ValueError("this RSA key is too weak")
    return PublicKey(modulus, exponent)


def _only(data: bytes) -> bytes:
    """The inside of the one sequence that *data* is."""
    parts = _parts(data)
    if len(parts) != 1 or parts[0][0] != SEQUENCE:
        raise ValueError("this is no DER sequence")
    return parts[0][1]


def _parts(data: bytes) -> list[tuple[int, bytes]]:
    """Tag and content of each element in a row."""
    found, at = [], 0
    while at < len(data):
        start, length = _length(data, at)
        if start + length > len(data):
            raise ValueError("this DER is cut short")
        found.append((data[at], data[start : start + length]))
        at = start + length
    return found


def _length(data: bytes, at: int) -> tuple[int, int]:
    """Where the content begins, and how long it is."""
    head = data[at + 1 : at + 2]
    if not head:
        raise ValueError("this DER is cut short")
    if head[0] < 0x80:
        return at + 2, head[0]
    size = head[0] & 0x7F
    if not 1 <= size <= 4:
        raise ValueError("this DER has a length that nobody needs")
    return at + 2 + size, int.from_bytes(data[at + 2 : at + 2 + size])
