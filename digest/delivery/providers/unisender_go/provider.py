"""Unisender Go: what its reports mean.

https://godocs.unisender.ru/web-api-ref#callback-format
"""

from digest.delivery.providers.base import AddressVerdict, Provider, Report, word

STATUSES = {
    "hard_bounced": AddressVerdict.PERMANENT,
    "soft_bounced": AddressVerdict.TEMPORARY,
    "delayed": AddressVerdict.TEMPORARY,
    "spam": AddressVerdict.COMPLAINT,
    "unsubscribed": AddressVerdict.UNSUBSCRIBED,
    "subscribed": AddressVerdict.REACTIVATED,
}


def judge_report(report: Report) -> AddressVerdict | None:
    """Return what the status says."""
    return STATUSES.get(word(report.get("status")))


PROVIDER = Provider(
    "unisender_go",
    judge_report=judge_report,
    suppression_page="Unisender Go: Settings → Suppression list",
    spf_include="spf.unisender.com",
    dkim_selectors=("us",),
)
