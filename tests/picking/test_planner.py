"""Which readers get a row in the outbox, and what it holds."""

from collections import Counter
from collections.abc import Callable, Sequence
from datetime import timedelta
from itertools import count
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from digest.delivery.letter_order import order_for_delivery
from digest.delivery.workers import recovery
from digest.domain import Choice, Pick, Reason
from digest.editions.build import build_edition
from digest.models import Delivery, Edition, Version
from digest.picking import due_readers, planner
from digest.picking.letter_chooser import LetterChooser
from digest.picking.papers_needed import find_needed_papers
from digest.picking.planner import PlanCounts
from digest.picking.stored_picks import decode_picks
from digest.reconciliation import counts
from subscriptions import selectors
from subscriptions.address_hashes import hash_address
from subscriptions.models import Subscriber, Suppression
from subscriptions.reader import Reader
from tests.delivery.outbox_rows import DAY, NOW, crowd, planned, states
from tests.editions.rows import announce, announce_again, deliver
from tests.people import ada, bao, chidi, subscribe

pytestmark = pytest.mark.django_db


@pytest.fixture
def edition() -> Edition:
    """Two papers of machine learning, one about attention."""
    announce("Attention in trees", "cs.LG", day=DAY)
    announce("Gradients without tears", "cs.LG", day=DAY)
    edition = build_edition(DAY)
    Edition.objects.filter(id=edition.id).update(frozen_at=NOW)
    edition.refresh_from_db()
    return edition


def rows(**conditions: Any) -> list[Delivery]:
    return list(Delivery.objects.filter(**conditions).order_by("subscriber"))


def test_every_due_reader_gets_a_row_with_their_picks(edition: Edition) -> None:
    subscribe(ada)
    subscribe(bao)
    assert planner.plan_everyone(edition, NOW) == PlanCounts(pending=2)
    first, second = rows()
    assert (first.state, first.language, first.detail, first.matched) == ("pending", "en", "tldr", 2)
    assert len(decode_picks(first.picks)) == 2
    assert decode_picks(second.picks)[0].reasons[0][:2] == ("keyword_in_title", "attention")
    assert (second.language, second.created_at) == ("zh", NOW)


def test_planning_again_adds_nobody(edition: Edition) -> None:
    subscribe(ada)
    planner.plan_everyone(edition, NOW)
    before = Delivery.objects.values().get()
    assert planner.plan_everyone(edition, NOW + timedelta(hours=1)) == PlanCounts()
    assert Delivery.objects.values().get() == before


def test_a_reader_without_a_match_is_excluded_as_such(edition: Edition) -> None:
    subscribe(chidi)
    assert planner.plan_everyone(edition, NOW).excluded == {"no_match": 1}
    assert rows()[0].finished_at == NOW
    assert rows()[0].picks == []


def test_pending_and_excluded_readers_are_counted_apart(edition: Edition) -> None:
    for person in (ada, bao, chidi):
        subscribe(person)
    assert planner.plan_everyone(edition, NOW) == PlanCounts(pending=2, excluded=Counter(no_match=1))


def test_an_empty_choice_never_becomes_a_letter(edition: Edition) -> None:
    subscribe(ada)
    nothing = Choice(picks=(), matched=0)
    assert planner.store_plan(edition, [ada], [nothing], {}, NOW).excluded == {"no_match": 1}


def test_paused_and_suppressed_readers_are_due_and_excluded(edition: Edition) -> None:
    subscribe(ada, paused_until=DAY + timedelta(days=3))
    subscribe(bao)
    Suppression.objects.create(address_hash=hash_address(bao.email), reason="hard_bounce")
    assert planner.plan_everyone(edition, NOW).excluded == {"paused": 1, "suppressed": 1}


def test_pending_and_former_readers_are_not_due(edition: Edition) -> None:
    subscribe(ada, status=Subscriber.Status.PENDING)
    subscribe(bao, status=Subscriber.Status.UNSUBSCRIBED)
    subscribe(chidi, days=1 << (DAY.weekday() + 1))
    assert planner.plan_everyone(edition, NOW) == PlanCounts()
    assert rows() == []


def test_a_row_that_another_planner_inserted_stays(edition: Edition) -> None:
    subscribe(ada)
    pick = Choice(picks=(Pick(1, 0.1, (Reason("category", "cs.LG"),)),), matched=1)
    planned(edition, [Subscriber.objects.get()])
    planner.store_plan(edition, [ada], [pick], {}, NOW)
    assert [row.picks[0][0] for row in rows()] == [0]


def test_a_sent_paper_replaced_today_is_a_notice() -> None:
    subscribe(ada)
    earlier = announce("Improved", day=DAY - timedelta(days=1))
    deliver(build_edition(DAY - timedelta(days=1)), ada, 0)
    newer = Version.objects.create(paper=earlier.paper, number=2, title="Improved", categories=["cs.LG"])
    announce_again(newer, "cs.LG", day=DAY, kind="replace")
    announce("Fresh", day=DAY)
    edition = build_edition(DAY)
    planner.plan_everyone(edition, NOW)
    [row] = rows(edition=edition)
    assert ([pick[0] for pick in row.picks], row.notices) == ([0], [1])


def test_notices_are_frozen_in_their_order(edition: Edition) -> None:
    for person in (ada, bao):
        subscribe(person)
    pick = Choice(picks=(Pick(1, 0.1, (Reason("category", "cs.LG"),)),), matched=1, notices=(4, 2))
    planner.store_plan(edition, [ada, bao], [pick, pick], {bao.id: "paused"}, NOW)
    first, second = rows()
    assert (first.notices, order_for_delivery(first).notices) == ([4, 2], (4, 2))
    assert (second.state, second.notices) == ("excluded", [])


def test_a_reader_deleted_meanwhile_gets_no_row(edition: Edition) -> None:
    pick = Choice(picks=(Pick(1, 0.1, (Reason("category", "cs.LG"),)),), matched=1)
    assert planner.store_plan(edition, [ada], [pick], {ada.id: "deleted"}, NOW) == PlanCounts()


def after_first_choice(monkeypatch: pytest.MonkeyPatch, then: Callable[[], object]) -> None:
    """Call *then* after the first choice, before its rows are inserted."""
    choose, calls = planner._Chooser.choose, count()

    def choosing(chooser: planner._Chooser, readers: Sequence[Reader]) -> list[Choice]:
        choices = choose(chooser, readers)
        if next(calls) == 0:
            then()
        return choices

    monkeypatch.setattr(planner._Chooser, "choose", choosing)


@pytest.mark.django_db(transaction=True)
def test_a_deletion_during_planning_stops_no_other_reader(edition: Edition, monkeypatch: pytest.MonkeyPatch) -> None:
    subscribe(ada)
    subscribe(bao)
    after_first_choice(monkeypatch, Subscriber.objects.get(id=bao.id).delete)
    assert planner.plan_everyone(edition, NOW) == PlanCounts(pending=1)
    assert [row.subscriber_id for row in rows()] == [ada.id]


def test_an_edition_rebuilt_during_planning_is_read_anew(edition: Edition, monkeypatch: pytest.MonkeyPatch) -> None:
    def rebuild() -> None:
        announce("Attention before all", "cs.AI", day=DAY, upvotes=500)
        build_edition(DAY)

    subscribe(bao)
    after_first_choice(monkeypatch, rebuild)
    planner.plan_everyone(edition, NOW)
    shown = [edition.entries.get(rank=pick.rank).version.title for pick in decode_picks(rows()[0].picks)]
    assert set(shown) == {"Attention before all", "Attention in trees"}


def test_an_edition_rebuilt_during_planning_is_prepared_once_more_for_all(
    edition: Edition, monkeypatch: pytest.MonkeyPatch
) -> None:
    prepared: list[int] = []
    make = LetterChooser

    def note(*args: Any, **options: Any) -> LetterChooser:
        prepared.append(1)
        return make(*args, **options)

    monkeypatch.setattr(planner, "LetterChooser", note)
    monkeypatch.setattr(due_readers, "READERS_PER_CHUNK", 1)
    for person in (ada, bao, chidi):
        subscribe(person, filters="attention")
    after_first_choice(monkeypatch, lambda: (announce("Attention before all", "cs.AI", day=DAY), build_edition(DAY)))
    assert planner.plan_everyone(edition, NOW) == PlanCounts(pending=3)
    assert len(prepared) == 2


def test_readers_are_planned_when_their_hour_has_come(edition: Edition) -> None:
    subscribe(ada, hour=8)
    subscribe(bao, timezone="America/New_York", hour=8)
    assert planner.plan_due(edition, NOW) == PlanCounts(pending=1)
    assert planner.plan_due(edition, NOW + timedelta(hours=4, minutes=59)) == PlanCounts()
    assert planner.plan_due(edition, NOW + timedelta(hours=5)) == PlanCounts(pending=1)
    assert [row.subscriber_id for row in rows()] == [ada.id, bao.id]


def test_a_day_without_papers_plans_nobody() -> None:
    subscribe(ada)
    quiet = build_edition(DAY)
    assert planner.plan_everyone(quiet, NOW) == PlanCounts()
    assert planner.plan_due(quiet, NOW) == PlanCounts()
    assert rows() == []


def test_a_new_letter_reopens_a_closed_edition(edition: Edition) -> None:
    Edition.objects.update(state="closed", closed_at=NOW)
    subscribe(ada)
    planner.plan_everyone(edition, NOW)
    edition.refresh_from_db()
    assert (edition.state, edition.closed_at) == ("frozen", None)


def test_readers_are_planned_in_chunks_with_progress(edition: Edition, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(due_readers, "READERS_PER_CHUNK", 2)
    crowd(5)
    ticks: list[tuple[int, int | None]] = []
    assert planner.plan_everyone(edition, NOW, lambda done, total: ticks.append((done, total))).pending == 5
    assert ticks == [(2, 5), (4, 5), (5, 5)]


def test_queries_do_not_grow_with_the_readers(edition: Edition) -> None:
    def queries(first: int, readers: int) -> int:
        crowd(readers, first=first)
        with CaptureQueriesContext(connection) as captured:
            assert planner.plan_everyone(edition, NOW).pending == readers
        return len(captured)

    queries(1, 1)
    few, many = queries(11, 3), queries(101, 40)  # SQLite inserts so many at once
    # PostgreSQL counts savepoints, too. A Friday asks for readers of the weekend as well, whose vectors it renews.
    assert few == many <= 27


def test_the_papers_of_letters_are_needed_by_language(edition: Edition) -> None:
    subscribe(ada)
    subscribe(bao)
    planner.plan_everyone(edition, NOW)
    attention = decode_picks(Delivery.objects.get(subscriber=bao.id).picks)[0].rank
    assert find_needed_papers(edition) == {"en": {0, 1}, "zh": {attention}}


def test_the_tally_counts_by_state_and_reason(edition: Edition) -> None:
    subscribe(ada)
    subscribe(chidi)
    planner.plan_everyone(edition, NOW)
    assert counts.count_by_state(edition) == {("pending", ""): 1, ("excluded", "no_match"): 1}
    assert states(edition) == {"pending": 1, "excluded": 1}


def test_there_is_work_while_a_letter_is_ready_or_lost(edition: Edition) -> None:
    crowd(1)
    planner.plan_everyone(edition, NOW)
    assert recovery.has_work(edition, NOW)
    Delivery.objects.update(not_before=NOW + timedelta(minutes=1))
    assert not recovery.has_work(edition, NOW)
    Delivery.objects.update(state="claimed", worker="elsewhere:1:1:a", lease_until=NOW)
    assert recovery.has_work(edition, NOW)
    Delivery.objects.update(state="accepted")
    assert not recovery.has_work(edition, NOW)


def test_unplanned_readers_are_counted_exactly(edition: Edition) -> None:
    crowd(3)
    planner.plan_everyone(edition, NOW)
    Subscriber.objects.filter(id=1).update(status="unsubscribed")
    crowd(1, first=9)
    assert planner.count_unplanned(edition) == 1
    assert selectors.count_due(DAY) == 3
