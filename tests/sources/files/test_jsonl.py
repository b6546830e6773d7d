"""JSON Lines: the daily digest, raw and enhanced, and the corpus."""

import json
from datetime import UTC, date, datetime
from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.domain import Entry, FetchedPaper, Malformed, Observation, SummaryText
from digest.sources.files.jsonl import read_jsonl
from digest.sources.files.lines import read_lines

DAY = date(2026, 2, 3)

RAW: dict[str, object] = {
    "id": "2601.00001",
    "categories": ["cs.LG", "cs.AI"],
    "pdf": "https://arxiv.org/pdf/2601.00001",
    "abs": "https://arxiv.org/abs/2601.00001",
    "authors": ["Ada", "Bao"],
    "title": "Sorting",
    "comment": None,
    "summary": "We sort.\nTwice.",
}
CORPUS: dict[str, object] = {
    "id": "2601.00002",
    "title": "Corpus",
    "abstract": "From the corpus.",
    "authors": ["Chidi"],
    "categories": ["hep-th"],
    "announced": "2026-02-03",
    "published": "2026-02-02T10:00:00Z",
    "updated": None,
    "comment": "This paper has been withdrawn",
    "doi": None,
    "announce_type": None,
}


def read(*rows: object) -> list[Entry]:
    text = "\n".join(row if isinstance(row, str) else json.dumps(row) for row in rows)
    return list(read_jsonl(read_lines(BytesIO(text.encode(errors="surrogatepass"))), DAY))


def one(row: dict[str, object]) -> FetchedPaper:
    (entry,) = read(row)
    assert isinstance(entry, FetchedPaper), entry
    return entry


def test_a_raw_row_calls_its_abstract_summary() -> None:
    paper = one(RAW)
    assert (paper.abstract, paper.summary, paper.day, paper.where) == ("We sort. Twice.", None, DAY, "line 1")
    assert (paper.categories, paper.section, paper.comment) == (("cs.LG", "cs.AI"), "", "")


def test_an_enhanced_row_brings_summary_code_and_stars() -> None:
    written = {"tldr": "It sorts.", "motivation": "Error", "method": "Compare.", "result": "r", "conclusion": "c"}
    paper = one(RAW | {"AI": written, "code_url": "https://github.com/ada/sort", "code_stars": 12})
    assert paper.summary == SummaryText("It sorts.", "", "Compare.", "r", "c")
    assert paper.code_url == "https://github.com/ada/sort"
    assert paper.observations == (Observation("stars", 12, datetime(2026, 2, 3, tzinfo=UTC)),)


@pytest.mark.parametrize(
    "written",
    [
        {"tldr": "Error", "motivation": "Error", "method": "Error", "result": "Error", "conclusion": "Error"},
        {"task": "Sorting", "tldr": "Summary generation failed"},
        {"tldr": "It sorts.", "writer": "extractive"},
        {"tldr": None},
        {},
        "Error",
        None,
    ],
)
def test_what_is_no_summary_is_left_out(written: object) -> None:
    assert one(RAW | {"AI": written}).summary is None


@pytest.mark.parametrize("stars", [None, "12", -1, True, 1e9, 2**40])
def test_nonsense_stars_are_left_out(stars: object) -> None:
    assert one(RAW | {"code_stars": stars}).observations == ()


def test_an_old_id_without_its_archive_is_found_in_the_address() -> None:
    row = RAW | {"id": "9901001", "abs": "https://arxiv.org/abs/hep-th/9901001"}
    assert one(row).arxiv_id == "hep-th/9901001"


def test_a_corpus_row_of_the_day_is_read() -> None:
    paper = one(CORPUS)
    assert (paper.arxiv_id, paper.kind, paper.version) == ("2601.00002", "new", None)
    assert paper.published == datetime(2026, 2, 2, 10, tzinfo=UTC)


def test_a_comment_of_the_corpus_withdraws_nothing() -> None:
    assert not one(CORPUS).withdrawn
    assert one(RAW | {"comment": "This paper has been withdrawn"}).withdrawn


def test_rows_of_other_days_are_left_out_silently() -> None:
    assert read(CORPUS | {"announced": "2026-02-04"}, CORPUS | {"announced": "2026-02-02", "title": ""}) == []


@pytest.mark.parametrize("kind", ["new", "cross", "replace", "replace-cross"])
def test_the_kind_of_announcement_is_kept(kind: str) -> None:
    assert one(CORPUS | {"announce_type": kind}).kind == kind


def test_bad_rows_are_reported_one_by_one() -> None:
    found = read(
        RAW, '{"id": "2601', "", "[1]", RAW | {"id": 5, "abs": "", "pdf": ""}, CORPUS | {"announced": "soon"}, CORPUS
    )
    assert [type(entry) for entry in found] == [FetchedPaper, Malformed, Malformed, Malformed, Malformed, FetchedPaper]
    reasons = [(entry.where, entry.reason) for entry in found if isinstance(entry, Malformed)]
    assert reasons[0][0] == "line 2"
    assert reasons[0][1].startswith("not JSON: ")
    assert reasons[1:] == [
        ("line 4", "not a JSON object"),
        ("line 5", "no valid arXiv id"),
        ("line 6", "the day of announcement is not a date"),
    ]


def test_json_nested_without_end_is_one_bad_row() -> None:
    found = read("[" * 100_000, RAW)
    assert [type(entry) for entry in found] == [Malformed, FetchedPaper]


def test_half_a_surrogate_pair_does_not_reach_the_database() -> None:
    assert one(RAW | {"title": "Half \ud800 pair\x00"}).title == "Half pair"


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)
KEYS = sorted({*RAW, *CORPUS, "AI", "code_stars", "code_url", "section", "kind", "version"})


@given(st.lists(st.dictionaries(st.sampled_from(KEYS), anything, max_size=8) | anything, max_size=4))
def test_any_json_is_read_without_raising(rows: list[object]) -> None:
    found = read(*[json.dumps(row) for row in rows])
    assert all(isinstance(entry, FetchedPaper | Malformed) for entry in found)


@given(st.sampled_from(KEYS), anything)
def test_one_strange_value_is_read_without_raising(key: str, value: object) -> None:
    found = read(RAW | {key: value}, CORPUS | {key: value})
    assert all(isinstance(entry, FetchedPaper | Malformed) for entry in found)


@given(st.binary())
def test_any_bytes_are_read_without_raising(raw: bytes) -> None:
    assert all(isinstance(entry, Malformed) for entry in read_jsonl(read_lines(BytesIO(raw)), DAY))


def test_only_the_first_line_loses_a_byte_order_mark() -> None:
    mark = b"\xef\xbb\xbf"
    found = read_lines(BytesIO(mark + b"first\n" + mark + b"second\n"))
    assert [line.text for line in found] == ["first", "\ufeffsecond"]


def test_a_damaged_file_breaks_off_after_its_last_whole_line() -> None:
    lines = list(read_lines(Damaged([b"one\n", b"two\n"])))
    assert [(line.number, line.breaks_off) for line in lines] == [(1, False), (2, False), (3, True)]


class Damaged(BytesIO):
    """Gives its lines, and then says that it is damaged."""

    def __init__(self, lines: list[bytes]) -> None:
        super().__init__()
        self.lines = list(lines)

    def readline(self, size: int | None = -1, /) -> bytes:
        if not self.lines:
            raise EOFError("no end of it")
        return self.lines.pop(0)
