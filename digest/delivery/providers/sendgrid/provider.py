"""SendGrid: the words of its bounce reports."""

from collections.abc import Iterable

from digest.delivery.providers.base import Provider, Report


def find_bounce_words(report: Report) -> Iterable[object]:
    """Return the event, and the type of a bounce: SendGrid says "blocked" for what may pass again."""
    return report.get("event"), report.get("type") if report.get("event") == "bounce" else None


PROVIDER = Provider("sendgrid", find_bounce_words=find_bounce_words)
