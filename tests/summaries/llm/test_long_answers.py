"""A service may send anything: what is checked with patterns must not hold up a run."""

import time

import pytest

from digest.domain import SummaryText
from digest.sources.summary_placeholders import find_placeholder, is_placeholder
from digest.summaries.jobs import PaperText
from digest.summaries.llm.parsing import MAX_ANSWER_LENGTH
from digest.summaries.llm.validation import find_faults

PAPER = PaperText("A title", "An abstract about summary generation.")
NONSENSE = (
    "summary generation" + "-" * MAX_ANSWER_LENGTH,
    "@" * MAX_ANSWER_LENGTH,
    "a-" * MAX_ANSWER_LENGTH,
    "1," * MAX_ANSWER_LENGTH,
    "<" * MAX_ANSWER_LENGTH,
    "```" * MAX_ANSWER_LENGTH,
)


@pytest.mark.parametrize("text", NONSENSE, ids=lambda text: text[:6])
def test_long_nonsense_is_refused_at_once(text: str) -> None:
    begun = time.process_time()
    found = find_faults(SummaryText(text, text, text, text, text), PAPER, "en")
    assert any(fault.reason == "too long" for fault in found)
    assert is_placeholder(text + "x") is False
    assert time.process_time() - begun < 2


def test_placeholders_are_found_despite_signs_between_words() -> None:
    for text in ("Summary --- generation ___ failed", "Summary generation failed", "motivation_analysis_unavailable"):
        assert is_placeholder(text)
        assert find_placeholder(f"We say: {text}. And more.")
