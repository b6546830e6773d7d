"""Reading past days, and what a list had and when."""

import lzma
from datetime import date
from pathlib import Path

import pytest

from digest.research.json_lines import JsonLinesError
from digest.research.past_days import ListEntry, find_listed_before, group_by_day, read_list_entries, read_past_papers
from tests.research.past_days import list_lines, paper_lines, write_lines

MARCH = [date(2026, 3, day) for day in range(1, 10)]


def test_packed_files_are_read(tmp_path: Path) -> None:
    with lzma.open(tmp_path / "papers.jsonl.xz", "wt", encoding="utf-8") as file:
        file.write('{"id": "2601.00001", "announced": "2026-01-01", "title": "T", "abstract": null}\n\n')
    (found,) = read_past_papers(tmp_path / "papers.jsonl.xz")
    assert found == ("2601.00001", date(2026, 1, 1), "T", "", (), ())


def test_papers_are_grouped_by_day_each_once(tmp_path: Path) -> None:
    lines = paper_lines(days=2, papers=3)
    days = group_by_day(read_past_papers(write_lines(tmp_path / "papers.jsonl", [*lines[::-1], *lines])))
    assert [(day.day, len(papers)) for day, papers in days.items()] == [(5, 3), (6, 3)]


def test_entries_and_votes_of_the_day_are_not_known_yet() -> None:
    entry = ListEntry("2603.00001", MARCH[2], ("Ada",), ((MARCH[2], 3), (MARCH[4], 9)))
    known = [[each.upvotes for each in find_listed_before([entry], day)] for day in MARCH[1:7]]
    assert known == [[], [], [3], [3], [9], [9]]
    assert entry.most_upvotes == 9


def test_an_entry_without_its_day_counts_from_when_it_was_seen(tmp_path: Path) -> None:
    lines = [{"id": "2603.00001", "hf_date": None, "first_seen": "2026-03-02T01:00:00Z", "snapshots": None}]
    (found,) = read_list_entries([write_lines(tmp_path / "list.jsonl", lines)])
    assert found == ListEntry("2603.00001", date(2026, 3, 2), (), ())
    assert not found.upvotes_before(date(2026, 4, 1))


def test_a_paper_of_two_lists_was_listed_when_it_was_first(tmp_path: Path) -> None:
    early = {"id": "a", "hf_date": "2026-03-01", "snapshots": [{"at": "2026-03-01T05:00:00Z", "upvotes": 3}]}
    late = {"id": "a", "hf_date": "2026-03-04", "authors": ["Ada"], "snapshots": [{"at": "2026-03-04", "upvotes": 8}]}
    paths = [write_lines(tmp_path / f"{day}.jsonl", [line]) for day, line in (("4", late), ("1", early))]
    (found,) = read_list_entries(paths)
    assert found == ListEntry("a", MARCH[0], ("Ada",), ((MARCH[0], 3), (MARCH[3], 8)))


def test_what_has_no_day_or_number_is_left_out(tmp_path: Path) -> None:
    lines = [
        {"id": "a"},
        {"id": "b", "hf_date": "soon", "first_seen": "2026-03-02"},
        {"id": "c", "hf_date": "2026-03-02", "snapshots": ["text", {"upvotes": 9}, {"at": "2026-03-02"}]},
        {"id": "c", "hf_date": "2026-03-02", "snapshots": [{"at": "2026-03-02", "upvotes": n} for n in (-1, 10**400)]},
    ]
    (found,) = read_list_entries([write_lines(tmp_path / "list.jsonl", lines)])
    assert found == ListEntry("c", MARCH[1], (), ())


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        ("{", "line 1: not JSON"),
        ("[]", "line 1: not a JSON object"),
        ('{"announced": "2026-03-02"}', "a paper without 'id'"),
        ('{"id": "a"}', "no day in 'announced' of 'a'"),
        ('{"id": "a", "announced": "soon"}', "no day in 'announced' of 'a'"),
        ('{"id": "a", "announced": "0001-01-01"}', "no day in 'announced' of 'a'"),
        ('{"id": "\\ud800", "announced": "2026-03-02"}', "line 1: half a character"),
        ('{"id": "a", "announced": "2026-03-02", "authors": ["\\uDFFF"]}', "line 1: half a character"),
    ],
)
def test_a_line_that_is_something_else_is_named(tmp_path: Path, line: str, complaint: str) -> None:
    (tmp_path / "papers.jsonl").write_text(line)
    with pytest.raises(JsonLinesError, match=complaint):
        list(read_past_papers(tmp_path / "papers.jsonl"))


def test_a_character_in_two_halves_is_one(tmp_path: Path) -> None:
    (tmp_path / "papers.jsonl").write_text(
        '{"id": "a", "announced": "2026-03-02", "title": "\\ud83d\\ude00 \\\\ud800"}'
    )
    (found,) = read_past_papers(tmp_path / "papers.jsonl")
    assert found.title == "😀 \\ud800"


def test_a_file_that_is_absent_or_damaged_is_named(tmp_path: Path) -> None:
    (tmp_path / "cut.jsonl.xz").write_bytes(lzma.compress(b'{"id": "a", "announced": "2026-03-02"}\n' * 99)[:-9])
    for name, complaint in (("absent.jsonl", "cannot be read"), ("cut.jsonl.xz", "damaged")):
        with pytest.raises(JsonLinesError, match=complaint):
            list(read_past_papers(tmp_path / name))


def test_the_list_of_the_tests_knows_the_loud_ones() -> None:
    assert len(list_lines(paper_lines(days=1, papers=8))) == 2


def test_what_is_no_list_of_authors_is_none(tmp_path: Path) -> None:
    lines = [{"id": "2601.00001", "announced": "2026-01-01", "authors": "Ada", "categories": 7}]
    (found,) = read_past_papers(write_lines(tmp_path / "papers.jsonl", lines))
    assert (found.authors, found.categories) == ((), ())


def test_observations_that_are_no_list_are_none(tmp_path: Path) -> None:
    listed = write_lines(tmp_path / "list.jsonl", [{"id": "2601.00001", "hf_date": "2026-01-05", "snapshots": 5}])
    assert [entry.upvotes for entry in read_list_entries([listed])] == [()]
