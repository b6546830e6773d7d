"""Amazon SES: a webhook that verifies SNS, and what its reports mean.

https://docs.aws.amazon.com/ses/latest/dg/notification-contents.html
"""

from digest.delivery.providers.base import NO_COMPLAINT_TYPES, Provider, Report, Verdict, nested, word

BOUNCE_TYPES = {"permanent": Verdict.PERMANENT, "transient": Verdict.TEMPORARY}
SUPPRESSED_SUBTYPES = {"suppressed", "onaccountsuppressionlist"}


def judge_report(report: Report) -> Verdict | None:
    """Return what the type and the subtype of a bounce or complaint say; an undetermined bounce says nothing."""
    bounce, complaint = nested(report, "bounce"), nested(report, "complaint")
    if SUPPRESSED_SUBTYPES & {word(bounce.get("bounceSubType")), word(complaint.get("complaintSubType"))}:
        return Verdict.SUPPRESSED
    if complaint:
        is_none = word(complaint.get("complaintFeedbackType")) in NO_COMPLAINT_TYPES
        return Verdict.NO_COMPLAINT if is_none else Verdict.COMPLAINT
    return BOUNCE_TYPES.get(word(bounce.get("bounceType")))


PROVIDER = Provider(
    "amazon_ses",
    webhook_view="digest.delivery.providers.amazon_ses.webhook.TrackingWebhook",
    api_package="boto3",
    judge_report=judge_report,
    suppression_page="Amazon SES: Configuration → Suppression list",
)
