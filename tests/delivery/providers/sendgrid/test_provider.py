"""SendGrid says in the type of a bounce that it was blocked for now."""

import pytest

from digest.delivery.providers.base import AddressVerdict
from digest.delivery.providers.sendgrid.provider import judge_report


def test_the_type_counts_for_bounces_only() -> None:
    assert judge_report({"event": "bounce", "type": "blocked"}) == AddressVerdict.TEMPORARY
    assert judge_report({"event": "bounce", "type": "bounce"}) == AddressVerdict.PERMANENT
    assert judge_report({"event": "bounce", "type": ["blocked"]}) is None
    assert judge_report({"event": "dropped", "type": "blocked"}) is None
    assert judge_report({"event": "dropped", "reason": "Invalid SMTPAPI header"}) is None


@pytest.mark.parametrize(
    ("bounce_class", "verdict"),
    [
        ("Invalid Address", AddressVerdict.PERMANENT),
        ("Mailbox Unavailable", AddressVerdict.PERMANENT),
        ("Reputation", AddressVerdict.TEMPORARY),
        ("Content", AddressVerdict.TEMPORARY),
        ("Technical", AddressVerdict.TEMPORARY),
        ("Frequency or Volume Too High", AddressVerdict.TEMPORARY),
        ("Unclassified", None),
    ],
)
def test_its_own_class_of_a_bounce_counts(bounce_class: str, verdict: AddressVerdict | None) -> None:
    assert judge_report({"event": "bounce", "type": "bounce", "bounce_classification": bounce_class}) == verdict
