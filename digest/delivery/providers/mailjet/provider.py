"""Mailjet: what its reports mean.

https://dev.mailjet.com/email/guides/webhooks/
"""

from digest.delivery.providers.base import Provider, Report, Verdict, word

# Errors of a blocked letter by which Mailjet says that it tries no letter to this address.
SUPPRESSED_ERRORS = {"preblocked", "blacklisted", "spam reporter", "user unknown", "mailbox inactive", "invalid domain"}


def judge_report(report: Report) -> Verdict | None:
    """Return what the event says: a bounce by its flag, a blocked letter by its error."""
    match word(report.get("event")):
        case "bounce" if "hard_bounce" in report:
            return Verdict.PERMANENT if report["hard_bounce"] in (True, "true", 1) else Verdict.TEMPORARY
        case "blocked":
            is_listed = word(report.get("error")) in SUPPRESSED_ERRORS
            return Verdict.SUPPRESSED if is_listed else Verdict.TEMPORARY
        case "spam":
            return Verdict.COMPLAINT
        case "unsub":
            return Verdict.UNSUBSCRIBED
    return None


PROVIDER = Provider("mailjet", judge_report=judge_report, suppression_page="Mailjet: Contacts → Exclusion list")
