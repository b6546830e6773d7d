"""Mandrill: the words of its bounce reports."""

from collections.abc import Iterable

from digest.delivery.providers.base import Provider, Report


def find_bounce_words(report: Report) -> Iterable[object]:
    """Return the event, such as `hard_bounce`."""
    return (report.get("event"),)


PROVIDER = Provider("mandrill", find_bounce_words=find_bounce_words)
