"""Mail programs cut long letters off, and fold long lines: ours stay below both."""

import json
import lzma
import re
from itertools import islice
from pathlib import Path

import pytest

from digest.domain import Reason, SummaryRecord, SummaryText
from digest.letters.size_limit import fit_details
from digest.letters.text_layout import display_width
from tests.letters.sample_letters import as_sent, edition, letter, order, paper, summary, tree

DETAILS = ("titles", "tldr", "structured", "abstract")
LONG = "A sentence of an abstract as they are, with $O(n^2)$ and some more words to fill the line. " * 35
REASONS = (
    Reason("keyword", '"diffusion model" -survey'),
    Reason("like", LONG[:200]),
    Reason("trending", "120 upvotes, 300 stars"),
)
CHINESE = "我们提出了一种新的方法，用于在大规模数据上训练模型，并证明其有效性。" * 4


def longest_edition(language: str) -> dict[tuple[int, str], SummaryRecord]:
    text = CHINESE if language == "zh" else LONG[:360]
    record = summary(language=language, writer="a-model", tldr=text[:230], motivation=text, method=text, result=text)
    return {(rank, language): record for rank in range(30)}


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("detail", DETAILS)
def test_thirty_long_papers_stay_below_eighty_thousand_bytes(language: str, detail: str) -> None:
    papers = [
        paper(rank, title=f"{rank} {LONG[:200]}", abstract=LONG, code_url="https://c.example/x") for rank in range(35)
    ]
    noticed = tuple(range(30, 35))
    wanted = order(*range(30), language=language, detail=detail, reasons=REASONS, matched=300, notices=noticed)
    sent = letter(wanted, edition(papers, longest_edition(language)))
    raw = as_sent(sent)
    assert len(raw) <= 80_000
    assert max(map(len, raw.split(b"\r\n"))) <= 998
    assert raw.count(b"Content-Transfer-Encoding: 8bit") == 2
    shown = len(list(tree(sent.html).iter("h2"))) - 1
    assert shown >= 20
    assert all(f"“{rank} A sentence" in sent.text or f"《{rank} A sentence" in sent.text for rank in noticed)
    assert re.search(rf"(?<!\d){300 - shown} (more|篇)", sent.text)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_ten_papers_are_never_shortened(language: str) -> None:
    papers = [paper(rank, abstract=LONG[:1900]) for rank in range(10)]
    for detail in DETAILS:
        sent = letter(order(*range(10), language=language, detail=detail), edition(papers, longest_edition(language)))
        assert len(as_sent(sent)) <= 80_000
        assert "in brief" not in sent.text
        assert "简要" not in sent.text


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("detail", DETAILS)
def test_lines_of_the_plain_part_are_short_except_addresses(language: str, detail: str) -> None:
    papers = [paper(0, abstract=LONG, title="x" * 226), paper(1, authors=("A" * 50, "B" * 50, "C" * 50))]
    papers += [paper(2, title="y" * 226), paper(3, title=LONG[:226])]
    wanted = order(0, 1, language=language, detail=detail, reasons=REASONS, matched=9, notices=(2, 3))
    for line in letter(wanted, edition(papers, longest_edition(language))).text.splitlines():
        assert display_width(line) <= 78 or "https://" in line


def test_all_details_are_kept_where_there_is_room() -> None:
    assert fit_details(lambda rank, detail: 100, [0, 1, 2], "structured", 300) == ["structured"] * 3


def test_the_last_papers_say_less_first() -> None:
    sizes = {"structured": 300, "tldr": 200, "titles": 100}
    assert fit_details(lambda rank, detail: sizes[detail], [0, 1, 2], "structured", 800) == ["structured"] * 2 + [
        "tldr"
    ]
    assert fit_details(lambda rank, detail: sizes[detail], [0, 1, 2], "structured", 500) == ["tldr", "tldr", "titles"]


def test_only_where_titles_are_too_much_the_list_ends_early() -> None:
    assert fit_details(lambda rank, detail: 100, [0, 1, 2], "titles", 250) == ["titles", "titles"]
    assert fit_details(lambda rank, detail: 100, [0, 1, 2], "tldr", 10) == ["titles"]


def test_a_reader_is_told_that_papers_are_shown_in_brief() -> None:
    papers = [paper(rank, abstract=LONG) for rank in range(30)]
    sent = letter(order(*range(30), detail="abstract"), edition(papers))
    assert re.search(r"\d+ papers are shown in brief", sent.text)
    assert "The whole edition on the web: https://post.example/editions/2026-01-23/" in sent.text


@pytest.mark.data
@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("detail", DETAILS)
def test_thirty_real_papers_fit_without_a_sign_of_tex(shared_data: Path, language: str, detail: str) -> None:
    with lzma.open(shared_data / "papers" / "papers_dev_2026-02.jsonl.xz", "rt") as lines:
        found = sorted(map(json.loads, islice(lines, 400)), key=lambda each: -len(each["abstract"]))[:30]
    papers = [
        paper(rank, title=p["title"], abstract=p["abstract"], authors=tuple(p["authors"]), arxiv_id=p["id"])
        for rank, p in enumerate(found)
    ]
    summaries = {
        (p.rank, language): SummaryRecord(1, "en", "extractive", SummaryText(p.abstract[:160])) for p in papers
    }
    sent = letter(order(*range(30), language=language, detail=detail), edition(papers, summaries))
    assert len(as_sent(sent)) <= 80_000
    assert len(list(tree(sent.html).iter("h2"))) == 30
    assert "$" not in sent.text + sent.html
