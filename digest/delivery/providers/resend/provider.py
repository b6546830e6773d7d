"""Resend: letters with idempotency keys, and what its reports mean.

https://resend.com/docs/dashboard/emails/email-bounces and /docs/webhooks/event-types
"""

from digest.delivery.providers.base import AddressVerdict, Provider, Report, nested, word

BOUNCE_TYPES = {"permanent": AddressVerdict.PERMANENT, "transient": AddressVerdict.TEMPORARY}
EVENTS = {
    "email.suppressed": AddressVerdict.SUPPRESSED,
    "email.complained": AddressVerdict.COMPLAINT,
    "email.delivery_delayed": AddressVerdict.TEMPORARY,
}


def judge_report(report: Report) -> AddressVerdict | None:
    """Return what the event, or the type of a bounce, says; an undetermined bounce says nothing."""
    bounce = nested(report, "data", "bounce")
    if "suppress" in word(bounce.get("subType")) or "suppressed sending" in word(bounce.get("message")):
        return AddressVerdict.SUPPRESSED
    return EVENTS.get(word(report.get("type"))) or BOUNCE_TYPES.get(word(bounce.get("type")))


def refuses_key(_status: int, body: str) -> bool:
    """Return whether the key is wrong: one that may only send is refused this page as well, in other words.

    https://resend.com/docs/api-reference/errors
    """
    return "invalid_api_key" in body or "API key is invalid" in body


PROVIDER = Provider(
    "resend",
    backend="digest.delivery.providers.resend.sending.EmailBackend",
    signature_package=("RESEND_SIGNING_SECRET", "svix"),
    judge_report=judge_report,
    suppression_page="Resend: Emails → the letter → Remove from suppression list",
    dkim_selectors=("resend",),
    key_page="domains",
    refuses_key=refuses_key,
)
