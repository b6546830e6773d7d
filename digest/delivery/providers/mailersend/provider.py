"""MailerSend: the words of its bounce reports."""

from collections.abc import Iterable

from digest.delivery.providers.base import Provider, Report, nested


def find_bounce_words(report: Report) -> Iterable[object]:
    """Return the type of the event's data, such as `hard_bounced`."""
    return (nested(report, "data").get("type"),)


PROVIDER = Provider("mailersend", find_bounce_words=find_bounce_words)
