"""SparkPost says by the bounce class whether an address is dead."""

import pytest

from digest.delivery.providers.base import AddressVerdict
from digest.delivery.providers.sparkpost.provider import judge_report


@pytest.mark.parametrize(
    ("bounce_class", "verdict"),
    [
        ("10", AddressVerdict.PERMANENT),
        ("30", AddressVerdict.PERMANENT),
        (10, AddressVerdict.PERMANENT),
        ("90", AddressVerdict.UNSUBSCRIBED),
        ("22", AddressVerdict.TEMPORARY),
        ("51", AddressVerdict.TEMPORARY),
        ("1", None),
        ("", None),
        (None, None),
    ],
)
def test_the_bounce_class_says_whether_an_address_is_dead(bounce_class: object, verdict: AddressVerdict | None) -> None:
    assert judge_report({"msys": {"message_event": {"bounce_class": bounce_class}}}) == verdict
