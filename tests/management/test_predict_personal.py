"""`predict personal`: a ranking of each day for each reader, from what was known when it began."""

import json
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from tests.research.past_days import write_lines
from tests.research.past_readers import SUBJECTS, paper_lines, reader_lines

DAY = "2026-01-09"


def predict(tmp_path: Path, papers: list[Any], readers: list[Any], **options: Any) -> dict[tuple[str, str], list[str]]:
    files = [write_lines(tmp_path / "readers.jsonl", readers), write_lines(tmp_path / "papers.jsonl", papers)]
    out = StringIO()
    call_command("predict", "personal", *map(str, files), stdout=out, **options)
    return {(line["user"], line["day"]): line["ranked"] for line in map(json.loads, out.getvalue().splitlines())}


@pytest.mark.parametrize(
    "options", [{}, {"keywords": 5}, {"keywords": 5, "no_likes": True}, {"no_likes": True}, {"letters": True}]
)
def test_papers_of_the_readers_subject_come_first(tmp_path: Path, options: dict[str, Any]) -> None:
    papers = paper_lines()
    subjects = {each["id"]: each["categories"][0] for each in papers}
    ranked = predict(tmp_path, papers, reader_lines(), **options)
    for _, category in SUBJECTS:
        assert {subjects[each] for each in ranked[category, DAY][:2]} == {category}


def test_each_day_and_reader_has_a_line_with_all_papers(tmp_path: Path) -> None:
    papers, readers = paper_lines(), reader_lines()
    ranked = predict(tmp_path, papers, readers)
    days = {each["announced"] for each in papers}
    assert set(ranked) == {(reader["user"], day) for reader in readers for day in days}
    for (_, day), ids in ranked.items():
        assert sorted(ids) == sorted(each["id"] for each in papers if each["announced"] == day)


@pytest.mark.parametrize("options", [{}, {"keywords": 5}, {"keywords": 5, "no_likes": True}, {"letters": True}])
def test_nothing_from_on_or_after_the_day_changes_its_ranking(tmp_path: Path, options: dict[str, Any]) -> None:
    papers, readers = paper_lines(), reader_lines()
    ranked = predict(tmp_path, papers, readers, **options)
    for number, each in enumerate(papers):
        if each["announced"] > DAY:
            title, category = SUBJECTS[number % 3]
            each.update(title=title, abstract=title, categories=[category])
        each.update(comment="Accepted", updated="2026-02-01")
    for reader in readers:
        reader["positives"] = [each["id"] for each in papers if each["announced"] == DAY]
    changed = predict(tmp_path, papers, readers, **options)
    assert {key: ids for key, ids in changed.items() if key[1] <= DAY} == {
        key: ids for key, ids in ranked.items() if key[1] <= DAY
    }


def test_the_order_of_files_and_lines_makes_no_difference(tmp_path: Path) -> None:
    papers, readers = paper_lines(), reader_lines()
    assert predict(tmp_path, papers[::-1], readers) == predict(tmp_path, papers, readers)


def test_a_damaged_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match=r"papers\.jsonl"):
        predict(tmp_path, [{"id": "1", "announced": "never"}], reader_lines())
    with pytest.raises(CommandError, match=r"readers\.jsonl: a reader without 'user'"):
        predict(tmp_path, paper_lines(), [{"profile": []}])
    with pytest.raises(CommandError, match=r"readers\.jsonl: 'ada' stands there twice"):
        predict(tmp_path, paper_lines(), [{"user": "ada"}, {"user": "ada"}])
    with pytest.raises(CommandError, match=r"'ada' has more than 512 papers in 'profile'"):
        predict(tmp_path, paper_lines(), [{"user": "ada", "profile": [{"id": str(number)} for number in range(513)]}])
