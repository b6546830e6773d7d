"""The daily digest in Markdown."""

from collections import Counter
from datetime import date
from io import BytesIO
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.domain import Entry, FetchedPaper, Malformed, SummaryText
from digest.sources.files.lines import read_lines
from digest.sources.files.markdown import read_markdown
from tests.sources.digests import FAILED, WRITTEN, digest, paper

DAY = date(2026, 1, 23)


def read(text: str | bytes) -> list[Entry]:
    raw = text.encode() if isinstance(text, str) else text
    return list(read_markdown(read_lines(BytesIO(raw)), DAY))


def papers(text: str) -> list[FetchedPaper]:
    found = read(text)
    assert all(isinstance(entry, FetchedPaper) for entry in found), found
    return [entry for entry in found if isinstance(entry, FetchedPaper)]


def complaints(text: str | bytes) -> list[tuple[str, str]]:
    return [(entry.where, entry.reason) for entry in read(text) if isinstance(entry, Malformed)]


def test_an_entry_is_read_with_its_summary() -> None:
    (found,) = papers(digest(cs_LG=[paper(1)]))
    assert (found.arxiv_id, found.version, found.day, found.where) == ("2601.00001", None, DAY, "line 12")
    assert (found.title, found.authors, found.categories) == ("Sorting", ("Ada Önal", "Bao Li"), ("cs.LG",))
    assert (found.section, found.kind) == ("cs.LG", "new")
    assert found.abstract == "Abstract 1 of two lines. This is the second."
    assert found.summary == SummaryText(
        "We sort numbers.", "Numbers lie about.", "We compare them.", "They are sorted.", "Sorting helps."
    )


def test_placeholders_are_no_summary() -> None:
    assert papers(digest(cs_LG=[paper(1, texts=FAILED)]))[0].summary is None


def test_a_single_placeholder_is_left_out() -> None:
    found = papers(digest(cs_LG=[paper(1, texts=WRITTEN | {"Method": "method extraction FAILED!"})]))[0].summary
    assert found is not None
    assert (found.tldr, found.method, found.result) == ("We sort numbers.", "", "They are sorted.")


def test_a_paper_outside_its_primary_category_is_a_cross_list() -> None:
    (found,) = papers(digest(cs_LG=[paper(1, primary="stat.ML")]))
    assert (found.categories, found.section, found.kind) == (("stat.ML", "cs.LG"), "cs.LG", "cross")


@pytest.mark.parametrize(
    "title", ["A [bracketed] title", "[Re] Again", "On <think>…</think> tags", "$O(n)$ [x](y) and ](z)", "0", "a] b"]
)
def test_titles_may_hold_anything(title: str) -> None:
    assert papers(digest(cs_LG=[paper(1, title)]))[0].title == title


def test_an_abstract_may_begin_its_lines_with_labels() -> None:
    text = digest(cs_LG=[paper(1).replace("  This is the second.", "Result: good.\nMethod: none.\nTL;DR: no.")])
    (found,) = papers(text)
    assert found.abstract == "Abstract 1 of two lines. Result: good. Method: none. TL;DR: no."
    assert found.summary is not None
    assert found.summary.result == "They are sorted."


def test_tex_is_left_as_it_is() -> None:
    (found,) = papers(digest(cs_LG=[paper(1, r"\[x\] and \% of $\ell_2$ & more")]))
    assert found.title == r"\[x\] and \% of $\ell_2$ & more"


def test_a_bad_entry_is_reported_with_its_line_number() -> None:
    bad = paper(2).replace("https://arxiv.org/abs/2601.00002", "https://example.org/2")
    found = read(digest(cs_LG=[paper(1), bad, paper(3)]))
    assert [type(entry) for entry in found] == [FetchedPaper, Malformed, FetchedPaper]
    assert [entry.where for entry in found] == ["line 12", "line 36", "line 60"]


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("Abstract: Abstract 2 of two lines.\n  This is the second.", "", "no abstract"),
        ("### [2] [Sorting]", "### [2] [", "the heading is not understood"),
        ("### [2] [Sorting]", "### [2] []", "no title"),
    ],
)
def test_what_is_missing_is_named(old: str, new: str, reason: str) -> None:
    text = digest(cs_LG=[paper(1), paper(2).replace(old, new), paper(3)])
    assert complaints(text) == [("line 36", reason)]
    assert len(read(text)) == 3


def test_a_wrong_total_in_the_table_of_contents_is_reported() -> None:
    text = digest(cs_LG=[paper(1)], stat_ML=[paper(2)]).replace("[Total: 1]", "[Total: 7]", 1)
    reason = "the table of contents announces 7 papers in cs.LG, its section has 1"
    assert complaints(text) == [("line 5", reason)]


def test_a_section_left_out_of_a_file_is_noticed() -> None:
    text = digest(cs_LG=[paper(1)], stat_ML=[])
    assert complaints(text.replace("(#stat.ML) [Total: 0]", "(#stat.ML) [Total: 3]"))[0][0] == "line 6"


def test_a_file_that_is_cut_off_loses_only_its_last_entry() -> None:
    text = digest(cs_LG=[paper(1), paper(2)])
    found = read(text[: text.index("This is the second", text.index("[2]"))])
    assert [type(entry) for entry in found] == [FetchedPaper, Malformed]
    assert complaints(text[: text.rindex("</details>")]) == [("line 36", "the entry is cut off at the end of the file")]


def test_bytes_that_are_no_text_spoil_one_entry() -> None:
    raw = digest(cs_LG=[paper(1), paper(2), paper(3)]).encode().replace(b"Abstract 2", b"Abstract \xff")
    found = read(raw)
    assert [type(entry) for entry in found] == [FetchedPaper, Malformed, FetchedPaper]
    assert complaints(raw) == [("line 36", "not UTF-8 text: invalid start byte at byte 20")]


def test_windows_line_ends_and_a_byte_order_mark_do_not_matter() -> None:
    text = digest(cs_LG=[paper(1)])
    assert read(b"\xef\xbb\xbf" + text.replace("\n", "\r\n").encode()) == read(text)


@given(st.text())
def test_any_text_is_read_without_raising(text: str) -> None:
    assert all(isinstance(entry, FetchedPaper | Malformed) for entry in read(text))


PIECES = ["### [1] [", "](https://arxiv.org/abs/2601.00001)", "# cs.LG [[Back]](#toc)", "<details>", "</details>"]
PIECES += ["Abstract: x", "TL;DR: y", "*A,B*", "\n", "- [cs.LG](#cs.LG) [Total: 5]", "\x00", "\ud7ff"]


@given(st.lists(st.sampled_from(PIECES), max_size=40).map("".join))
def test_scraps_of_a_digest_are_read_without_raising(text: str) -> None:
    assert all(isinstance(entry, FetchedPaper | Malformed) for entry in read(text))


@pytest.mark.data
@pytest.mark.parametrize(
    ("name", "sections", "summaries"),
    [
        ("000_3b22c6c0fa15a92b.txt", {"cs.LG": 52, "stat.ML": 1}, 21),
        ("001_66300aba2b2ce64f.txt", {"cs.LG": 50, "stat.ML": 6}, 11),
    ],
)
def test_the_real_digests_are_read(shared_data: Path, name: str, sections: dict[str, int], summaries: int) -> None:
    found = papers((shared_data / "seeds" / name).read_text())
    assert Counter(entry.section for entry in found) == sections
    assert sum(entry.summary is not None for entry in found) == summaries
    assert len({entry.arxiv_id for entry in found}) == len(found)
