"""MailerSend: what its reports mean.

https://developers.mailersend.com/api/v1/webhooks.html
"""

from digest.delivery.providers.base import AddressVerdict, Provider, Report, nested, word

TYPES = {
    "hard_bounced": AddressVerdict.PERMANENT,
    "soft_bounced": AddressVerdict.TEMPORARY,
    "deferred": AddressVerdict.TEMPORARY,
    "spam_complaint": AddressVerdict.COMPLAINT,
    "unsubscribed": AddressVerdict.UNSUBSCRIBED,
}


def judge_report(report: Report) -> AddressVerdict | None:
    """Return what the type of the event's data says."""
    return TYPES.get(word(nested(report, "data").get("type")))


PROVIDER = Provider(
    "mailersend",
    judge_report=judge_report,
    suppression_page="MailerSend: Suppressions → Hard bounces",
    spf_include="_spf.mailersend.net",
    dkim_selectors=("mlsend2", "mlsend"),
    # https://developers.mailersend.com/api/v1/other-endpoints
    key_page="api-quota",
)
