"""The Message-ID of a letter, made of its delivery's id and signed."""

import hmac
import re
from datetime import UTC, datetime
from functools import lru_cache
from urllib.parse import urlsplit

from django.conf import settings

SALT = "digest.delivery.messages"  # keeps its first spelling: another one would change every Message-ID
_OURS = re.compile(r"([1-9]\d{0,17})\.[0-9a-f]{32}@[^@\s]+")


def make_message_id(delivery_id: int, planned: datetime) -> str:
    """Return the Message-ID of a delivery's letter, with angle brackets. It never changes, so duplicates show.

    It begins with the delivery's id, and `parse_delivery_id` finds that again. *planned* is the delivery's created_at:
    after a restart with an empty database the numbers begin again at 1, and a new letter must not pass for an old one.
    """
    value = b"%d %b" % (delivery_id, _encode_moment(planned))
    signature = hmac.digest(_derive_signing_key(settings.SECRET_KEY), value, "sha256").hex()[:32]
    return f"<{delivery_id}.{signature}@{_site_host(settings.SITE_URL)}>"


def parse_delivery_id(message_id: str) -> int | None:
    """Return the delivery id that a Message-ID names, or None. Anyone can forge one: compare it with the row's."""
    found = _OURS.fullmatch(message_id.strip().strip("<>"))
    return int(found[1]) if found else None


@lru_cache(maxsize=64)
def _encode_moment(planned: datetime) -> bytes:
    """Readers are planned a thousand at a time, all at the same moment."""
    return planned.astimezone(UTC).isoformat().encode("ascii")


@lru_cache(maxsize=4)
def _derive_signing_key(secret: str) -> bytes:
    return hmac.digest(secret.encode(), SALT.encode(), "sha256")


@lru_cache(maxsize=4)
def _site_host(site: str) -> str:
    return urlsplit(site).hostname or "localhost"
