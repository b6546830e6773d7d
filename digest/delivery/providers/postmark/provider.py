"""Postmark: what its reports mean.

https://postmarkapp.com/developer/api/bounce-api#bounce-types and /developer/webhooks/subscription-change-webhook
"""

from digest.delivery.providers.base import AddressVerdict, Provider, Report, word

BOUNCE_TYPES = {
    "hardbounce": AddressVerdict.PERMANENT,
    "bademailaddress": AddressVerdict.PERMANENT,
    "spamcomplaint": AddressVerdict.COMPLAINT,
    # The letter arrived, and a filter filed it as spam.
    "spamnotification": AddressVerdict.NO_COMPLAINT,
    "unsubscribe": AddressVerdict.UNSUBSCRIBED,
    "manuallydeactivated": AddressVerdict.SUPPRESSED,
}
PASSING_TYPES = {
    "transient",
    "softbounce",
    "dnserror",
    "virusnotification",
    "blocked",
    "dmarcpolicy",
    "openrelaytest",
    "smtpapierror",
}
SUPPRESSION_REASONS = {"hardbounce": AddressVerdict.PERMANENT, "spamcomplaint": AddressVerdict.COMPLAINT}


def judge_report(report: Report) -> AddressVerdict | None:
    """Return what the type of a bounce, or a change of the suppression list, says."""
    if word(report.get("RecordType")) == "subscriptionchange":
        if report.get("SuppressSending") is False:
            return AddressVerdict.REACTIVATED
        if report.get("SuppressSending") is not True:
            return AddressVerdict.NO_COMPLAINT
        return SUPPRESSION_REASONS.get(word(report.get("SuppressionReason")), AddressVerdict.SUPPRESSED)
    name = word(report.get("Type"))
    return AddressVerdict.TEMPORARY if name in PASSING_TYPES else BOUNCE_TYPES.get(name)


def refuses_suppressed(answer: str) -> bool:
    """Return whether the API's answer is error 406: the recipient is inactive."""
    return "inactive" in answer.lower()


PROVIDER = Provider(
    "postmark",
    judge_report=judge_report,
    refuses_suppressed=refuses_suppressed,
    suppression_page="Postmark: Message Stream → Suppressions → Reactivate",
    # https://postmarkapp.com/developer/api/server-api
    key_page="server",
)
