"""Mailjet says by a flag whether a bounce is permanent."""

import pytest

from digest.delivery.providers.mailjet.provider import is_permanent


@pytest.mark.parametrize("flag", [True, "true", 1])
def test_a_set_flag_is_a_permanent_bounce(flag: object) -> None:
    assert is_permanent({"hard_bounce": flag}) is True


@pytest.mark.parametrize("flag", [False, "false", 0, None, "", []])
def test_any_other_flag_is_not(flag: object) -> None:
    assert is_permanent({"hard_bounce": flag}) is False


def test_a_report_without_the_flag_says_nothing() -> None:
    assert is_permanent({"event": "bounce"}) is None
