"""Resend: letters with idempotency keys, and what its reports mean.

https://resend.com/docs/dashboard/emails/email-bounces and /docs/webhooks/event-types
"""

from digest.delivery.providers.base import Provider, Report, Verdict, nested, word

BOUNCE_TYPES = {"permanent": Verdict.PERMANENT, "transient": Verdict.TEMPORARY}
EVENTS = {
    "email.suppressed": Verdict.SUPPRESSED,
    "email.complained": Verdict.COMPLAINT,
    "email.delivery_delayed": Verdict.TEMPORARY,
}


def judge_report(report: Report) -> Verdict | None:
    """Return what the event, or the type of a bounce, says; an undetermined bounce says nothing."""
    bounce = nested(report, "data", "bounce")
    if "suppress" in word(bounce.get("subType")) or "suppressed sending" in word(bounce.get("message")):
        return Verdict.SUPPRESSED
    return EVENTS.get(word(report.get("type"))) or BOUNCE_TYPES.get(word(bounce.get("type")))


PROVIDER = Provider(
    "resend",
    backend="digest.delivery.providers.resend.sending.EmailBackend",
    signature_package=("RESEND_SIGNING_SECRET", "svix"),
    judge_report=judge_report,
    suppression_page="Resend: Emails → the letter → Remove from suppression list",
)
