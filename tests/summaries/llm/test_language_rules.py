"""What each language's answers may be at most."""

import pytest

from digest.summaries.length_limits import MAX_FIELD_CHARACTERS, MAX_TLDR_CHARACTERS
from digest.summaries.llm import language_rules
from digest.summaries.llm.language_rules import rules_of


@pytest.mark.parametrize(("is_tldr", "limit"), [(True, MAX_TLDR_CHARACTERS), (False, MAX_FIELD_CHARACTERS)])
def test_chinese_may_be_as_long_as_the_limit_and_no_longer(is_tldr: bool, limit: int) -> None:
    assert language_rules._check_characters(is_tldr, "字" * limit) == ""
    assert language_rules._check_characters(is_tldr, "字" * (limit + 1)) == f"is longer than {limit} characters"


def test_a_language_without_rules_of_its_own_has_those_of_english() -> None:
    assert rules_of("de") is rules_of("en")
