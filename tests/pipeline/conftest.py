"""What the tests of whole days share."""

import functools
from collections.abc import Callable

import pytest

from digest.domain import SummaryText
from digest.summaries.extractive import writer


@pytest.fixture(scope="session")
def write_each_summary_once() -> Callable[[str, str], SummaryText]:
    return functools.cache(writer.write_summary)


@pytest.fixture(autouse=True)
def _summaries_of_the_same_papers_are_kept(
    monkeypatch: pytest.MonkeyPatch, write_each_summary_once: Callable[[str, str], SummaryText]
) -> None:
    """Most tests here send the same papers; to shorten their abstracts anew took a tenth of the time."""
    monkeypatch.setattr(writer, "write_summary", write_each_summary_once)
