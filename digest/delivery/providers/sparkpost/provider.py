"""SparkPost: letters with idempotency keys, and the codes of its bounce reports."""

from digest.delivery.providers.base import Provider, Report, nested

# Bounce classes: no such recipient, no recipient, unsubscribed.
PERMANENT_BOUNCE_CLASSES = {"10", "30", "90"}


def is_permanent(report: Report) -> bool | None:
    """Return whether the bounce class is one of a dead address; None where the report has none."""
    bounce_class = nested(report, "msys", "message_event").get("bounce_class")
    return str(bounce_class) in PERMANENT_BOUNCE_CLASSES if bounce_class else None


PROVIDER = Provider(
    "sparkpost", backend="digest.delivery.providers.sparkpost.sending.EmailBackend", is_permanent=is_permanent
)
