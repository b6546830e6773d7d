"""Mailtrap: what its reports mean.

https://docs.mailtrap.io/email-api-smtp/advanced/webhooks
"""

from digest.delivery.providers.base import Provider, Report, Verdict, word

EVENTS = {
    "bounce": Verdict.PERMANENT,
    "soft bounce": Verdict.TEMPORARY,
    "suspension": Verdict.TEMPORARY,
    "spam": Verdict.COMPLAINT,
    "unsubscribe": Verdict.UNSUBSCRIBED,
}


def judge_report(report: Report) -> Verdict | None:
    """Return what the event says. A rejected letter says by its reason whether the address is on the list."""
    event = word(report.get("event"))
    if event == "reject":
        return Verdict.SUPPRESSED if "suppress" in word(report.get("reason")) else None
    return EVENTS.get(event)


PROVIDER = Provider("mailtrap", judge_report=judge_report, suppression_page="Mailtrap: Sending → Suppressions")
