"""SparkPost says by the bounce class whether an address is dead."""

import pytest

from digest.delivery.providers.base import Verdict
from digest.delivery.providers.sparkpost.provider import judge_report


@pytest.mark.parametrize(
    ("bounce_class", "verdict"),
    [
        ("10", Verdict.PERMANENT),
        ("30", Verdict.PERMANENT),
        (10, Verdict.PERMANENT),
        ("90", Verdict.UNSUBSCRIBED),
        ("22", Verdict.TEMPORARY),
        ("51", Verdict.TEMPORARY),
        ("1", None),
        ("", None),
        (None, None),
    ],
)
def test_the_bounce_class_says_whether_an_address_is_dead(bounce_class: object, verdict: Verdict | None) -> None:
    assert judge_report({"msys": {"message_event": {"bounce_class": bounce_class}}}) == verdict
