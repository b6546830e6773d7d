import json
import lzma
import re
import time
from dataclasses import asdict
from itertools import islice
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from digest.domain import SummaryText
from digest.sources.summary_placeholders import is_placeholder
from digest.summaries.extractive.writer import LAST_RESORT_TEXT, write_summary
from tests.summaries.papers import ABSTRACT, TITLE


def test_every_field_comes_from_the_abstract_and_none_twice() -> None:
    assert write_summary(TITLE, ABSTRACT) == SummaryText(
        tldr="We propose Sieve, a method that weighs every example by its gradient norm.",
        motivation="It remains unclear which data matter.",
        method="Our algorithm uses a running estimate over 1,000 steps.",
        result="Experiments on three benchmarks show that Sieve reduces the cost by 37.5\\%.",
        conclusion="These results suggest that most examples can be left out.",
    )


def test_a_field_without_a_sentence_of_its_own_is_left_out() -> None:
    assert write_summary("Sums", "We give a formula for sums of squares.") == SummaryText(
        "We give a formula for sums of squares."
    )


def test_the_contribution_is_preferred_to_all_else() -> None:
    summary = write_summary(
        "Graphs without loops",
        "Recently, graphs without loops have attracted attention. What makes graphs without loops so useful?"
        " We show that every graph without loops can be drawn. Code for graphs without loops is available at https://x.org.",
    )
    assert summary.tldr == "We show that every graph without loops can be drawn."


def test_what_the_paper_did_is_preferred_to_what_its_field_lacks() -> None:
    summary = write_summary(
        "Fast sums of large numbers",
        "Fast sums of large numbers remain a key challenge in computing. The order of large numbers is varied in this"
        " article, and fast sums are found for all of them. These sums of large numbers are then tested.",
    )
    assert summary.tldr.startswith("The order of large numbers is varied in this article")


def test_what_points_back_to_another_sentence_is_avoided() -> None:
    summary = write_summary(
        "Sums of pairs",
        "Sums are slow. This is a problem for sums of pairs. We show that pairs of numbers can be added fast."
        " This method of adding pairs is new.",
    )
    assert summary.tldr == "We show that pairs of numbers can be added fast."


@pytest.mark.parametrize("piece", ["a that ", "; we ", "a (b ", "$x", ", which and show "])
def test_one_endless_sentence_takes_no_endless_time(piece: str) -> None:
    start = time.process_time()
    write_summary("We", "We show " + piece * 20_000)
    assert time.process_time() - start < 2


@pytest.mark.parametrize(
    ("abstract", "tldr"),
    [
        ("no stop and no capital", "no stop and no capital."),
        ("$E = mc^2$", "$E = mc^2$."),
        ("We\nprove\n\nit.", "We prove it."),
        ("<script>alert(1)</script> We prove it.", "<script>alert(1)</script> We prove it."),
        ("0", "0."),
    ],
)
def test_odd_abstracts_are_quoted_as_they_are(abstract: str, tldr: str) -> None:
    assert write_summary("", abstract).tldr == tldr


def test_the_title_replaces_an_abstract_of_one_long_formula() -> None:
    assert write_summary("A long sum", f"${' + '.join('x' * 80)}$").tldr == "A long sum"


def test_with_nothing_to_quote_it_still_says_something_true() -> None:
    assert write_summary("", "").tldr == LAST_RESORT_TEXT
    assert write_summary("…", "?!").tldr == LAST_RESORT_TEXT
    assert write_summary("Summary generation failed", "Summary generation failed").tldr == LAST_RESORT_TEXT


def test_an_abstract_without_end_is_read_only_so_far() -> None:
    assert len(write_summary("t", "word " * 1_000_000).tldr.split()) <= 35


@given(st.text(), st.text())
@example("0", "$")
@example("", "Summary\u200b generation failed. We prove it.")
@example("t", "$" * 41 + " a. B")
def test_whatever_comes_there_is_a_short_clean_line(title: str, abstract: str) -> None:
    summary = write_summary(title, abstract)
    assert summary == write_summary(title, abstract)
    assert summary.tldr
    assert len(summary.tldr.split()) <= 35
    for text in asdict(summary).values():
        assert not re.search(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u200b]", text)
        assert "generation failed" not in text


@pytest.mark.data
def test_real_abstracts_give_short_summaries_with_whole_formulas(shared_data: Path, many: int) -> None:
    with lzma.open(shared_data / "papers" / "papers_dev_2026-02.jsonl.xz", "rt", encoding="utf-8") as lines:
        papers = [json.loads(line) for line in islice(lines, many)]
    for paper in papers:
        fields = [text for text in asdict(write_summary(paper["title"], paper["abstract"])).values() if text]
        assert len(fields[0].split()) <= 35
        assert len(set(fields)) == len(fields)
        assert not any(is_placeholder(text) for text in fields)
        if paper["abstract"].count("$") % 2 == 0 and "\\$" not in paper["abstract"]:
            assert all(text.count("$") % 2 == 0 for text in fields), paper["id"]


def test_a_result_with_figures_is_preferred_to_one_without() -> None:
    summary = write_summary(
        "Sorting by halves",
        "We propose sorting by halves. Experiments show that sorting improves speed. Experiments show that sorting by"
        " halves improves speed by 12 percent.",
    )
    assert summary.result == "Experiments show that sorting by halves improves speed by 12 percent."
