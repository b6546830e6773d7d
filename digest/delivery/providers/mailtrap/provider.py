"""Mailtrap: what its reports mean.

https://docs.mailtrap.io/email-api-smtp/advanced/webhooks
"""

from digest.delivery.providers.base import AddressVerdict, Provider, Report, word

EVENTS = {
    "bounce": AddressVerdict.PERMANENT,
    "soft bounce": AddressVerdict.TEMPORARY,
    "suspension": AddressVerdict.TEMPORARY,
    "spam": AddressVerdict.COMPLAINT,
    "unsubscribe": AddressVerdict.UNSUBSCRIBED,
}


def judge_report(report: Report) -> AddressVerdict | None:
    """Return what the event says. A rejected letter says by its reason whether the address is on the list."""
    event = word(report.get("event"))
    if event == "reject":
        return AddressVerdict.SUPPRESSED if "suppress" in word(report.get("reason")) else None
    return EVENTS.get(event)


PROVIDER = Provider(
    "mailtrap",
    judge_report=judge_report,
    suppression_page="Mailtrap: Sending → Suppressions",
    dkim_selectors=("rwmt1", "rwmt2"),
)
