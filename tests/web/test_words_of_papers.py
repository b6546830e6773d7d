"""How papers are written on pages."""

import pytest

from digest.domain import SummaryRecord, SummaryText
from digest.letters import wording
from digest.templatetags import papers


def test_a_few_authors_are_all_named() -> None:
    assert wording.format_authors(["A", "B", "C", "D", "E"]) == "A, B, C, D, E"


def test_many_authors_are_the_first_three_and_the_last_two() -> None:
    assert wording.format_authors([f"N{number}" for number in range(3303)]) == "N0, N1, N2 … N3301, N3302"


def test_names_lose_their_tex() -> None:
    assert papers.names([r"Paul Erd\H{o}s", r"Andr\'e Weil"]) == "Paul Erdős, André Weil"


@pytest.mark.parametrize(
    ("writer", "language", "label"),
    [
        ("extractive", "en", "From the abstract"),
        ("imported", "zh", "Imported summary (in Chinese)"),
        ("gpt-4o", "en", "Summary by gpt-4o"),
    ],
)
def test_a_summary_says_who_wrote_it(writer: str, language: str, label: str) -> None:
    assert papers.writer(SummaryRecord(1, language, writer, SummaryText("Short."))) == label


def test_a_category_has_a_name() -> None:
    assert papers.category_name("cs.LG") == "Machine Learning"
    assert papers.category_name("no.such") == "no.such"
