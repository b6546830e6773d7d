"""Mailgun: what its reports mean.

https://documentation.mailgun.com/docs/mailgun/user-manual/events/webhooks
"""

from digest.delivery.providers.base import AddressVerdict, Provider, Report, nested, word

SUPPRESSED_REASONS = {"suppress-bounce", "suppress-complaint", "suppress-unsubscribe"}
# Mailgun gave up as the other server was away for hours, or would not take it from Mailgun.
PASSING_REASONS = {"old", "espblock", "greylisted"}
# Below stand codes of SMTP that pass, and Mailgun's own of servers that were not found.
FIRST_PERMANENT_CODE = 500


def judge_report(report: Report) -> AddressVerdict | None:
    """Return what the severity and the reason of a failure say."""
    data = nested(report, "event-data")
    reason, code = word(data.get("reason")), nested(data, "delivery-status").get("code")
    if reason in SUPPRESSED_REASONS:
        return AddressVerdict.SUPPRESSED
    if reason in PASSING_REASONS or word(data.get("severity")) == "temporary":
        return AddressVerdict.TEMPORARY
    if word(data.get("severity")) != "permanent":
        return None
    number = int(str(code)) if str(code).isdecimal() else FIRST_PERMANENT_CODE
    return AddressVerdict.TEMPORARY if 0 < number < FIRST_PERMANENT_CODE else AddressVerdict.PERMANENT


PROVIDER = Provider(
    "mailgun",
    judge_report=judge_report,
    suppression_page="Mailgun: Sending → Suppressions",
    spf_include="mailgun.org",
    dkim_selectors=("pdk1", "pdk2", "mailo", "pic", "smtp", "k1", "mx"),
)
