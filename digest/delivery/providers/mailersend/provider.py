"""MailerSend: what its reports mean.

https://developers.mailersend.com/api/v1/webhooks.html
"""

from digest.delivery.providers.base import Provider, Report, Verdict, nested, word

TYPES = {
    "hard_bounced": Verdict.PERMANENT,
    "soft_bounced": Verdict.TEMPORARY,
    "deferred": Verdict.TEMPORARY,
    "spam_complaint": Verdict.COMPLAINT,
    "unsubscribed": Verdict.UNSUBSCRIBED,
}


def judge_report(report: Report) -> Verdict | None:
    """Return what the type of the event's data says."""
    return TYPES.get(word(nested(report, "data").get("type")))


PROVIDER = Provider("mailersend", judge_report=judge_report, suppression_page="MailerSend: Suppressions → Hard bounces")
