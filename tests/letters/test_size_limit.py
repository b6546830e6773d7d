"""Mail programs cut long letters off, and fold long lines: ours stay below both."""

import json
import lzma
import re
from collections.abc import Sequence
from itertools import islice
from pathlib import Path

import pytest

from digest.domain import Reason, SummaryRecord, SummaryText
from digest.letters.card_levels import CardForm, CardLevel, plan_levels
from digest.letters.size_limit import fit_levels
from digest.letters.text_layout import display_width
from tests.letters.sample_letters import as_sent, edition, letter, order, paper, summary, tree, words_of

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
    assert shown >= 15
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


FULL, SHORT, LINE = (CardLevel(form, "structured" if form == CardForm.FULL else "tldr") for form in CardForm)
SIZES = {FULL: 300, SHORT: 200, LINE: 100}


def fitted(wanted: Sequence[CardLevel], room: int) -> list[CardLevel]:
    return list(fit_levels(lambda rank, level: SIZES[level], range(len(wanted)), wanted, room))


def test_all_levels_are_kept_where_there_is_room() -> None:
    assert fitted([FULL, FULL, SHORT], 800) == [FULL, FULL, SHORT]


def test_the_last_papers_say_less_first() -> None:
    assert fitted([FULL, SHORT, SHORT], 600) == [FULL, SHORT, LINE]
    assert fitted([FULL] * 4 + [SHORT], 1300) == [FULL] * 4 + [LINE]
    assert fitted([FULL] * 5, 1400) == [FULL] * 4 + [SHORT]


def test_papers_are_left_out_before_the_first_three_say_less() -> None:
    assert fitted([FULL] * 4 + [LINE] * 2, 1000) == [FULL] * 3
    assert fitted([FULL] * 4 + [LINE] * 2, 700) == [FULL, SHORT, SHORT]
    assert fitted([FULL] * 3, 250) == [LINE, LINE]
    assert fitted([FULL] * 3, 10) == [LINE]


@pytest.mark.parametrize(
    ("detail", "forms"), [("titles", "FFFLLLLLLL"), ("tldr", "FFFSSSSLLL"), ("structured", "FFFFFSSSSS")]
)
def test_the_first_papers_say_most(detail: str, forms: str) -> None:
    levels = plan_levels(detail, 10)
    assert "".join(level.form[0].upper() for level in levels) == forms
    assert levels[0].detail == detail
    assert plan_levels(detail, 2) == levels[:2]


@pytest.mark.parametrize("detail", ["structured", "abstract"])
def test_thirty_papers_leave_the_first_five_what_was_asked_for(detail: str) -> None:
    papers = [paper(rank, abstract=LONG[:1400]) for rank in range(30)]
    sent = letter(order(*range(30), detail=detail), edition(papers, longest_edition("en")))
    assert sent.text.count("\nMotivation: " if detail == "structured" else "\nAbstract: ") == 5
    assert "in brief" not in sent.text


def test_a_reader_is_told_at_the_top_what_is_shortened() -> None:
    papers = [paper(rank, abstract=LONG * 3) for rank in range(30)]
    sent = letter(order(*range(30), detail="abstract"), edition(papers))
    top = sent.text.split("\n1. ")[0]
    assert re.search(r"\d+ papers are shown in brief", top)
    assert "The whole edition on the web: https://post.example/editions/2026-01-23/" in top
    page = words_of(tree(sent.html))
    assert page.index("are shown in brief") < page.index(" 1. ")


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
