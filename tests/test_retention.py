"""What is kept for a time only ends by itself, and never anything that is still needed."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.conf import settings
from django.contrib.admin.models import LogEntry
from django.contrib.sessions.models import Session
from django.core.management import CommandError, call_command
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from digest import retention
from digest.delivery import old_letters
from digest.delivery.operations import NOT_KEPT, retry_letters
from digest.models import Delivery, DeliveryEvent, Edition, ModelBatch, ModelCall, RelatingSentence, Run
from digest.picking import planner
from digest.privacy import collect_personal_data
from subscriptions.models import Errand, FormerInterests, Subscriber
from subscriptions.preference_defaults import Preferences
from subscriptions.services.preferences import change_preferences
from tests.browsers import open_account
from tests.people import ada, bao, chidi, dana, subscribe
from tests.web.pages import tree, words
from tests.web.publishing import drafts, publish

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 1, 23, 12, tzinfo=UTC)
DAY = timedelta(days=1)
PICKS = [[2, 0.5, [["filter", "a private matter"]]], [0, 0.25, [["category", "cs.LG"]]]]


@pytest.fixture(autouse=True)
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(NOON, tick=False) as coordinates:
        yield coordinates


def letter(edition: Edition, person: Subscriber, state: str = "accepted") -> Delivery:
    return Delivery.objects.create(
        edition=edition,
        subscriber=person,
        state=state,
        picks=PICKS,
        notices=[1],
        news=[7],
        matched=9,
        language="en",
        detail="tldr",
        worker="host/1",
        provider_id="x@provider.example",
        created_at=NOON,
        finished_at=NOON,
    )


def edition_of_today() -> Edition:
    edition = publish(drafts(3))
    Edition.objects.update(frozen_at=NOON)
    return edition


def due(now: datetime) -> dict[str, int]:
    """How many rows of each kind are due; without those of which none is."""
    return {kind.name: count for kind in retention.list_kinds() if (count := kind.count_due(now))}


def forgotten(now: datetime) -> dict[str, int]:
    """How many rows of each kind were forgotten; without those of which none was."""
    return {name: count for name, count in retention.forget_due(now).items() if count}


def test_who_never_confirmed_goes_after_two_weeks() -> None:
    pending = {"status": "pending", "consent_at": None, "confirmed_at": None}
    asked = subscribe(ada, **pending, asked_at=NOON, wishes={"kept": []})
    Errand.objects.create(kind="remind", subscriber=asked, not_before=NOON, created_at=NOON)
    subscribe(bao, **pending, asked_at=NOON, mailed_at=NOON + DAY)
    subscribe(chidi, **pending, created_at=NOON)
    subscribe(dana, asked_at=NOON)
    assert forgotten(NOON + 14 * DAY - timedelta(minutes=1)) == {}
    assert forgotten(NOON + 14 * DAY) == {"unconfirmed": 1}
    assert not Errand.objects.exists()
    assert forgotten(NOON + 15 * DAY) == {"unconfirmed": 1}, "counted from the last letter"
    assert set(Subscriber.objects.values_list("id", flat=True)) == {chidi.id, dana.id}, "chidi is still to be asked"


def test_interests_of_who_left_go_after_a_month() -> None:
    left = subscribe(ada)
    change_preferences(left, Preferences(filters=("other",)))
    Subscriber.objects.filter(id=ada.id).update(status="unsubscribed", unsubscribed_at=NOON)
    stays = subscribe(bao)
    change_preferences(stays, Preferences(filters=("other",)))
    assert forgotten(NOON + 29 * DAY) == {}
    assert forgotten(NOON + 30 * DAY) == {"interests_of_unsubscribed": 1, "former_interests": 1}
    left.refresh_from_db()
    assert (left.categories, left.filters, left.status, left.email) == ("", "", "unsubscribed", ada.email)
    assert FormerInterests.objects.get().subscriber_id == bao.id
    assert Subscriber.objects.get(id=bao.id).filters == "other"
    assert due(NOON + 31 * DAY) == {}


def test_a_letter_is_shortened_and_later_deleted() -> None:
    edition = edition_of_today()
    kept = letter(edition, subscribe(ada))
    DeliveryEvent.objects.create(delivery=kept, kind="delivered", at=NOON, provider="Brevo", key="x")
    assert due(NOON + 119 * DAY) == {}
    assert forgotten(NOON + 120 * DAY) == {"letters": 1}
    kept.refresh_from_db()
    assert kept.news is None
    assert (kept.picks, kept.notices, kept.worker, kept.provider_id) == ([2, 0], [], "", "")
    assert (kept.state, kept.matched) == ("accepted", 9)
    exported: Any = collect_personal_data(subscriber_id=ada.id)["letters"]
    assert exported[0]["papers"][0] == {"paper": "2601.00003", "score": None, "chosen_for": []}
    assert due(NOON + 121 * DAY) == {}
    assert forgotten(NOON + 180 * DAY + timedelta(seconds=1)) == {"events": 1}
    assert due(NOON + 399 * DAY) == {}
    assert forgotten(NOON + 400 * DAY) == {"seen_papers": 1}
    assert not Delivery.objects.exists()
    assert Edition.objects.get() == edition


@pytest.mark.parametrize("state", ["pending", "claimed", "submitting", "uncertain"])
def test_a_letter_that_is_needed_stays_whole(state: str) -> None:
    edition = edition_of_today()
    needed = letter(edition, subscribe(ada), state)
    letter(edition, subscribe(bao), "failed")
    assert forgotten(NOON + 150 * DAY) == {"letters": 1}
    needed.refresh_from_db()
    assert (needed.picks, needed.notices, needed.provider_id) == (PICKS, [1], "x@provider.example")
    assert due(NOON + 150 * DAY) == {}
    Delivery.objects.filter(id=needed.id).update(state="accepted")
    assert forgotten(NOON + 150 * DAY) == {"letters": 1}, "it ended since"


def test_letters_in_hand_are_never_deleted() -> None:
    edition = edition_of_today()
    for person, state in ((ada, "pending"), (bao, "submitting"), (chidi, "uncertain"), (dana, "accepted")):
        letter(edition, subscribe(person), state)
    forgotten(NOON + 400 * DAY)
    assert set(Delivery.objects.values_list("state", flat=True)) == {"pending", "submitting"}


def test_an_edition_with_a_young_letter_stays() -> None:
    edition = edition_of_today()
    letter(edition, subscribe(ada))
    Delivery.objects.filter(id=letter(edition, subscribe(bao)).id).update(created_at=NOON + DAY)
    assert due(NOON + 120 * DAY) == {}
    assert due(NOON + 121 * DAY) == {"letters": 2}


def test_nobody_is_planned_or_tried_again_in_an_old_edition() -> None:
    edition = edition_of_today()
    letter(edition, subscribe(ada), "failed")
    forgotten(NOON + 120 * DAY)
    subscribe(chidi)
    edition.refresh_from_db()
    assert planner.plan_everyone(edition, NOON + 120 * DAY).pending == 0
    retried = retry_letters(edition, "failed", NOON + 120 * DAY, really=True, also_hopeless=True)
    assert (retried.again, dict(retried.left)) == (0, {NOT_KEPT: 1})
    forgotten(NOON + 400 * DAY)
    assert planner.count_unplanned(edition) == 0


def test_it_goes_on_where_it_was_killed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(old_letters, "ROWS_PER_BATCH", 1)
    edition = edition_of_today()
    for person in (ada, bao, chidi):
        letter(edition, subscribe(person))
    answers = iter([False, True, True])
    assert old_letters.shorten_due(NOON + 120 * DAY, lambda: next(answers), lambda _done, _total: None) == 1
    assert sum(row.picks == PICKS for row in Delivery.objects.all()) == 2
    assert forgotten(NOON + 120 * DAY) == {"letters": 2}
    assert {str(row.picks) for row in Delivery.objects.all()} == {"[2, 0]"}


def test_many_letters_cost_few_queries(django_assert_max_num_queries: DjangoAssertNumQueries) -> None:
    edition = edition_of_today()
    people = [subscribe(ada._replace(id=number, email=f"r{number}@example.org")) for number in range(100, 150)]
    for person in people:
        letter(edition, person)
    with django_assert_max_num_queries(62):
        assert forgotten(NOON + 120 * DAY) == {"letters": 50}
    with django_assert_max_num_queries(54):
        assert forgotten(NOON + 120 * DAY) == {}


def test_runs_requests_and_sessions_end() -> None:
    version = publish(drafts(1)).entries.get().version
    batch = ModelBatch.objects.create(model="m", prompt_version="1")
    Run.objects.create(day=NOON.date(), started_at=NOON)
    ModelCall.objects.create(version=version, language="en", model="m", prompt_version="1", batch=batch)
    RelatingSentence.objects.create(version=version, kept=version, language="en", prompt_version="1")
    Session.objects.create(session_key="x", session_data="", expire_date=NOON + DAY)
    Errand.objects.create(kind="sign_up", email=ada.email, not_before=NOON, created_at=NOON)
    assert forgotten(NOON + 30 * DAY) == {"sessions": 1, "account_requests": 1}
    assert forgotten(NOON + 180 * DAY) == {"runs": 1, "model_calls": 1, "relating_sentences": 1, "model_batches": 1}


def command(capsys: pytest.CaptureFixture[str], *arguments: str) -> dict[str, Any]:
    call_command("forget", "--json", *arguments)
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    return {each["name"]: (each["due"], each["done"]) for each in found["kinds"] if each["due"]}


def test_the_command_tells_before_it_deletes(clock: time_machine.Traveller, capsys: pytest.CaptureFixture[str]) -> None:
    letter(edition_of_today(), subscribe(ada))
    clock.shift(120 * DAY)
    assert command(capsys, "--dry-run") == {"letters": (1, 0)}
    assert command(capsys, "--dry-run", "--date", "2026-05-22") == {}
    assert Delivery.objects.get().picks == PICKS
    assert not LogEntry.objects.exists()
    assert command(capsys) == {"letters": (1, 1)}
    assert LogEntry.objects.get().change_message == "forget: 1"
    call_command("forget")
    assert capsys.readouterr().out.endswith("Nothing is due.\n")


def test_the_command_takes_no_day_to_come() -> None:
    with pytest.raises(CommandError, match="still to come"):
        call_command("forget", "--date", "2026-01-24")


def test_every_setting_of_retention_has_its_kind() -> None:
    """A new setting needs a line in the list, and the list a setting."""
    names = [name for name in dir(settings) if name.startswith("KEEP_")]
    assert len(names) == 7
    assert [name for name in names if name not in str(retention.__doc__)] == []


def test_who_comes_back_later_is_asked_for_interests(client: Client) -> None:
    subscribe(ada, status="unsubscribed", unsubscribed_at=NOON - 30 * DAY)
    asked = "We no longer have your interests."
    assert asked not in words(tree(open_account(client, ada.id).get("/preferences/")).find("body/main"))
    assert forgotten(NOON) == {"interests_of_unsubscribed": 1}
    assert asked in words(tree(client.get("/preferences/")).find("body/main"))
