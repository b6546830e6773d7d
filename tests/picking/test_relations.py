"""Letters that wait get one sentence for papers that resemble what the reader kept; it is frozen in their rows."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings

from digest.delivery.letter_order import order_for_delivery
from digest.domain import Choice, Pick, Reason, no_progress
from digest.editions.load import load_contents
from digest.letters.prerendered.renderer import LetterRenderer
from digest.letters.sender import Sender
from digest.models import Delivery, Edition, ModelCall, Paper, RelatingSentence, Version
from digest.picking import relations
from digest.picking.relations import MAX_RELATIONS, list_wanted, relate_picks
from digest.picking.stored_picks import encode_picks
from digest.pipeline import summarise_papers
from digest.run import DayRun
from digest.sources.memory import EmptySource
from digest.summaries import relate
from tests.people import ada, bao, subscribe
from tests.summaries.llm.test_relating_sentence import CHINESE, GOOD, KEPT
from tests.summaries.model import FakeModel, error
from tests.summaries.papers import DAY, edition

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 2, 3, 8, tzinfo=UTC)
LIKE = Reason("like", KEPT.title, 60, 2)


@pytest.fixture
def model(model: FakeModel) -> FakeModel:
    """The configured model of all tests, which answers with a good sentence here."""
    model.will_answer(json.dumps({"tldr": GOOD}))
    return model


@pytest.fixture
def day() -> Edition:
    kept = Paper.objects.create(arxiv_id="2501.00001")
    Version.objects.create(paper=kept, title=KEPT.title, abstract=KEPT.abstract, primary_category="cs.LG")
    subscribe(ada)
    subscribe(bao)
    return edition(5)


def waiting(edition: Edition, *reasons: tuple[Reason, ...], person: Any = ada, **changes: Any) -> Delivery:
    picks = encode_picks(Choice(tuple(Pick(rank, 1.0, each) for rank, each in enumerate(reasons)), len(reasons)))
    row = {"picks": picks, "matched": 1, "language": person.language, "detail": "tldr", "created_at": NOW, **changes}
    return Delivery.objects.create(edition=edition, subscriber_id=person.id, **row)


def told(letter: Delivery) -> list[tuple[int, str, str]]:
    letter.refresh_from_db()
    return [tuple(each) for each in order_for_delivery(letter).relations]  # type: ignore[misc]


def test_of_many_pairs_only_some_are_looked_up(model: FakeModel, day: Edition, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(relations, "MAX_PAIRS", 1)
    letter = waiting(day, (LIKE,), (LIKE,))
    relate_picks(day)
    assert len(told(letter)) == 1


def test_a_sentence_is_written_once_and_serves_everybody(model: FakeModel, day: Edition) -> None:
    letter, other = (
        waiting(day, (LIKE,), (Reason("category", "cs.LG"),)),
        waiting(day, (LIKE,), person=bao, language="en"),
    )
    use = relate_picks(day)
    assert told(letter) == told(other) == [(0, GOOD, "small-1")]
    assert (model.calls, use.calls, RelatingSentence.objects.count()) == (1, 1, 1)
    asked = ModelCall.objects.get()
    assert (asked.prompt_version, asked.state) == ("relating-1", "accepted")
    assert "ada@example.org" not in json.dumps(model.requests)
    Delivery.objects.update(relations=None)
    relate_picks(day)
    assert (told(letter), model.calls) == ([(0, GOOD, "small-1")], 1)


def test_a_title_that_several_papers_have_relates_to_none(model: FakeModel, day: Edition) -> None:
    letter = waiting(day, (LIKE,))
    other = Paper.objects.create(arxiv_id="2601.99999")
    Version.objects.create(
        paper=other, number=9, title=KEPT.title, abstract="Something else.", primary_category="cs.LG"
    )
    assert relate_picks(day).calls == 0
    assert told(letter) == []


def test_a_letter_is_the_same_bytes_whatever_is_written_later(model: FakeModel, day: Edition) -> None:
    letter = waiting(day, (LIKE,))
    relate_picks(day)

    def assemble() -> bytes:
        letter.refresh_from_db()
        renderer = LetterRenderer(load_contents(day), Sender.from_settings())
        return renderer.letter(ada, order_for_delivery(letter)).data

    first = assemble()
    assert b"Beside a paper you kept, by small-1" in first
    Delivery.objects.update(state="accepted")
    RelatingSentence.objects.update(text="Both say something else.")
    relate_picks(day)
    assert assemble() == first


def test_the_stage_of_summaries_relates_papers_too(model: FakeModel, day: Edition) -> None:
    """A dry run asks no model for anything."""
    letter = waiting(day, (LIKE,))
    Edition.objects.update(frozen_at=NOW)
    summarise_papers(DayRun(DAY, "test", dry_run=True), EmptySource("test"), no_progress)
    assert (told(letter), model.calls) == ([], 0)
    run = DayRun(DAY, "test", model_seconds=5)
    summarise_papers(run, EmptySource("test"), no_progress)
    assert told(letter) == [(0, GOOD, "small-1")]
    assert run.report.summaries is not None
    assert run.report.summaries["relating"]["calls"] == 1
    assert run.report.summaries["spent"]["day"]["tokens"] > 0


def test_each_language_has_a_sentence_of_its_own(model: FakeModel, day: Edition) -> None:
    model.will_answer(json.dumps({"tldr": CHINESE}))
    letter = waiting(day, (LIKE,), person=bao)
    relate_picks(day)
    assert told(letter) == [(0, CHINESE, "small-1")]


def test_a_sentence_that_fails_the_checks_is_not_asked_for_again(model: FakeModel, day: Edition) -> None:
    model.will_answer(json.dumps({"tldr": GOOD.replace("20", "99")}))
    letter = waiting(day, (LIKE,))
    relate_picks(day)
    calls = model.calls
    assert calls == 2, "once more after the complaint"
    relate_picks(day)
    assert (told(letter), model.calls) == ([], calls)
    assert RelatingSentence.objects.get().text == ""


def test_an_outage_leaves_letters_whole_and_is_no_answer(model: FakeModel, day: Edition) -> None:
    model.will_answer(error(401))
    letter = waiting(day, (LIKE,))
    relate_picks(day)
    assert told(letter) == []
    assert not RelatingSentence.objects.exists()


def test_without_a_model_nothing_is_done(settings: Settings, day: Edition) -> None:
    settings.OPENAI_API_KEY = settings.OPENAI_BASE_URL = ""
    waiting(day, (LIKE,))
    with CaptureQueriesContext(connection) as queries:
        relate_picks(day)
    assert len(queries) == 0


def test_a_letter_that_was_tried_stays_as_it_is(model: FakeModel, day: Edition) -> None:
    sent = waiting(day, (LIKE,), state="accepted")
    tried = waiting(day, (LIKE,), person=bao, language="en", attempts=1)
    relate_picks(day)
    assert told(sent) == told(tried) == []
    assert model.calls == 0


def test_few_sentences_per_letter_and_per_day(model: FakeModel, day: Edition, monkeypatch: pytest.MonkeyPatch) -> None:
    letter = waiting(day, *[(LIKE,)] * 5)
    picks = tuple(Pick(rank, 1.0, (LIKE,)) for rank in range(5))
    assert [each.rank for each in list_wanted(picks)] == list(range(MAX_RELATIONS))
    assert list_wanted([Pick(0, 1.0, (Reason("keyword", "x"),))] * 3 + [Pick(3, 1.0, (LIKE,))]) == []
    monkeypatch.setattr(relate, "MAX_REQUESTS_PER_DAY", 1)
    relate_picks(day)
    assert len(told(letter)) == model.calls == 1


def test_the_days_budget_holds_for_sentences_too(model: FakeModel, day: Edition, settings: Settings) -> None:
    settings.LLM_DAILY_BUDGET, settings.OPENAI_PRICE_OUT = "0.000001", 1000
    letter = waiting(day, (LIKE,))
    relate_picks(day)
    assert (told(letter), model.calls) == ([], 0)


def test_many_letters_take_few_queries(model: FakeModel, day: Edition) -> None:
    def count(letters: int) -> int:
        Delivery.objects.all().delete()
        for number in range(letters):
            person = ada._replace(id=100 + letters * 100 + number, email=f"p{letters}-{number}@example.org")
            waiting(day, (LIKE,), person=subscribe(person) and person)
        with CaptureQueriesContext(connection) as queries:
            relate_picks(day)
        assert Delivery.objects.exclude(relations=None).count() == letters
        return len(queries)

    relate_picks(day)
    count(1)
    assert count(2) == count(20)
