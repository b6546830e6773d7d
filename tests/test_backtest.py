"""Replaying the operator's own days."""

import json
import re
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from pytest_django import DjangoAssertNumQueries

from digest import backtest
from digest.backtest import replay_days
from digest.editions.build import build_edition
from digest.models import Delivery, Edition, EditionEntry, Feedback, Signal, Version
from digest.ranking.personal.relevance import format_weights, load_shipped_weights, parse_weights
from subscriptions.models import FormerInterests, Subscriber
from subscriptions.reader import Reader
from tests.editions.rows import FRIDAY, announce, announce_again, deliver
from tests.people import ada, bao, subscribe

pytestmark = pytest.mark.django_db

WEDNESDAY, MONDAY_AFTER = FRIDAY - timedelta(days=2), FRIDAY + timedelta(days=3)
QUBITS = "Lattice surgery with surface codes corrects the errors of qubits."
FOLDS = "Amino acid sequences tell how proteins fold."
# Of a day that is replayed, and one that finds the days.
QUERIES = 10


def mark(person: Reader, kind: str, version: Version, day: date, hour: int = 9) -> None:
    """A mark at that hour of a day."""
    row = Feedback.objects.create(subscriber_id=person.id, paper=version.paper, kind=kind)
    Feedback.objects.filter(pk=row.pk).update(created_at=datetime.combine(day, time(hour), UTC))


def a_friday() -> tuple[Edition, Version, Version]:
    """An edition with a paper on qubits and one on proteins; ada was sent both, proteins first."""
    subscribe(ada)
    qubits, folds = announce("Qubits", abstract=QUBITS), announce("Folds", abstract=FOLDS)
    edition = build_edition(FRIDAY)
    ranks = {entry.version_id: entry.rank for entry in edition.entries.all()}
    deliver(edition, ada, ranks[folds.pk], ranks[qubits.pk])
    return edition, qubits, folds


def printed(*arguments: str) -> str:
    out = StringIO()
    call_command("backtest", *arguments, stdout=out)
    return out.getvalue()


def test_what_readers_marked_later_is_compared_with_what_is_chosen_again() -> None:
    _, qubits, folds = a_friday()
    mark(ada, "more", announce("Surface codes", abstract=QUBITS, day=WEDNESDAY), WEDNESDAY)
    mark(ada, "save", qubits, FRIDAY)
    mark(ada, "less", folds, FRIDAY)
    report = replay_days(5)
    (reader,) = report.readers
    assert reader.ranked[0] == reader.composed[0] == qubits.paper.arxiv_id
    assert reader.sent == [folds.paper.arxiv_id, qubits.paper.arxiv_id]
    assert report.by_score is not None
    assert report.by_score.mrr == report.by_score.ndcg_at_10 == 1
    assert report.sent is not None
    assert report.sent.mrr == 0.5
    assert report.disliked_in_letter == 0


def test_of_a_letter_of_several_days_the_papers_of_the_day_are_compared() -> None:
    edition, qubits, folds = a_friday()
    mark(ada, "more", qubits, FRIDAY)
    earlier = announce("Surface codes", abstract=QUBITS, day=WEDNESDAY)
    EditionEntry.objects.create(
        edition=edition, version=earlier, rank=2, score=0, section="cs.LG", kind="new", announced_on=WEDNESDAY
    )
    letter = Delivery.objects.get()
    Delivery.objects.update(picks=[[2, 0.9, [["category", "cs.LG"]]], *letter.picks])
    (reader,) = replay_days(5).readers
    assert reader.sent == [folds.paper.arxiv_id, qubits.paper.arxiv_id]


def test_papers_that_readers_did_not_want_are_counted() -> None:
    _, qubits, folds = a_friday()
    for version in (qubits, folds):
        mark(ada, "less", version, FRIDAY)
    report = replay_days(5)
    assert report.disliked_in_letter == 1
    assert report.by_score is None


def test_nothing_from_the_day_or_later_changes_the_ranking() -> None:
    edition, qubits, folds = a_friday()
    old = announce("Surface codes", abstract=FOLDS, day=WEDNESDAY)
    mark(ada, "more", old, WEDNESDAY)
    mark(ada, "more", qubits, FRIDAY)
    (before,) = replay_days(5).readers
    # Each of these would bring the paper on qubits to the front.
    mark(ada, "more", announce("Qubits once more", abstract=QUBITS, day=WEDNESDAY), FRIDAY, hour=0)
    Signal.objects.create(
        paper=qubits.paper, kind="upvotes", value=900, observed_at=datetime.combine(FRIDAY, time(8), UTC)
    )
    changed = Version.objects.create(
        paper=old.paper, number=2, title="Surface codes", abstract=QUBITS, categories=["cs.LG"]
    )
    announce_again(changed, "cs.LG", day=FRIDAY, kind="replace")
    FormerInterests.objects.create(
        subscriber_id=ada.id,
        categories="cs.LG stat.ML",
        filters="",
        ended_at=datetime.combine(FRIDAY, time(10), UTC),
    )
    Subscriber.objects.filter(pk=ada.id).update(categories="quant-ph", filters="qubits")
    (after,) = replay_days(5).readers
    assert after.ranked == before.ranked
    assert before.ranked[0] == folds.paper.arxiv_id
    assert edition.entries.count() == 2


def test_names_are_left_out_when_asked() -> None:
    edition, qubits, folds = a_friday()
    Subscriber.objects.filter(pk=ada.id).update(popularity="much")
    mark(ada, "more", qubits, FRIDAY)
    edition.entries.filter(version=folds).update(score=0.5, score_without_names=0.1)
    edition.entries.filter(version=qubits).update(score=0.2, score_without_names=0.2)
    (known,), (nameless,) = replay_days(1).readers, replay_days(1, names_count=False).readers
    assert known.ranked == [folds.paper.arxiv_id, qubits.paper.arxiv_id] == nameless.ranked[::-1]
    assert json.loads(printed("--no-author-history", "--json"))["by_score"]["mrr"] == 1


@pytest.mark.parametrize("abstract", [QUBITS, FOLDS])
def test_what_editions_before_the_day_say_of_a_filter_counts(abstract: str) -> None:
    _, qubits, folds = a_friday()
    Subscriber.objects.filter(pk=ada.id).update(filters="toric")
    mark(ada, "more", qubits, FRIDAY)
    for day, text in ((WEDNESDAY, abstract), (MONDAY_AFTER, QUBITS if abstract == FOLDS else FOLDS)):
        announce("Codes on a torus", abstract=f"A toric code. {text}", day=day)
        build_edition(day)
    with CaptureQueriesContext(connection) as queries:
        (reader,) = replay_days(1).readers
    assert reader.ranked[0] == (qubits if abstract == QUBITS else folds).paper.arxiv_id
    assert not any(query["sql"].startswith("INSERT") for query in queries)


def test_days_without_letters_or_marks_are_no_part_of_it() -> None:
    _, qubits, _ = a_friday()
    announce("Unsent", day=WEDNESDAY)
    build_edition(WEDNESDAY)
    assert replay_days(5).days == []
    mark(ada, "more", qubits, FRIDAY)
    assert replay_days(5).days == [FRIDAY]


def test_queries_do_not_grow_with_readers(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    edition, qubits, _ = a_friday()
    mark(ada, "more", qubits, FRIDAY)
    replay_days(1)
    with django_assert_num_queries(QUERIES):
        replay_days(1)
    for number in range(10, 30):
        person = bao._replace(id=number, email=f"{number}@example.org", categories=("cs.LG",), filters=())
        subscribe(person)
        deliver(edition, person, 0)
        mark(person, "more", qubits, FRIDAY)
    with django_assert_num_queries(QUERIES):
        assert len(replay_days(1).readers) == 21


def test_without_marks_it_says_that_there_is_nothing_to_replay() -> None:
    assert "nothing to replay" in printed()
    assert json.loads(printed("--json"))["by_score"] is None


def test_few_marks_are_called_too_few(monkeypatch: pytest.MonkeyPatch) -> None:
    _, qubits, _ = a_friday()
    mark(ada, "more", qubits, FRIDAY)
    assert "Too little feedback" in printed("--days", "3")
    monkeypatch.setattr(backtest, "FEW_READER_DAYS", 1)
    text = printed("--days", "3")
    assert "Too little" not in text
    assert "ranked by score" in text
    assert f"1 days, {FRIDAY} to {FRIDAY}" in text


def test_figures_come_as_json() -> None:
    _, qubits, _ = a_friday()
    mark(ada, "more", qubits, FRIDAY)
    found = json.loads(printed("--json"))
    assert found["days"] == [str(FRIDAY)]
    assert found["by_score"]["reader_days"] == found["sent"]["reader_days"] == 1
    assert found["too_little_feedback"] is True


def test_other_weights_are_tried_without_being_in_use(tmp_path: Path) -> None:
    _, qubits, folds = a_friday()
    mark(ada, "more", announce("Surface codes", abstract=QUBITS, day=WEDNESDAY), WEDNESDAY)
    mark(ada, "more", qubits, FRIDAY)
    shipped = load_shipped_weights()
    nothing = dict.fromkeys(shipped.many, 0.0)
    (tmp_path / "none.json").write_text(format_weights(replace(shipped, many=nothing, none=nothing)))
    (tmp_path / "same.json").write_text(format_weights(shipped))
    in_use, same, none = (
        printed("--json", *arguments)
        for arguments in ([], ["--weights", str(tmp_path / "same.json")], ["--weights", str(tmp_path / "none.json")])
    )
    assert in_use == same
    scorer = replay_days(1, parse_weights((tmp_path / "none.json").read_text()))
    assert set(scorer.readers[0].ranked) <= {qubits.paper.arxiv_id, folds.paper.arxiv_id}
    assert json.loads(none)["by_score"]["reader_days"] == 1


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"columns": [], "made": {}}'])
def test_a_file_without_weights_is_named(tmp_path: Path, text: str) -> None:
    (tmp_path / "weights.json").write_text(text)
    for name in ("weights.json", "absent.json"):
        with pytest.raises(CommandError, match=f"{name} has no weights"):
            printed("--weights", str(tmp_path / name))


@pytest.mark.parametrize("number", ["NaN", "Infinity", "1e999", f"1{'0' * 400}"])
def test_weights_are_finite_numbers(tmp_path: Path, number: str) -> None:
    text = format_weights(load_shipped_weights())
    (tmp_path / "weights.json").write_text(re.sub(r'"like_mean": \[[^,]+', f'"like_mean": [{number}', text))
    with pytest.raises(CommandError, match="has no weights"):
        printed("--weights", str(tmp_path / "weights.json"))
