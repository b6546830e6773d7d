"""What letters tell of papers that their readers kept or were sent: each thing once, and nothing to others."""

from datetime import date, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from digest.editions.build import build_edition
from digest.models import Delivery, Edition, Feedback, PaperNews, Version
from digest.picking import planner, shown_papers
from digest.picking.paper_news import MAX_NEWS
from subscriptions.reader import Reader
from tests.editions.rows import FRIDAY, announce, announce_again, deliver
from tests.people import ada, subscribe

pytestmark = pytest.mark.django_db

THURSDAY, MONDAY = FRIDAY - timedelta(days=1), FRIDAY + timedelta(days=3)
grace = ada._replace(id=11, email="grace@example.org")


def happen(version: Version, kind: str = "published", day: date = FRIDAY) -> PaperNews:
    return PaperNews.objects.create(paper=version.paper, kind=kind, day=day, title=version.title)


def keep(person: Reader, version: Version, kind: str = "save") -> None:
    Feedback.objects.create(subscriber_id=person.id, paper=version.paper, kind=kind)


def plan(day: date = FRIDAY) -> Edition:
    announce(f"New on {day}", day=day)
    edition = build_edition(day)
    planner.plan_everyone(edition, timezone.now())
    return edition


def told(person: Reader, day: date = FRIDAY) -> list[int]:
    return Delivery.objects.get(subscriber=person.id, edition__day=day).news or []


@pytest.mark.parametrize("is_packed", [False, True])
def test_who_was_sent_a_paper_is_told_and_nobody_else(is_packed: bool) -> None:
    subscribe(ada)
    subscribe(grace)
    version = announce("Sent", day=THURSDAY)
    earlier = build_edition(THURSDAY)
    deliver(earlier, ada, 0)
    if is_packed:
        shown_papers._make_lists(earlier.id)
    news = happen(version)
    plan()
    assert (told(ada), told(grace)) == ([news.id], [])


@pytest.mark.parametrize("kind", ["save", "more"])
def test_who_kept_a_paper_is_told(kind: str) -> None:
    subscribe(ada)
    version = announce("Kept", day=FRIDAY - timedelta(days=400))
    keep(ada, version, kind)
    news = happen(version, "code")
    plan()
    assert told(ada) == [news.id]


def test_who_wanted_less_of_a_paper_is_not_told() -> None:
    subscribe(ada)
    version = announce("Unloved", day=FRIDAY - timedelta(days=400))
    keep(ada, version, "less")
    happen(version)
    plan()
    assert told(ada) == []


def test_who_kept_a_paper_gets_a_notice_where_it_is_replaced() -> None:
    subscribe(ada, filters="study")
    subscribe(grace)
    first = announce("Kept", day=FRIDAY - timedelta(days=400))
    keep(ada, first)
    second = Version.objects.create(
        paper=first.paper, number=2, title="Kept", abstract="We.", authors=["G"], categories=["cs.LG"]
    )
    announce_again(second, "cs.LG", kind="replace")
    edition = plan()
    rank = edition.entries.get(version=second).rank
    assert Delivery.objects.get(subscriber=ada.id).notices == [rank]
    assert Delivery.objects.get(subscriber=grace.id).notices == []


def test_each_thing_is_told_once() -> None:
    subscribe(ada)
    version = announce("Kept", day=FRIDAY - timedelta(days=400))
    keep(ada, version)
    first = happen(version)
    plan()
    second = happen(version, "code", MONDAY)
    plan(MONDAY)
    assert (told(ada), told(ada, MONDAY)) == ([first.id], [second.id])


@pytest.mark.parametrize(("state", "is_told_again"), [("failed", True), ("excluded", True), ("uncertain", False)])
def test_what_a_letter_that_never_left_told_is_told_by_the_next(state: str, is_told_again: bool) -> None:
    subscribe(ada)
    version = announce("Kept", day=FRIDAY - timedelta(days=400))
    keep(ada, version)
    news = happen(version)
    plan()
    Delivery.objects.update(state=state)
    plan(MONDAY)
    assert told(ada, MONDAY) == ([news.id] if is_told_again else [])


def test_a_letter_tells_few_things_and_the_next_one_the_rest() -> None:
    subscribe(ada)
    for number in range(MAX_NEWS + 2):
        version = announce(f"Kept {number}", day=FRIDAY - timedelta(days=400))
        keep(ada, version)
        happen(version)
    plan()
    plan(MONDAY)
    assert (len(told(ada)), len(told(ada, MONDAY))) == (MAX_NEWS, 2)
    assert not set(told(ada)) & set(told(ada, MONDAY))


def test_what_is_two_weeks_old_is_no_news() -> None:
    subscribe(ada)
    version = announce("Kept", day=FRIDAY - timedelta(days=400))
    keep(ada, version)
    happen(version, day=FRIDAY - timedelta(days=14))
    plan()
    assert told(ada) == []


def test_news_alone_makes_no_letter() -> None:
    subscribe(ada, minimum=5)
    version = announce("Kept", day=FRIDAY - timedelta(days=400))
    keep(ada, version)
    happen(version)
    plan()
    row = Delivery.objects.get()
    assert (row.state, row.reason, row.news) == ("excluded", "below_minimum", None)


def test_many_readers_cost_as_many_queries_as_one() -> None:
    announce("New")
    versions = [announce(f"Kept {number}", day=THURSDAY) for number in range(5)]
    earlier = build_edition(THURSDAY)
    kept = earlier.entries.get(rank=1).version
    edition = build_edition(FRIDAY)
    people = [ada._replace(id=number, email=f"{number}@example.org") for number in range(100, 140)]
    for version in versions:
        happen(version)

    def count(readers: list[Reader]) -> int:
        for person in readers:
            subscribe(person)
            deliver(earlier, person, 0)
            keep(person, kept)
        with CaptureQueriesContext(connection) as queries:
            planner.plan_everyone(edition, timezone.now())
        assert all(len(told(person)) == 2 for person in readers)
        return len(queries)

    of_one = count(people[:1])
    assert count(people[1:]) <= of_one
