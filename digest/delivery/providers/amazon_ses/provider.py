"""Amazon SES: a webhook that verifies SNS, and what its reports mean.

https://docs.aws.amazon.com/ses/latest/dg/notification-contents.html
"""

from digest.delivery.providers.base import NO_COMPLAINT_TYPES, AddressVerdict, Provider, Report, nested, word

BOUNCE_TYPES = {"permanent": AddressVerdict.PERMANENT, "transient": AddressVerdict.TEMPORARY}
SUPPRESSED_SUBTYPES = {"suppressed", "onaccountsuppressionlist"}


def judge_report(report: Report) -> AddressVerdict | None:
    """Return what the type and the subtype of a bounce or complaint say; an undetermined bounce says nothing."""
    bounce, complaint = nested(report, "bounce"), nested(report, "complaint")
    if SUPPRESSED_SUBTYPES & {word(bounce.get("bounceSubType")), word(complaint.get("complaintSubType"))}:
        return AddressVerdict.SUPPRESSED
    if complaint:
        is_none = word(complaint.get("complaintFeedbackType")) in NO_COMPLAINT_TYPES
        return AddressVerdict.NO_COMPLAINT if is_none else AddressVerdict.COMPLAINT
    return BOUNCE_TYPES.get(word(bounce.get("bounceType")))


PROVIDER = Provider(
    "amazon_ses",
    webhook_view="digest.delivery.providers.amazon_ses.webhook.TrackingWebhook",
    api_package="boto3",
    judge_report=judge_report,
    suppression_page="Amazon SES: Configuration → Suppression list",
)
