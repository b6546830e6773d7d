"""The figures beside the weights are of these weights, and the docs tell the same."""

import json
from pathlib import Path

import pytest

from digest.ranking.personal.relevance import COLUMNS, WEIGHTS_FILE, load_shipped_weights
from digest.ranking.shipped_figures import (
    PROMISE_FILE,
    PromiseFigure,
    PromiseFigures,
    RelevanceFigures,
    ScenarioFigures,
    format_promise_file,
    format_relevance_file,
    list_promise_rows,
    list_relevance_rows,
    load_promise_figures,
    load_relevance_figures,
    relevance_file,
)
from digest.ranking.trending.promise import WEIGHTS_FOLDER, load_shipped

DOCS = (Path(__file__).resolve().parents[2] / "docs" / "ranking.md").read_text("utf-8")


def test_the_figures_were_measured_where_the_weights_were_trained() -> None:
    assert load_relevance_figures().made == load_shipped_weights().made
    assert load_promise_figures().made == load_shipped().made


def test_the_docs_have_the_same_tables() -> None:
    assert "\n".join(list_relevance_rows(load_relevance_figures())) in DOCS
    assert "\n".join(list_promise_rows(load_promise_figures())) in DOCS


def test_the_docs_tell_what_is_set_by_hand() -> None:
    weights = load_shipped_weights()
    told = (
        ("a named author", weights.named_author),
        ("one of whom only the initials agree", weights.perhaps_named_author),
        ("an author of a liked paper", weights.shared_author),
        ("trending", weights.trending),
        ("new", weights.new),
    )
    said = ", ".join(f"{name} {weight:g}" for name, weight in told)
    assert said in " ".join(DOCS.split())


def test_each_family_of_columns_was_left_out_once() -> None:
    for scenario in load_relevance_figures().scenarios:
        assert set(scenario.ndcg) == {"", *COLUMNS.values()}


@pytest.mark.parametrize(
    ("likes", "keywords", "name"),
    [
        (None, 0, "all likes"),
        (None, 5, "all likes, 5 keywords"),
        (1, 5, "1 like, 5 keywords"),
        (0, 2, "no likes, 2 keywords"),
    ],
)
def test_what_is_known_of_a_reader_has_a_name(likes: int | None, keywords: int, name: str) -> None:
    assert ScenarioFigures(likes, keywords, {}).name == name


def test_a_file_holds_what_was_measured() -> None:
    relevance = RelevanceFigures({"readers": 2}, 9, [ScenarioFigures(None, 5, {"": 0.5, "likes": 0.25})])
    assert json.loads(format_relevance_file(relevance)) == {
        "made": {"readers": 2},
        "reader_days": 9,
        "scenarios": [{"likes": None, "keywords": 5, "ndcg": {"": 0.5, "likes": 0.25}}],
    }
    promise = PromiseFigures({}, [PromiseFigure("with names", 30, "", 0.5, 0.75)])
    assert json.loads(format_promise_file(promise))["rows"] == [
        {"what": "with names", "history_days": 30, "left_out": "", "ndcg": 0.5, "recall": 0.75}
    ]


def test_the_shipped_files_are_as_the_training_writes_them() -> None:
    assert relevance_file(WEIGHTS_FILE).read_text("utf-8") == format_relevance_file(load_relevance_figures())
    assert (WEIGHTS_FOLDER / PROMISE_FILE).read_text("utf-8") == format_promise_file(load_promise_figures())
