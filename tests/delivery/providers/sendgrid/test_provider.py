"""SendGrid says in the type of a bounce that it was blocked for now."""

from digest.delivery.providers.base import Verdict
from digest.delivery.providers.sendgrid.provider import judge_report


def test_the_type_counts_for_bounces_only() -> None:
    assert judge_report({"event": "bounce", "type": "blocked"}) == Verdict.TEMPORARY
    assert judge_report({"event": "bounce", "type": "bounce"}) == Verdict.PERMANENT
    assert judge_report({"event": "dropped", "type": "blocked"}) is None
    assert judge_report({"event": "dropped", "reason": "Invalid SMTPAPI header"}) is None
