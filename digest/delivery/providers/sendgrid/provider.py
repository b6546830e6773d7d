"""SendGrid: what its reports mean.

https://www.twilio.com/docs/sendgrid/for-developers/tracking-events/event
"""

from digest.delivery.providers.base import Provider, Report, Verdict, word

SUPPRESSED_REASONS = {"bounced address", "spam reporting address", "unsubscribed address", "invalid"}

# What SendGrid makes of the mail server's answer, in bounce_classification.
DEAD_ADDRESS_CLASSES = {"", "invalid address", "mailbox unavailable"}
UNCLASSIFIED = "unclassified"


def judge_report(report: Report) -> Verdict | None:
    """Return what the event says: a bounce by its type, a dropped letter by its reason."""
    match word(report.get("event")):
        case "bounce":
            return _judge_bounce(word(report.get("type")), word(report.get("bounce_classification")))
        case "deferred":
            return Verdict.TEMPORARY
        case "dropped":
            return Verdict.SUPPRESSED if word(report.get("reason")) in SUPPRESSED_REASONS else None
        case "spamreport":
            return Verdict.COMPLAINT
        case "unsubscribe" | "group_unsubscribe":
            return Verdict.UNSUBSCRIBED
    return None


def _judge_bounce(kind: str, bounce_class: str) -> Verdict | None:
    if kind in ("blocked", "expired"):  # what may pass again
        return Verdict.TEMPORARY
    if kind != "bounce" or bounce_class == UNCLASSIFIED:
        return None
    return Verdict.PERMANENT if bounce_class in DEAD_ADDRESS_CLASSES else Verdict.TEMPORARY


PROVIDER = Provider("sendgrid", judge_report=judge_report, suppression_page="SendGrid: Suppressions")
