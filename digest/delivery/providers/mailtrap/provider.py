"""Mailtrap: the words of its bounce reports."""

from collections.abc import Iterable

from digest.delivery.providers.base import Provider, Report


def find_bounce_words(report: Report) -> Iterable[object]:
    """Return the event, such as `bounce`."""
    return (report.get("event"),)


PROVIDER = Provider("mailtrap", find_bounce_words=find_bounce_words)
