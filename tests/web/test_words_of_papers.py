"""How papers are written on pages."""

import pytest

from digest.templatetags import papers


def test_a_few_authors_are_all_named() -> None:
    assert papers.authors(["A", "B", "C", "D", "E"]) == "A, B, C, D, E"


def test_many_authors_are_the_first_three_and_the_last_two() -> None:
    assert papers.authors([f"N{number}" for number in range(3303)]) == "N0, N1, N2, … and 3298 more …, N3301, N3302"


def test_names_lose_their_tex() -> None:
    assert papers.names([r"Paul Erd\H{o}s", r"Andr\'e Weil"]) == "Paul Erdős, André Weil"


@pytest.mark.parametrize(
    ("writer", "label"),
    [("extractive", "From the abstract"), ("imported", "Imported summary"), ("gpt-4o", "Summary by gpt-4o")],
)
def test_a_summary_says_who_wrote_it(writer: str, label: str) -> None:
    assert papers.writer(writer) == label


@pytest.mark.parametrize(
    "url", ["javascript:alert(1)", "data:text/html,x", "//evil.example", "ftp://a", "http://[", ""]
)
def test_a_browser_is_sent_to_web_addresses_only(url: str) -> None:
    assert papers.web_address(url) == ""


def test_a_good_address_stays_as_it_is() -> None:
    assert papers.web_address("https://github.com/a/b?c#d") == "https://github.com/a/b?c#d"


@pytest.mark.parametrize(
    ("arxiv_id", "expected"),
    [("2601.15380", True), ("2311.00001", False), ("0704.0001", False), ("hep-th/9901001", False)],
)
def test_html_is_offered_since_arxiv_makes_it(arxiv_id: str, expected: bool) -> None:
    assert papers.has_html(arxiv_id) is expected


def test_a_category_has_a_name() -> None:
    assert papers.category_name("cs.LG") == "Machine Learning"
    assert papers.category_name("no.such") == "no.such"
