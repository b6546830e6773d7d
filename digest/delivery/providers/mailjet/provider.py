"""Mailjet: what its reports mean.

https://dev.mailjet.com/email/guides/webhooks/
"""

from digest.delivery.providers.base import AddressVerdict, Provider, Report, word

# Errors of a blocked letter by which Mailjet says that it tries no letter to this address.
SUPPRESSED_ERRORS = {"preblocked", "blacklisted", "spam reporter", "user unknown", "mailbox inactive", "invalid domain"}


def judge_report(report: Report) -> AddressVerdict | None:
    """Return what the event says: a bounce by its flag, a blocked letter by its error."""
    match word(report.get("event")):
        case "bounce" if "hard_bounce" in report:
            return AddressVerdict.PERMANENT if report["hard_bounce"] in (True, "true", 1) else AddressVerdict.TEMPORARY
        case "blocked":
            is_listed = word(report.get("error")) in SUPPRESSED_ERRORS
            return AddressVerdict.SUPPRESSED if is_listed else AddressVerdict.TEMPORARY
        case "spam":
            return AddressVerdict.COMPLAINT
        case "unsub":
            return AddressVerdict.UNSUBSCRIBED
    return None


PROVIDER = Provider(
    "mailjet",
    judge_report=judge_report,
    suppression_page="Mailjet: Contacts → Exclusion list",
    spf_include="spf.mailjet.com",
    dkim_selectors=("mailjet",),
)
