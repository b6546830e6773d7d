"""Mailjet: the flag of its bounce reports."""

from digest.delivery.providers.base import Provider, Report


def is_permanent(report: Report) -> bool | None:
    """Return the report's own flag; None where it has none."""
    return report["hard_bounce"] in (True, "true", 1) if "hard_bounce" in report else None


PROVIDER = Provider("mailjet", is_permanent=is_permanent)
