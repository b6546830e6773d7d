"""`predict trending`: a ranking of each day, from what was known when it began."""

import json
from datetime import date
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from digest.ranking.trending import promise
from tests.research.past_days import LOUD, list_lines, paper_lines, write_lines

DAY = "2026-01-12"


@pytest.fixture(autouse=True)
def short_histories_count(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(promise, "MIN_LISTED_PAPERS", 1)


def predict(tmp_path: Path, papers: list[Any], listed: list[Any], **options: Any) -> dict[str, list[str]]:
    files = [write_lines(tmp_path / "papers.jsonl", papers), write_lines(tmp_path / "list.jsonl", listed)]
    out = StringIO()
    call_command("predict", "trending", str(files[0]), "--hf", str(files[1]), stdout=out, **options)
    return {line["day"]: line["ranked"] for line in map(json.loads, out.getvalue().splitlines())}


def test_a_line_a_day_ranks_all_papers_of_the_day(tmp_path: Path) -> None:
    papers = paper_lines()
    ranked = predict(tmp_path, papers, list_lines(papers))
    assert list(ranked) == sorted({each["announced"] for each in papers})
    for day, ids in ranked.items():
        assert sorted(ids) == sorted(each["id"] for each in papers if each["announced"] == day)


def test_authors_of_listed_papers_come_first(tmp_path: Path) -> None:
    papers = paper_lines()
    loud = {each["id"] for each in papers if each["title"] == LOUD}
    assert set(predict(tmp_path, papers, list_lines(papers))[DAY][:10]) <= loud


def test_nothing_from_on_or_after_the_day_changes_its_ranking(tmp_path: Path) -> None:
    papers = paper_lines()
    listed = list_lines(papers)
    ranked = predict(tmp_path, papers, listed)[DAY]
    for each in papers:
        if each["announced"] > DAY:
            each.update(title=LOUD, authors=["Ada Lovelace"], categories=["cs.CV"])
        each.update(comment="Accepted", updated="2026-02-01", published=None)
    known = [each for each in listed if each["hf_date"] < DAY]
    for each in known:
        each["snapshots"] = [{"at": f"{DAY}T00:00:00Z", "upvotes": 999}, *each["snapshots"]]
    others = {each["id"] for each in known}
    told = [
        {"id": each["id"], "hf_date": DAY, "authors": each["authors"]} for each in papers if each["id"] not in others
    ]
    assert predict(tmp_path, papers, [*known, *told])[DAY] == ranked


def test_what_is_known_before_the_day_does_change_it(tmp_path: Path) -> None:
    papers = paper_lines()
    listed = list_lines(papers)
    before = [each for each in listed if each["hf_date"] < DAY]
    assert date.fromisoformat(before[-1]["hf_date"]) < date.fromisoformat(DAY)
    assert predict(tmp_path, papers, before)[DAY] != predict(tmp_path, papers, [])[DAY]


def test_names_are_left_out_when_asked(tmp_path: Path) -> None:
    papers = paper_lines()
    nameless = predict(tmp_path, papers, list_lines(papers), no_author_history=True)
    assert nameless == predict(tmp_path, papers, [], no_author_history=True)
    assert nameless != predict(tmp_path, papers, list_lines(papers))


def test_a_file_that_is_something_else_is_named(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match=r"papers\.jsonl, line 1: not a JSON object"):
        predict(tmp_path, ["text"], [])
