"""SendGrid: what its reports mean.

https://www.twilio.com/docs/sendgrid/for-developers/tracking-events/event
"""

from digest.delivery.providers.base import AddressVerdict, Provider, Report, word

SUPPRESSED_REASONS = {"bounced address", "spam reporting address", "unsubscribed address", "invalid"}

# What SendGrid makes of the mail server's answer, in bounce_classification.
DEAD_ADDRESS_CLASSES = {"", "invalid address", "mailbox unavailable"}
UNCLASSIFIED = "unclassified"


def judge_report(report: Report) -> AddressVerdict | None:
    """Return what the event says: a bounce by its type, a dropped letter by its reason."""
    match word(report.get("event")):
        case "bounce":
            return _judge_bounce(word(report.get("type")), word(report.get("bounce_classification")))
        case "deferred":
            return AddressVerdict.TEMPORARY
        case "dropped":
            return AddressVerdict.SUPPRESSED if word(report.get("reason")) in SUPPRESSED_REASONS else None
        case "spamreport":
            return AddressVerdict.COMPLAINT
        case "unsubscribe" | "group_unsubscribe":
            return AddressVerdict.UNSUBSCRIBED
    return None


def _judge_bounce(kind: str, bounce_class: str) -> AddressVerdict | None:
    if kind in ("blocked", "expired"):  # what may pass again
        return AddressVerdict.TEMPORARY
    if kind != "bounce" or bounce_class == UNCLASSIFIED:
        return None
    return AddressVerdict.PERMANENT if bounce_class in DEAD_ADDRESS_CLASSES else AddressVerdict.TEMPORARY


PROVIDER = Provider(
    "sendgrid",
    judge_report=judge_report,
    suppression_page="SendGrid: Suppressions",
    dkim_selectors=("s1", "s2"),
)
