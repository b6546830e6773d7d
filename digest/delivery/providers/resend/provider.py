"""Resend: letters with idempotency keys, and the words of its bounce reports."""

from collections.abc import Iterable

from digest.delivery.providers.base import Provider, Report, nested


def find_bounce_words(report: Report) -> Iterable[object]:
    """Return the type and the message of the bounce."""
    bounce = nested(report, "data", "bounce")
    return bounce.get("type"), bounce.get("message")


PROVIDER = Provider(
    "resend", backend="digest.delivery.providers.resend.sending.EmailBackend", find_bounce_words=find_bounce_words
)
