"""Brevo: letters with idempotency keys, and what its reports mean.

https://developers.brevo.com/docs/transactional-webhooks
"""

from digest.delivery.providers.base import AddressVerdict, Provider, Report, word

EVENTS = {
    "hard_bounce": AddressVerdict.PERMANENT,
    "invalid_email": AddressVerdict.PERMANENT,
    "soft_bounce": AddressVerdict.TEMPORARY,
    "deferred": AddressVerdict.TEMPORARY,
    # Brevo tries no letter to an address on its block list.
    "blocked": AddressVerdict.SUPPRESSED,
    "spam": AddressVerdict.COMPLAINT,
    "complaint": AddressVerdict.COMPLAINT,
    "unsubscribe": AddressVerdict.UNSUBSCRIBED,
    "unsubscribed": AddressVerdict.UNSUBSCRIBED,
}


def judge_report(report: Report) -> AddressVerdict | None:
    """Return what the event says."""
    return EVENTS.get(word(report.get("event")))


PROVIDER = Provider(
    "brevo",
    backend="digest.delivery.providers.brevo.sending.EmailBackend",
    judge_report=judge_report,
    suppression_page="Brevo: Transactional → Settings → Blocked contacts",
    dkim_selectors=("brevo1", "brevo2", "mail"),
    # https://developers.brevo.com/docs/api-key-authentication
    key_page="account",
)
