"""Training the promise of papers, and measuring it."""

from datetime import date, timedelta
from io import StringIO
from pathlib import Path

import numpy as np
import pytest
from django.core.management import CommandError, call_command
from sklearn.ensemble import HistGradientBoostingClassifier

from digest.ranking.trending.author_history import AuthorHistory
from digest.ranking.trending.promise import format_model, read_model, select_columns
from digest.research import promise_figures, train_promise
from digest.research.past_days import find_listed_before, read_list_entries, read_past_papers
from digest.research.promise_figures import CrossValidation, measure_promise
from digest.research.train_promise import TooFewListed, TrainingSet
from tests.research.past_days import LOUD, list_lines, paper_lines, write_lines


@pytest.fixture(autouse=True)
def few_rounds(monkeypatch: pytest.MonkeyPatch) -> None:
    """As many as a few hundred papers need."""
    monkeypatch.setattr(train_promise, "BOOSTING", {**train_promise.BOOSTING, "max_iter": 12, "learning_rate": 0.3})


@pytest.fixture
def training(tmp_path: Path) -> TrainingSet:
    papers = write_lines(tmp_path / "papers.jsonl", paper_lines())
    listed = write_lines(tmp_path / "list.jsonl", list_lines(paper_lines()))
    return TrainingSet(list(read_past_papers(papers)), read_list_entries([listed]))


def test_what_is_learnt_is_which_papers_the_list_has(training: TrainingSet) -> None:
    model = train_promise.train_promise(training)
    day, papers = list(training.by_day.items())[-1]
    for history in (None, AuthorHistory(find_listed_before(training.list_entries, day), day)):
        rated = dict(zip(papers, model.estimate(papers, history), strict=True))
        loud = [rated[each] for each in papers if each.title == LOUD]
        quiet = [rated[each] for each in papers if each.title != LOUD]
        assert min(loud) > max(quiet)


def test_the_same_papers_and_seed_give_the_same_files(training: TrainingSet) -> None:
    again = TrainingSet(training.papers[::-1], training.list_entries, seed=1)
    first = format_model(train_promise.train_promise(training))
    assert first == format_model(train_promise.train_promise(TrainingSet(training.papers, training.list_entries)))
    assert train_promise.train_promise(again).made["listed"] == train_promise.train_promise(training).made["listed"]


def test_trees_with_whole_numbers_say_what_scikit_learn_says(training: TrainingSet) -> None:
    table = training.count_features(AuthorHistory)
    features = list(table[0])
    chosen = np.ones(len(table), dtype=bool)
    trees = train_promise.fit_trees(training, table, features, chosen)
    rows = select_columns(table, features)
    weights = np.where(training.votes >= 0, 1 + train_promise.WEIGHT_OF_VOTES * np.log1p(training.votes.clip(0)), 1)
    expected = np.zeros(len(rows))
    for forest in range(train_promise.FORESTS):
        model = HistGradientBoostingClassifier(**train_promise.BOOSTING, random_state=1000 + forest)
        model.fit(rows, training.votes >= 0, sample_weight=weights)
        expected += model.decision_function(rows) / train_promise.FORESTS
    tolerance = 0.0005 * len(trees.trees) + 0.001  # half a thousandth for each rounded leaf
    assert trees.evaluate(rows) / 1000 == pytest.approx(expected, abs=tolerance)


def test_too_few_listed_papers_are_not_enough(training: TrainingSet) -> None:
    with pytest.raises(TooFewListed, match="3 of 480"):
        train_promise.train_promise(TrainingSet(training.papers, training.list_entries[:3]))


def test_figures_are_of_weeks_that_were_not_trained_on(training: TrainingSet, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(promise_figures, "SHORT_HISTORIES", (0,))
    monkeypatch.setattr(promise_figures, "FEATURE_FAMILIES", {"words": lambda name: name == "text_score"})
    figures = list(measure_promise(training))
    assert [each.name for each in figures] == [
        *("with names", "without names", "words and categories alone"),
        *("with names, of a history of 0 days", "with names, but without words"),
    ]
    assert (figures[0].ndcg, figures[0].recall) == (1, 1)


def test_a_text_is_never_rated_by_words_of_its_own_week(training: TrainingSet) -> None:
    validation = CrossValidation(training)
    folds = training.folds
    assert set(folds.tolist()) == {0, 1}
    # With two weeks a text of the other week is rated by words that saw neither: none.
    assert not validation.texts[0][folds == 1].any()
    assert validation.texts[0][folds == 0].any()


def test_the_families_take_every_feature_apart() -> None:
    names = set(AuthorHistory([], date.max - timedelta(days=1)).count_history("", ()))
    taken = [{name for name in names if belongs(name)} for belongs in promise_figures.FEATURE_FAMILIES.values()]
    assert set.union(*taken) == names
    assert sum(map(len, taken)) == len(names)


def test_the_command_writes_files_that_can_be_read(tmp_path: Path) -> None:
    papers = write_lines(tmp_path / "papers.jsonl", paper_lines())
    listed = write_lines(tmp_path / "list.jsonl", list_lines(paper_lines()))
    out = StringIO()
    call_command("train_promise", str(papers), hf=[listed], out=tmp_path, stdout=out)
    assert "480 papers, 120 of them listed" in out.getvalue()
    assert read_model(tmp_path).made["days"] == "2026-01-05 to 2026-01-16"


def test_a_file_that_cannot_be_learnt_from_is_named(tmp_path: Path) -> None:
    papers = write_lines(tmp_path / "papers.jsonl", ["text"])
    with pytest.raises(CommandError, match="not a JSON object"):
        call_command("train_promise", str(papers), hf=[papers], out=tmp_path)
