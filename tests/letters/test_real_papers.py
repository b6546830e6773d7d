"""Letters of real papers, in each language and level of detail: what holds for samples holds for what arXiv lists."""

import json
import lzma
import re
from collections.abc import Sequence
from itertools import islice
from pathlib import Path

import pytest

from digest.domain import Letter, PaperRecord
from digest.letters.size_limit import MAX_LETTER_BYTES
from digest.letters.subject import MAX_SUBJECT_LENGTH, PREHEADER_LENGTH
from tests.letters.sample_letters import as_received, edition, links_of, order, paper, renderer, tree, words_of
from tests.letters.tex.markup import find_lost
from tests.people import ada

PAPERS_PER_LETTER = 10

# What only TeX writes: a command, a formula's sign, a group, something raised or lowered.
RAW_TEX = re.compile(r"\\[a-zA-Z]+|\$|[{}]|[\^_]\w")


@pytest.fixture(scope="module")
def papers(shared_data: Path, many: int) -> Sequence[PaperRecord]:
    """Real papers spread over two months: a thousand in CI."""
    found: list[PaperRecord] = []
    for month in ("02", "03"):
        with lzma.open(shared_data / "papers" / f"papers_dev_2026-{month}.jsonl.xz", "rt") as lines:
            found += [
                real_paper(len(found) + rank, line)
                for rank, line in enumerate(islice(lines, 0, 17_000, 34_000 // many))
            ]
    assert len(found) == many
    return found


def real_paper(rank: int, line: str) -> PaperRecord:
    row = json.loads(line)
    return paper(
        rank,
        arxiv_id=row["id"],
        title=row["title"],
        abstract=row["abstract"],
        authors=tuple(row["authors"]),
        categories=tuple(row["categories"]),
        section=row["categories"][0],
    )


@pytest.mark.data
@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("detail", ["titles", "tldr", "structured", "abstract"])
def test_real_papers_make_sound_letters(papers: Sequence[PaperRecord], language: str, detail: str) -> None:
    raw: list[str] = []
    render = renderer(edition(papers, {})).letter
    for start in range(0, len(papers), PAPERS_PER_LETTER):
        group = papers[start : start + PAPERS_PER_LETTER]
        ranks = [each.rank for each in group]
        letter = render(ada, order(*ranks, language=language, detail=detail, matched=40))
        assert len(letter.data) <= MAX_LETTER_BYTES
        assert 0 < len(str(as_received(letter)["Subject"])) <= MAX_SUBJECT_LENGTH
        assert_both_parts_lead_to_the_same(letter)
        assert PREHEADER_LENGTH[0] <= len(read_preheader(letter)) <= PREHEADER_LENGTH[1]
        titles = [words_of(each) for each in tree(letter.html).iter("h2")]
        assert len(titles) == len(group)
        for each, title in zip(group, titles, strict=True):
            assert find_lost(each.title, title) == "", each.arxiv_id
            raw += [title] if RAW_TEX.search(title) else []
    assert len(raw) <= 0.02 * len(papers), raw


def read_preheader(letter: Letter) -> str:
    [line] = [each for each in tree(letter.html).iter("div") if each.get("class") == "first"]
    return words_of(line)


def assert_both_parts_lead_to_the_same(letter: Letter) -> None:
    in_html = {address for _, address in links_of(letter.html) if address.startswith("http")}
    in_text = {address.rstrip(".,;:") for address in re.findall(r"https?://[^\s)>]+", letter.text)}
    # An abstract's own addresses are words of it, no links.
    assert in_html <= in_text
    words = words_of(tree(letter.html))
    assert all(address in words for address in in_text - in_html)
