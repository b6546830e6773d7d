"""Mandrill: what its reports mean.

https://mailchimp.com/developer/transactional/docs/webhooks/
"""

import re

from digest.delivery.providers.base import AddressVerdict, Provider, Report, nested, word

EVENTS = {
    "hard_bounce": AddressVerdict.PERMANENT,
    "soft_bounce": AddressVerdict.TEMPORARY,
    "deferral": AddressVerdict.TEMPORARY,
    "spam": AddressVerdict.COMPLAINT,
    "unsub": AddressVerdict.UNSUBSCRIBED,
}
LIST_CHANGES = {
    "add": AddressVerdict.SUPPRESSED,
    "change": AddressVerdict.SUPPRESSED,
    "remove": AddressVerdict.REACTIVATED,
}
# Why Mandrill's "rejection denylist" has an address, in the report of a rejected letter and in the answer of the API.
LISTED = r"(?:hard-bounce|spam|unsub|custom)\b"
LISTED_IN_ANSWER = re.compile(r'"reject_reason"\s*:\s*"' + LISTED)


def judge_report(report: Report) -> AddressVerdict | None:
    """Return what the event says; of a change of the denylist, what was done."""
    if word(report.get("type")) in ("blacklist", "denylist"):
        return LIST_CHANGES.get(word(report.get("action")))
    event = word(report.get("event"))
    if event == "reject":
        reject = nested(report, "msg").get("reject")
        reason = nested(report, "msg", "reject").get("reason") if isinstance(reject, dict) else reject
        return AddressVerdict.SUPPRESSED if re.match(LISTED, word(reason)) else None
    return EVENTS.get(event)


def refuses_suppressed(answer: str) -> bool:
    """Return whether the API's answer names the denylist as the reason."""
    return bool(LISTED_IN_ANSWER.search(answer))


PROVIDER = Provider(
    "mandrill",
    judge_report=judge_report,
    refuses_suppressed=refuses_suppressed,
    suppression_page="Mandrill: Outbound → Rejection denylists",
    dkim_selectors=("mte1", "mte2", "mandrill"),
)
