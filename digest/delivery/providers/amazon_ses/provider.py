"""Amazon SES: a webhook that verifies SNS, and the words of its bounce reports."""

from collections.abc import Iterable

from digest.delivery.providers.base import Provider, Report, nested


def find_bounce_words(report: Report) -> Iterable[object]:
    """Return the bounce type, `Permanent`, `Transient` or `Undetermined`."""
    return (nested(report, "bounce").get("bounceType"),)


PROVIDER = Provider(
    "amazon_ses",
    webhook_view="digest.delivery.providers.amazon_ses.webhook.TrackingWebhook",
    find_bounce_words=find_bounce_words,
)
