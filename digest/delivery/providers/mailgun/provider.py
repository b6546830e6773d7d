"""Mailgun: the words of its bounce reports."""

from collections.abc import Iterable

from digest.delivery.providers.base import Provider, Report, nested


def find_bounce_words(report: Report) -> Iterable[object]:
    """Return the severity, `permanent` or `temporary`."""
    return (nested(report, "event-data").get("severity"),)


PROVIDER = Provider("mailgun", find_bounce_words=find_bounce_words)
