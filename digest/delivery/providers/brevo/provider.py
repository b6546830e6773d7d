"""Brevo: letters with idempotency keys, and what its reports mean.

https://developers.brevo.com/docs/transactional-webhooks
"""

from digest.delivery.providers.base import Provider, Report, Verdict, word

EVENTS = {
    "hard_bounce": Verdict.PERMANENT,
    "invalid_email": Verdict.PERMANENT,
    "soft_bounce": Verdict.TEMPORARY,
    "deferred": Verdict.TEMPORARY,
    # Brevo tries no letter to an address on its block list.
    "blocked": Verdict.SUPPRESSED,
    "spam": Verdict.COMPLAINT,
    "complaint": Verdict.COMPLAINT,
    "unsubscribe": Verdict.UNSUBSCRIBED,
    "unsubscribed": Verdict.UNSUBSCRIBED,
}


def judge_report(report: Report) -> Verdict | None:
    """Return what the event says."""
    return EVENTS.get(word(report.get("event")))


PROVIDER = Provider(
    "brevo",
    backend="digest.delivery.providers.brevo.sending.EmailBackend",
    judge_report=judge_report,
    suppression_page="Brevo: Transactional → Settings → Blocked contacts",
)
