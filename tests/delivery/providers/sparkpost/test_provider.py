"""SparkPost says by the bounce class whether an address is dead."""

import pytest

from digest.delivery.providers.sparkpost.provider import is_permanent


@pytest.mark.parametrize(
    ("bounce_class", "permanent"),
    [("10", True), ("30", True), ("90", True), (10, True), ("22", False), ("1", False), ("", None), (None, None)],
)
def test_the_bounce_class_says_whether_an_address_is_dead(bounce_class: object, permanent: bool | None) -> None:
    assert is_permanent({"msys": {"message_event": {"bounce_class": bounce_class}}}) is permanent
