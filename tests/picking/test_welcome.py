"""Whoever has just confirmed gets a first letter at once, and no second one of the same day."""

import os
import time
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from digest.editions.build import build_edition
from digest.editions.load import load_contents
from digest.models import Delivery, Edition
from digest.picking import planner, welcome
from digest.picking.stored_picks import decode_picks
from subscriptions.models import Subscriber
from tests.delivery.outbox_rows import DAY, NOW
from tests.editions.rows import announce
from tests.people import ada, bao, subscribe
from tests.processes import Child, shared_database

MINUTE = timedelta(minutes=1)


def make_edition(day: Any = DAY, title: str = "Attention in trees", category: str = "cs.LG") -> Edition:
    announce(title, category, day=day)
    edition = build_edition(day)
    Edition.objects.filter(id=edition.id).update(frozen_at=NOW - (DAY - day) - timedelta(hours=1))
    edition.refresh_from_db()
    return edition


def confirm(reader: Any = ada, **columns: Any) -> Subscriber:
    return subscribe(reader, **{"created_at": NOW - 5 * MINUTE, "confirmed_at": NOW - MINUTE, **columns})


def shown() -> list[str]:
    """The titles in the newest letter."""
    letter = Delivery.objects.order_by("-id")[0]
    papers = load_contents(letter.edition, for_letters=True).papers
    return sorted(papers[pick.rank].title for pick in decode_picks(letter.picks))


def rows() -> list[tuple[Any, ...]]:
    found = Delivery.objects.order_by("edition__day", "subscriber")
    return list(found.values_list("edition__day", "subscriber", "kind", "state"))


@pytest.mark.django_db
def test_it_holds_the_best_of_the_newest_edition_whatever_the_day_of_the_week() -> None:
    edition = make_edition()
    row = confirm(days=1 << (DAY.weekday() + 1) % 7)
    [planned] = welcome.plan_welcomes(NOW)
    delivery = Delivery.objects.get()
    assert (planned.edition, planned.delivery_id) == (edition, delivery.id)
    assert rows() == [(DAY, row.id, "welcome", "pending")]
    assert len(decode_picks(delivery.picks)) == 1
    assert delivery.not_after is not None
    assert delivery.not_after > NOW


@pytest.mark.django_db
def test_it_is_that_day_s_letter() -> None:
    edition = make_edition()
    confirm(hour=0)
    welcome.plan_welcomes(NOW)
    for later in range(0, 40, 4):
        planner.plan_due(edition, NOW + timedelta(hours=later))
        assert welcome.plan_welcomes(NOW + timedelta(hours=later)) == []
    planner.plan_everyone(edition, NOW)
    assert [kind for _, _, kind, _ in rows()] == ["welcome"]


@pytest.mark.django_db
def test_whoever_has_the_day_s_letter_gets_no_other() -> None:
    edition = make_edition()
    confirm(hour=0)
    planner.plan_due(edition, NOW)
    assert welcome.plan_welcomes(NOW) == []
    assert [kind for _, _, kind, _ in rows()] == ["digest"]


@pytest.mark.django_db
def test_the_last_three_days_fill_what_the_newest_edition_does_not() -> None:
    for day in range(4):
        make_edition(DAY - timedelta(days=day), f"Of {day} days ago")
    confirm()
    assert len(welcome.plan_welcomes(NOW)) == 1
    assert shown() == ["Of 0 days ago", "Of 1 days ago", "Of 2 days ago"]
    assert Delivery.objects.get().covers_from == DAY - timedelta(days=2)


@pytest.mark.django_db
def test_what_the_newest_edition_fills_has_no_earlier_paper() -> None:
    make_edition(DAY - timedelta(days=1), "Of yesterday")
    make_edition(DAY, "Of today")
    confirm(papers=1)
    welcome.plan_welcomes(NOW)
    assert (shown(), Delivery.objects.get().covers_from) == (["Of today"], None)


@pytest.mark.django_db
def test_where_earlier_days_have_nothing_it_is_a_letter_of_the_day() -> None:
    make_edition(DAY - timedelta(days=1), "Strings", "hep-th")
    make_edition(DAY, "Of today")
    confirm()
    welcome.plan_welcomes(NOW)
    assert (shown(), Delivery.objects.get().covers_from) == (["Of today"], None)


@pytest.mark.django_db
def test_on_a_monday_friday_is_one_of_the_three_days() -> None:
    monday = DAY + timedelta(days=3)
    make_edition(DAY - timedelta(days=1), "Of Thursday")
    make_edition(DAY, "Of Friday")
    make_edition(monday, "Of Monday")
    confirm(confirmed_at=NOW + timedelta(days=3) - MINUTE)
    welcome.plan_welcomes(NOW + timedelta(days=3))
    assert shown() == ["Of Friday", "Of Monday"]


@pytest.mark.django_db
def test_no_later_letter_repeats_what_a_first_letter_had() -> None:
    first = make_edition(DAY - timedelta(days=1), "Of yesterday")
    make_edition(DAY, "Of today")
    row = confirm(hour=0, days=1 << (DAY.weekday() + 3) % 7)
    welcome.plan_welcomes(NOW)
    assert shown() == ["Of today", "Of yesterday"]
    planner.plan_due(first, NOW)
    assert [kind for _, _, kind, _ in rows()] == ["welcome"]
    Delivery.objects.update(state="accepted")
    monday = make_edition(DAY + timedelta(days=3), "Of Monday")
    row.refresh_from_db()
    planner.plan_everyone(monday, NOW + timedelta(days=3))
    assert shown() == ["Of Monday"]


@pytest.mark.django_db
def test_earlier_editions_serve_whom_the_newest_has_nothing_for() -> None:
    make_edition(DAY - timedelta(days=2))
    make_edition(DAY, "Strings", "hep-th")
    row = confirm(categories="cs.LG", filters="")
    assert len(welcome.plan_welcomes(NOW)) == 1
    assert rows() == [(DAY, row.id, "welcome", "pending")]
    assert shown() == ["Attention in trees"]


@pytest.mark.django_db
def test_where_nothing_matches_the_newest_edition_says_so_once() -> None:
    make_edition(DAY - timedelta(days=2), "Branes", "hep-th")
    make_edition(DAY, "Strings", "hep-th")
    row = confirm(categories="cs.LG", filters="")
    assert welcome.plan_welcomes(NOW) == welcome.plan_welcomes(NOW) == []
    assert rows() == [(DAY, row.id, "digest", "excluded")]


@pytest.mark.django_db
def test_old_and_paused_editions_and_old_readers_are_left_alone() -> None:
    confirm()
    subscribe(bao, created_at=NOW - timedelta(days=9), confirmed_at=NOW - timedelta(hours=2))
    assert welcome.plan_welcomes(NOW) == []
    make_edition(DAY - timedelta(days=4))
    assert welcome.plan_welcomes(NOW) == []
    Edition.objects.filter(id=make_edition().id).update(paused=True)
    assert welcome.plan_welcomes(NOW) == []
    Edition.objects.update(paused=False)
    assert [each.delivery_id for each in welcome.plan_welcomes(NOW)] == [Delivery.objects.get().id]


@pytest.mark.django_db
def test_a_closed_edition_is_opened_again() -> None:
    edition = make_edition()
    Edition.objects.update(state="closed", closed_at=NOW)
    confirm()
    welcome.plan_welcomes(NOW)
    edition.refresh_from_db()
    assert (edition.state, edition.closed_at) == ("frozen", None)


def plan(how: str, start: float) -> list[str]:
    """Plan in a process of its own from a moment on, and return what is planned by then."""
    time.sleep(max(start - time.time(), 0))
    edition = Edition.objects.get()
    if how == "welcome":
        welcome.plan_welcomes(NOW)
    elif how == "due":
        planner.plan_due(edition, NOW)
    else:
        planner.plan_everyone(edition, NOW)
    return [state for _, _, _, state in rows()]


@pytest.mark.django_db(transaction=True)
def test_the_day_s_planning_and_welcomes_at_the_same_moment_make_one_letter(tmp_path: Path) -> None:
    make_edition()
    confirm(hour=0)
    for number in range(4):
        Delivery.objects.all().delete()
        (folder := tmp_path / str(number)).mkdir()
        environment = {**os.environ, "DATABASE_URL": shared_database(folder), "PREPRINT_POST_HOME": str(folder)}
        start = time.time() + 1
        work = ("due", "welcome", "everyone", "welcome")
        children = [Child(plan, how, start, environment=environment) for how in work]
        assert [child.wait() for child in children] == [["pending"]] * 4
