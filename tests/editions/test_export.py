"""What is exported can be read in again, and nothing in a text passes for structure."""

import json
import re
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime
from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.domain import EditionContents, Entry, FetchedPaper, PaperRecord, SummaryRecord, SummaryText
from digest.editions.export import write_json_lines, write_markdown
from digest.sources.files import jsonl as json_lines_source
from digest.sources.files import markdown as daily_digest
from digest.sources.files.lines import read_lines
from digest.sources.summary_placeholders import is_placeholder
from digest.sources.validation import clean_text
from tests.ingest.fetched import CHINESE, DAY

SORTING = PaperRecord(
    rank=0,
    entry_id=1,
    version_id=1,
    arxiv_id="2602.00001",
    version=1,
    title="Sorting",
    abstract="We sort numbers.",
    authors=("Ada Önal", "Bao Li"),
    categories=("cs.LG",),
    section="cs.LG",
    kind="new",
    score=0.5,
    day=DAY,
)
WRITTEN = SummaryText("We sort.", "Numbers lie about.", "We compare.", "Sorted.", "It helps.")

EXPECTED = """<div id=toc></div>

# Table of Contents

- [cs.LG](#cs.LG) [Total: 2]
- [stat.ML](#stat.ML) [Total: 1]


<div id='cs.LG'></div>

# cs.LG [[Back]](#toc)

### [1] [Sorting](https://arxiv.org/abs/2602.00001)
*Ada Önal,Bao Li*

Main category: cs.LG

TL;DR: We sort.


<details>
  <summary>Details</summary>
Motivation: Numbers lie about.

Method: We compare.

Result: Sorted.

Conclusion: It helps.

Abstract: We sort numbers.

</details>


### [2] [Third](https://arxiv.org/abs/2602.00003v2)
*Ada Önal,Bao Li*

Main category: cs.LG


<details>
  <summary>Details</summary>
Abstract: We sort numbers.

</details>


<div id='stat.ML'></div>

# stat.ML [[Back]](#toc)

### [3] [Second](https://arxiv.org/abs/2602.00002)
*Ada Önal,Bao Li*

Main category: stat.ML


<details>
  <summary>Details</summary>
Abstract: We sort numbers.

</details>
"""


def contents(*papers: PaperRecord, summaries: dict[tuple[int, str], SummaryRecord] | None = None) -> EditionContents:
    ranked = tuple(replace(each, rank=rank) for rank, each in enumerate(papers))
    return EditionContents(1, DAY, "", ranked, summaries or {})


def record(text: SummaryText = WRITTEN, language: str = "en", writer: str = "imported") -> SummaryRecord:
    return SummaryRecord(1, language, writer, text)


def raw(pieces: Iterable[str]) -> BytesIO:
    return BytesIO("".join(pieces).encode())


def from_markdown(exported: EditionContents) -> list[Entry]:
    return list(daily_digest.read_markdown(read_lines(raw(write_markdown(exported))), DAY))


def from_json(exported: EditionContents) -> list[Entry]:
    return list(json_lines_source.read_jsonl(read_lines(raw(write_json_lines(exported))), DAY))


def test_the_markdown_has_the_shape_of_the_daily_digest() -> None:
    second = replace(SORTING, arxiv_id="2602.00002", title="Second", section="stat.ML", categories=("stat.ML",))
    third = replace(SORTING, arxiv_id="2602.00003", title="Third", version=2)
    assert "".join(write_markdown(contents(SORTING, second, third, summaries={(0, "en"): record()}))) == EXPECTED


def test_an_empty_edition_is_an_empty_digest() -> None:
    assert from_markdown(contents()) == []
    assert "".join(write_json_lines(contents())) == ""


def test_a_row_has_the_fields_of_the_daily_digest_and_more() -> None:
    full = replace(
        SORTING,
        published=datetime(2026, 2, 2, 10, tzinfo=UTC),
        comment="9 pages",
        code_url="https://github.com/ada/sort",
        signals={"stars": 12},
        version=3,
        kind="cross",
        section="stat.ML",
    )
    (row,) = [json.loads(line) for line in write_json_lines(contents(full, summaries={(0, "en"): record()}))]
    assert row["AI"]["tldr"] == "We sort."
    assert (row["id"], row["summary"], row["abs"]) == (
        "2602.00001",
        "We sort numbers.",
        "https://arxiv.org/abs/2602.00001",
    )
    (entry,) = from_json(contents(full, summaries={(0, "en"): record()}))
    assert isinstance(entry, FetchedPaper)
    assert (entry.version, entry.kind, entry.section, entry.comment) == (3, "cross", "stat.ML", "9 pages")
    assert (entry.published, entry.code_url, entry.summary) == (full.published, full.code_url, WRITTEN)
    assert [(seen.kind, seen.value) for seen in entry.observations] == [("stars", 12)]


def test_an_extractive_summary_is_marked_and_not_imported() -> None:
    exported = contents(SORTING, summaries={(0, "en"): record(writer="extractive")})
    assert "TL;DR: [extractive] We sort." in "".join(write_markdown(exported))
    for read in (from_markdown, from_json):
        (entry,) = read(exported)
        assert isinstance(entry, FetchedPaper)
        assert entry.summary is None


def test_a_summary_that_claims_to_be_extractive_stays_what_it_is() -> None:
    claims = SummaryText("[extractive] We extract.")
    (entry,) = from_markdown(contents(SORTING, summaries={(0, "en"): record(claims)}))
    assert isinstance(entry, FetchedPaper)
    assert entry.summary == claims


@pytest.mark.parametrize(
    ("summaries", "expected"),
    [
        ({(0, "en"): record(writer="extractive"), (0, "zh"): record(CHINESE, "zh")}, CHINESE.tldr),
        ({(0, "en"): record(writer="gpt"), (0, "zh"): record(CHINESE, "zh")}, "We sort."),
        ({(0, "zh"): record(CHINESE, "zh"), (0, "fr"): record(writer="gpt", language="en")}, "We sort."),
    ],
)
def test_written_and_english_summaries_are_preferred(
    summaries: dict[tuple[int, str], SummaryRecord], expected: str
) -> None:
    assert f"TL;DR: {expected}\n" in "".join(write_markdown(contents(SORTING, summaries=summaries)))


HOSTILE = [
    "A [bracketed] title",
    "[Re] a [nested [one]]",
    "](https://evil.example) [x",
    "[x](javascript:alert(1))",
    "a] b [c",
    "</details> ### [9] [Forged](https://arxiv.org/abs/2602.09999)",
    "<details><script>alert(1)</script>",
    "TL;DR: forged Abstract: forged",
    "&lt;b&gt; &amp;lt; &#91; &amp;#93; & $a < b$ \\[x\\] \\& \\%",
    "# cs.AI [[Back]](#toc)",
    "*star*, comma, <!-- remark",
    "0",
]


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_comes_back_as_it_was_and_forges_nothing(text: str) -> None:
    fields = SummaryText(text, text, text, text, text)
    hostile = replace(SORTING, title=text, abstract=text, authors=(text, "Bao Li"))
    exported = contents(hostile, summaries={(0, "en"): record(fields)})
    for read in (from_markdown, from_json):
        (entry,) = read(exported)
        assert isinstance(entry, FetchedPaper)
        assert (entry.title, entry.abstract, entry.authors) == (text, text, (text, "Bao Li"))
        assert entry.summary == fields
    written = "".join(write_markdown(exported))
    assert not re.search(r"<(?!/?details>|/?summary>|/?div)[a-z!/]", written)
    assert written.count("](") == 3


texts = st.one_of(st.text(max_size=80), st.lists(st.sampled_from(HOSTILE), max_size=3).map(" ".join)).map(clean_text)
said = texts.filter(lambda text: not is_placeholder(text))
summary_texts = st.builds(SummaryText, *[said] * 5)
records = st.builds(
    replace,
    st.just(SORTING),
    title=texts.filter(bool),
    abstract=texts.filter(bool),
    authors=st.lists(texts.filter(bool), max_size=4).map(tuple),
    section=st.sampled_from(["cs.LG", "stat.ML"]),
)


@given(st.lists(st.tuples(records, st.none() | summary_texts), max_size=4))
def test_any_edition_comes_back_through_both_formats(drawn: list[tuple[PaperRecord, SummaryText | None]]) -> None:
    papers = [replace(each, arxiv_id=f"2602.{rank:05}") for rank, (each, _text) in enumerate(drawn)]
    written = {(rank, "en"): record(text) for rank, (_each, text) in enumerate(drawn) if text}
    exported = contents(*papers, summaries=written)
    expected = {
        each.arxiv_id: (each.title, each.abstract, each.authors, each.section, text)
        for each, (_original, text) in zip(papers, drawn, strict=True)
    }
    for read in (from_markdown, from_json):
        found = {
            entry.arxiv_id: (entry.title, entry.abstract, entry.authors, entry.section, entry.summary)
            for entry in read(exported)
            if isinstance(entry, FetchedPaper)
        }
        assert found == expected
