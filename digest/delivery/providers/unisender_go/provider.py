"""Unisender Go: what its reports mean.

https://godocs.unisender.ru/web-api-ref#callback-format
"""

from digest.delivery.providers.base import Provider, Report, Verdict, word

STATUSES = {
    "hard_bounced": Verdict.PERMANENT,
    "soft_bounced": Verdict.TEMPORARY,
    "delayed": Verdict.TEMPORARY,
    "spam": Verdict.COMPLAINT,
    "unsubscribed": Verdict.UNSUBSCRIBED,
    "subscribed": Verdict.REACTIVATED,
}


def judge_report(report: Report) -> Verdict | None:
    """Return what the status says."""
    return STATUSES.get(word(report.get("status")))


PROVIDER = Provider(
    "unisender_go", judge_report=judge_report, suppression_page="Unisender Go: Settings → Suppression list"
)
