"""Mailjet says by a flag whether a bounce is permanent."""

import pytest

from digest.delivery.providers.base import AddressVerdict
from digest.delivery.providers.mailjet.provider import judge_report


@pytest.mark.parametrize("flag", [True, "true", 1])
def test_a_set_flag_is_a_permanent_bounce(flag: object) -> None:
    assert judge_report({"event": "bounce", "hard_bounce": flag}) == AddressVerdict.PERMANENT


@pytest.mark.parametrize("flag", [False, "false", 0, None, "", []])
def test_any_other_flag_is_not(flag: object) -> None:
    assert judge_report({"event": "bounce", "hard_bounce": flag}) == AddressVerdict.TEMPORARY


def test_a_report_without_the_flag_says_nothing() -> None:
    assert judge_report({"event": "bounce"}) is None


def test_a_blocked_letter_says_by_its_error_why() -> None:
    assert judge_report({"event": "blocked", "error": "preblocked"}) == AddressVerdict.SUPPRESSED
    assert judge_report({"event": "blocked", "error": "quota exceeded"}) == AddressVerdict.TEMPORARY
