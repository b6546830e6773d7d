"""SparkPost: letters with idempotency keys, and what its reports mean.

https://developers.sparkpost.com/api/events/ and https://support.sparkpost.com/docs/deliverability/bounce-classification-codes
"""

from digest.delivery.providers.base import NO_COMPLAINT_TYPES, AddressVerdict, Provider, Report, nested, word

# Invalid recipient, and a bounce as there is no such recipient.
PERMANENT_CLASSES = {"10", "30"}
UNSUBSCRIBE_CLASS = "90"
UNDETERMINED_CLASS = "1"


def judge_report(report: Report) -> AddressVerdict | None:
    """Return what the type of the event and its bounce class say."""
    event = next((each for each in nested(report, "msys").values() if isinstance(each, dict)), {})
    if word(event.get("type")) == "spam_complaint":
        return (
            AddressVerdict.NO_COMPLAINT if word(event.get("fbtype")) in NO_COMPLAINT_TYPES else AddressVerdict.COMPLAINT
        )
    if word(event.get("type")) in ("list_unsubscribe", "link_unsubscribe"):
        return AddressVerdict.UNSUBSCRIBED
    bounce_class = str(event.get("bounce_class") or "")
    if "suppress" in word(event.get("raw_reason")):
        return AddressVerdict.SUPPRESSED
    if bounce_class in PERMANENT_CLASSES:
        return AddressVerdict.PERMANENT
    if bounce_class == UNSUBSCRIBE_CLASS:
        return AddressVerdict.UNSUBSCRIBED
    return AddressVerdict.TEMPORARY if bounce_class and bounce_class != UNDETERMINED_CLASS else None


PROVIDER = Provider(
    "sparkpost",
    backend="digest.delivery.providers.sparkpost.sending.EmailBackend",
    judge_report=judge_report,
    suppression_page="SparkPost: Recipients → Suppressions",
    # https://developers.sparkpost.com/api/account/ A key without the right to read it gets 403.
    key_page="account",
)
