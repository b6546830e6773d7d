"""Unisender Go: the words of its bounce reports."""

from collections.abc import Iterable

from digest.delivery.providers.base import Provider, Report


def find_bounce_words(report: Report) -> Iterable[object]:
    """Return the status, such as `hard_bounced`."""
    return (report.get("status"),)


PROVIDER = Provider("unisender_go", find_bounce_words=find_bounce_words)
