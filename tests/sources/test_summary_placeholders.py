"""The words of broken summarisers are no summary."""

import pytest

from digest.domain import SummaryText
from digest.sources.summary_placeholders import is_placeholder
from digest.sources.validation import MAX_SUMMARY_FIELD_LENGTH, parse_summary


@pytest.mark.parametrize(
    "text",
    [
        "Summary generation failed",
        "summary generation FAILED.",
        "Note: Summary generation failed (quota)",
        "Motivation analysis unavailable",
        "Method extraction failed",
        "Result analysis unavailable",
        "Conclusion extraction failed",
        "Processing failed",
        "Processing failed: timeout after 60 s",
        "Error",
        "**Error**",
        "Error: rate limit",
        "An error occurred while calling the model",
        "Failed to generate summary",
        "Unable to extract the method",
        "Summary not available",
        "No summary available",
        "Conclusion could not be generated",
        "N/A",
        "none",
        "null",
        "…",
        "",
        "摘要生成失败",
        "处理失败，请重试",
        "暂无摘要",
    ],
)
def test_a_placeholder_is_recognised(text: str) -> None:
    assert is_placeholder(text)


@pytest.mark.parametrize(
    "text",
    [
        "0",
        "Errors in the method are bounded by the result of Hinton.",
        "Failed experiments teach more than successful ones.",
        "Results are unavailable to the learner until the end, and we show how to do without them.",
        "No regret is possible here.",
        "Processing failed requests twice doubles the load.",
        "The method finds missing edges.",
        "None of the models passes the test.",
        "Error bounds for kernel methods.",
        "提出一种检测处理失败的方法，在三个数据集上有效。",
    ],
)
def test_a_sentence_about_failures_is_a_summary(text: str) -> None:
    assert not is_placeholder(text)


def test_a_field_of_the_greatest_length_is_kept_no_longer_one() -> None:
    longest = "x" * MAX_SUMMARY_FIELD_LENGTH
    assert parse_summary([("tldr", longest)]) == SummaryText(tldr=longest)
    assert parse_summary([("tldr", longest + "x")]) is None
