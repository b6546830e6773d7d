"""SendGrid: what its reports mean.

https://www.twilio.com/docs/sendgrid/for-developers/tracking-events/event
"""

from digest.delivery.providers.base import Provider, Report, Verdict, word

SUPPRESSED_REASONS = {"bounced address", "spam reporting address", "unsubscribed address", "invalid"}


def judge_report(report: Report) -> Verdict | None:
    """Return what the event says: a bounce by its type, a dropped letter by its reason."""
    match word(report.get("event")):
        case "bounce":
            # "blocked" is said of what may pass again.
            return Verdict.TEMPORARY if word(report.get("type")) in ("blocked", "expired") else Verdict.PERMANENT
        case "deferred":
            return Verdict.TEMPORARY
        case "dropped":
            return Verdict.SUPPRESSED if word(report.get("reason")) in SUPPRESSED_REASONS else None
        case "spamreport":
            return Verdict.COMPLAINT
        case "unsubscribe" | "group_unsubscribe":
            return Verdict.UNSUBSCRIBED
    return None


PROVIDER = Provider("sendgrid", judge_report=judge_report, suppression_page="SendGrid: Suppressions")
