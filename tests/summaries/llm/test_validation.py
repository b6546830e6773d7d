from dataclasses import replace

import pytest

from digest.domain import SummaryText
from digest.sources.summary_placeholders import find_placeholder
from digest.summaries.jobs import PaperText
from digest.summaries.llm.numbers_check import find_foreign_numbers
from digest.summaries.llm.validation import find_faults as faults
from tests.summaries.model import CHINESE, GOOD
from tests.summaries.papers import ABSTRACT, TITLE

PAPER = PaperText(TITLE, ABSTRACT)


def problems(text: SummaryText, paper: PaperText, language: str) -> list[str]:
    """The complaints alone, as the model hears them."""
    return [fault.complaint for fault in faults(text, paper, language)]


ENGLISH_TEXT, CHINESE_TEXT = SummaryText(**GOOD), SummaryText(**CHINESE)


def test_good_summaries_pass() -> None:
    assert problems(ENGLISH_TEXT, PAPER, "en") == []
    assert problems(CHINESE_TEXT, PAPER, "zh") == []


def test_the_language_asked_for_counts_and_no_other() -> None:
    assert problems(ENGLISH_TEXT, PAPER, "zh")
    assert problems(CHINESE_TEXT, PAPER, "en")


@pytest.mark.parametrize(
    "tldr",
    [
        "Wir schlagen ein Verfahren vor, das jedes Beispiel nach der Norm seines Gradienten und der Zeit gewichtet.",
        "我々は各サンプルを勾配のノルムで重み付けする手法を提案する。",
        "Мы предлагаем метод, который взвешивает каждый пример по норме градиента.",
    ],
)
def test_a_third_language_is_refused(tldr: str) -> None:
    text = SummaryText(tldr, tldr, tldr, tldr, tldr)
    assert problems(text, PAPER, "en")
    assert problems(text, PAPER, "zh")


def test_traditional_characters_are_not_simplified_chinese() -> None:
    text = replace(CHINESE_TEXT, tldr="這個方法為訓練樣本與數據學習權重，將成本降低。")
    assert problems(text, PAPER, "zh") == ['"tldr" is not in Simplified Chinese']


@pytest.mark.parametrize("name", GOOD)
def test_every_field_must_be_there(name: str) -> None:
    assert problems(replace(ENGLISH_TEXT, **{name: " "}), PAPER, "en") == [f'"{name}" is missing or empty']


@pytest.mark.parametrize(
    ("bad", "complaint"),
    [
        ("Examples are <i>weighed</i>.", "markup"),
        ("Examples are weighed &lt;so&gt;.", "markup"),
        ("Examples are `weighed`.", "markup"),
        ("- Examples are weighed.", "markup"),
        ("Examples are [weighed](x).", "markup"),
        ("Examples: javascript:alert(1)", "link"),
        ("Write to eve@example.org for examples.", "link"),
        ("Examples are weighed. <think>", "how the answer was found"),
        ("Examples are weighed<|im_end|>", "how the answer was found"),
        ("I cannot summarise this paper.", "instead of the paper"),
        ("As an AI assistant, no opinion is given.", "instead of the paper"),
        ("Examples\u202eare weighed.", "control characters"),
        ("Examples\x00are weighed.", "control characters"),
        ("Examples\nare weighed.", "line breaks"),
        ("Method extraction failed", "placeholder"),
        ("Examples are weighed 12 times.", "numbers that title and abstract do not have: 12"),
        ("weighed " * 81, "longer than 80 words"),
        ("weighed" * 500, "longer than 80 words"),
    ],
)
def test_what_must_not_be_seen_is_named(bad: str, complaint: str) -> None:
    found = problems(replace(ENGLISH_TEXT, method=bad), PAPER, "en")
    assert len(found) >= 1
    assert any('"method"' in fault and complaint in fault for fault in found)


@pytest.mark.parametrize(
    "fine",
    [
        "A* search and a < b hold as an AI judge would expect of type I.",
        "The method uses x_i and y_i on real data: examples are weighed.",
        "Examples are weighed in three steps, (1) first and (2) then.",
    ],
)
def test_what_only_looks_odd_may_stay(fine: str) -> None:
    assert problems(replace(ENGLISH_TEXT, method=fine), PAPER, "en") == []


FIGURES = (
    "We use 1,000 steps, $10^5$ rows, a gain of 10\\%, three tasks, $2 \\times 10^{-3}$ error, 1.5M points, GPT-4,"
    " $5{,}000$ words, 0.80 recall, 10⁷ operations and 3e-4."
)


SAME = (
    "1000, 1 thousand, 1k, 10^5, 10⁵, 100000, 10万, 10%, 3 tasks, 0.002, 2×10⁻³, 0.8, 1.5 million, 1.50M, 150万, GPT-4,"
    " 5000, 10^7, 0.0003, 3e-4, no number, fifty, 20 × 10^-4"
)


@pytest.mark.parametrize("same", [*SAME.split(", "), "1,000", "100,000", "1,500,000"])
def test_a_number_is_the_same_however_it_is_written(same: str) -> None:
    assert find_foreign_numbers(same, FIGURES) == []


@pytest.mark.parametrize("other", ["37%", "80%", "11", "1.51", "1001", "10^6", "2024", "0.03"])
def test_a_number_that_the_paper_does_not_have_is_a_stranger(other: str) -> None:
    assert find_foreign_numbers(other, FIGURES) != []


@pytest.mark.parametrize("wild", ["9" * 5000, "1e999999999", "2^999999999", "10^-99999", "9.9.9.9", "١٢٣", "²³"])
def test_numbers_without_sense_break_nothing(wild: str) -> None:
    assert find_foreign_numbers(wild, wild) == []


@pytest.mark.parametrize(
    "text",
    [
        "Summary generation failed",
        "TL;DR: summary  generation\u200b failed.",
        "We start. Method extraction failed. We end.",
        "motivation_analysis_unavailable",
        "Processing failed",
        "Conclusion extraction has failed",
        "Error",
        "N/A",
        "摘要生成失败",
        "无法生成摘要",
        "No summary available",
        "Unable to generate a summary",
    ],
)
def test_placeholders_are_refused(text: str) -> None:
    assert find_placeholder(text)


@pytest.mark.parametrize(
    "text", ["", "The method failed on two tasks.", "Error analysis shows three causes.", "We fail."]
)
def test_papers_may_speak_of_failure(text: str) -> None:
    assert not find_placeholder(text)
