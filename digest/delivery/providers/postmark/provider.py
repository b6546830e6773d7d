"""Postmark: the words of its bounce reports."""

from collections.abc import Iterable

from digest.delivery.providers.base import Provider, Report


def find_bounce_words(report: Report) -> Iterable[object]:
    """Return the type of the bounce and the reason of a suppression."""
    return report.get("Type"), report.get("SuppressionReason")


PROVIDER = Provider("postmark", find_bounce_words=find_bounce_words)
