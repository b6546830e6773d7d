"""The guess which papers will be noticed, and its training."""

import json
import lzma
from io import StringIO
from itertools import islice
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from hypothesis import given
from hypothesis import strategies as st

from digest.ranking.trending.likelihood import extract_features, format_weights, load_shipped, parse_weights
from digest.research import train_likelihood
from digest.research.train_likelihood import PastPaper, cross_validate, make_examples, read_listed_ids, read_past_papers
from digest.research.train_likelihood import train_likelihood as train
from tests.ranking.papers import paper

LOUD, QUIET = "Agents that reason", "Lemmas on sets"


def past(number: int, title: str) -> PastPaper:
    return PastPaper(f"2601.{number:05}", f"2026-01-{number % 10 + 1:02}", title, "We study this.", ("A",), ("cs.LG",))


DAYS = [past(number, LOUD if number % 4 == 0 else QUIET) for number in range(800)]
ON_LIST = {each.arxiv_id for each in DAYS if each.title == LOUD}


def test_the_model_recognises_noticed_papers_of_other_days() -> None:
    found = make_examples(DAYS, ON_LIST)
    likelihood = train(found)
    loud, quiet = likelihood.of(paper(LOUD)), likelihood.of(paper(QUIET))
    assert 0 <= quiet < 0.25 < loud <= 1
    assert cross_validate(found) == pytest.approx(1)


def test_training_is_reproducible_and_weights_are_read_back() -> None:
    first, second = (train(make_examples(DAYS, ON_LIST)) for _ in range(2))
    assert format_weights(first) == format_weights(second)
    assert parse_weights(format_weights(first)) == first
    assert first.made["listed"] == 200


def test_rare_words_get_no_weight() -> None:
    found = make_examples([*DAYS, past(999, "Unheard")], {"2601.00999"})
    assert "title unheard" not in found[-1].features
    assert train(found).of(paper("Unheard")) == pytest.approx(train(found).of(paper("Another")), abs=0.1)


def test_author_names_are_no_features() -> None:
    ours, theirs = paper(authors=("Ada Lovelace",)), paper(authors=("Geoffrey Hinton",))
    assert extract_features(ours) == extract_features(theirs)


@pytest.mark.parametrize(
    ("abstract", "has_link"),
    [("Code: https://example.org", True), ("Code is on GitHub.", True), ("We study this.", False)],
)
def test_a_link_in_the_abstract_is_a_feature(abstract: str, has_link: bool) -> None:
    assert ("link" in extract_features(paper(abstract=abstract))) is has_link


@given(st.text(max_size=200), st.text(max_size=200))
def test_every_guess_is_between_0_and_1(title: str, abstract: str) -> None:
    assert 0 <= load_shipped().of(paper(title, abstract=abstract, authors=())) <= 1


def test_the_shipped_weights_say_how_they_were_made() -> None:
    assert load_shipped().made["by"] == "python manage.py train_likelihood"
    assert load_shipped().made["papers"] > 30_000
    assert len(load_shipped().weights) > 1000


def rows(path: Path, *objects: Any) -> Path:
    path.write_text("".join(json.dumps(each) + "\n" for each in objects), encoding="utf-8")
    return path


def test_the_command_writes_weights_and_reports_their_quality(tmp_path: Path) -> None:
    held = [
        {"id": each.arxiv_id, "announced": each.day, "title": each.title, "abstract": each.abstract} for each in DAYS
    ]
    named = rows(tmp_path / "listed.jsonl", *({"id": each} for each in sorted(ON_LIST)))
    out = StringIO()
    call_command(
        *("train_likelihood", str(rows(tmp_path / "papers.jsonl", *held)), "--listed", str(named)),
        *("--out", str(tmp_path / "out.json")),
        stdout=out,
    )
    assert "800 papers, nDCG@30 1.000 on days not trained on" in out.getvalue()
    assert parse_weights((tmp_path / "out.json").read_text("utf-8")).made["papers"] == 800


def test_a_file_that_is_something_else_is_named(tmp_path: Path) -> None:
    wrong = rows(tmp_path / "papers.jsonl", ["a", "list"])
    with pytest.raises(CommandError, match="no JSON object"):
        call_command("train_likelihood", str(wrong), listed=rows(tmp_path / "listed.jsonl"), out=tmp_path / "out")
    with pytest.raises(train_likelihood.HistoryError, match=r"absent\.jsonl cannot be read"):
        read_listed_ids(tmp_path / "absent.jsonl")


@pytest.mark.data
def test_the_shipped_model_beats_chance_on_real_days(shared_data: Path) -> None:
    """Of the days' first thirty, far more are on the list than of any thirty: one of twenty-six."""
    on_list = read_listed_ids(shared_data / "trending" / "hf_daily_dev.jsonl.xz")
    found = list(islice(read_past_papers(shared_data / "papers" / "papers_dev_2026-03.jsonl.xz"), 1500))
    best = sorted(found, key=load_shipped().of, reverse=True)[:30]
    assert sum(each.arxiv_id in on_list for each in best) > 5


def test_packed_files_are_read(tmp_path: Path) -> None:
    with lzma.open(tmp_path / "papers.jsonl.xz", "wt", encoding="utf-8") as file:
        file.write('{"id": "2601.00001", "announced": "2026-01-01", "title": "T", "abstract": null}\n')
    assert list(read_past_papers(tmp_path / "papers.jsonl.xz")) == [
        PastPaper("2601.00001", "2026-01-01", "T", "", (), ())
    ]
