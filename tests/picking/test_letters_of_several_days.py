"""Letters that cover several days: the best papers of all of them, each once, and nothing of the day's own changes."""

import random
from datetime import date, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from digest.editions.build import build_edition
from digest.editions.load import load_contents
from digest.models import Delivery, Edition, EditionEntry, EditionSummary, Version
from digest.picking import papers_needed, planner, waiting_papers
from digest.picking.covered_days import MAX_COVERED_DAYS
from digest.picking.papers_needed import find_expected_papers, find_needed_papers
from digest.picking.stored_picks import list_ranks
from digest.pipeline import run_stages
from digest.sources.memory import EmptySource
from digest.summaries.write import write_summaries
from subscriptions.models import Subscriber
from subscriptions.reader import Reader
from tests.editions.rows import FRIDAY, announce, announce_again, deliver
from tests.people import ada, bao, subscribe

pytestmark = pytest.mark.django_db

MONDAY, TUESDAY, WEDNESDAY, THURSDAY = (FRIDAY - timedelta(days=days) for days in (4, 3, 2, 1))
ON_FRIDAYS = 1 << FRIDAY.weekday()
weekly = ada._replace(id=21, email="weekly@example.org", days=ON_FRIDAYS)


def plan(day: date = FRIDAY) -> Edition:
    edition = build_edition(day)
    planner.plan_everyone(edition, timezone.now())
    edition.refresh_from_db()
    return edition


def shown_to(reader: Reader, day: date = FRIDAY) -> list[str]:
    """The titles in the reader's letter of a day."""
    letter = Delivery.objects.get(subscriber=reader.id, edition__day=day)
    papers = load_contents(letter.edition, for_letters=True).papers
    return [papers[rank].title for rank in list_ranks(letter.picks)]


def test_a_weekly_letter_has_the_papers_of_the_whole_week() -> None:
    subscribe(weekly)
    for day in (MONDAY, WEDNESDAY, FRIDAY):
        announce(f"Of {day:%A}", day=day)
        plan(day)
    assert sorted(shown_to(weekly)) == ["Of Friday", "Of Monday", "Of Wednesday"]
    letter = Delivery.objects.get()
    assert (letter.matched, letter.covers_from) == (3, MONDAY)


def test_a_daily_letter_is_what_it_is_without_weekly_readers() -> None:
    announce("Of Monday", day=MONDAY)
    build_edition(MONDAY)
    for number in range(3):
        announce(f"Of Friday {number}")
    edition = build_edition(FRIDAY)
    subscribe(ada)
    planner.plan_everyone(edition, timezone.now())
    alone = Delivery.objects.values("picks", "matched", "notices", "covers_from").get()
    Delivery.objects.all().delete()
    subscribe(weekly)
    planner.plan_everyone(edition, timezone.now())
    assert Delivery.objects.values(*alone).get(subscriber=ada.id) == alone
    assert len(shown_to(weekly)) == 4


def test_the_best_of_the_days_come_first() -> None:
    subscribe(weekly, papers=1, popularity="much")
    announce("Dull", day=MONDAY)
    announce("Loved", day=TUESDAY, upvotes=200)
    announce("Of Friday")
    for day in (MONDAY, TUESDAY, FRIDAY):
        plan(day)
    assert shown_to(weekly) == ["Loved"]


def test_only_what_letters_show_is_added_to_the_edition() -> None:
    subscribe(weekly, papers=1)
    for number in range(5):
        announce(f"Of Monday {number}", day=MONDAY)
    build_edition(MONDAY)
    announce("Of Friday", "hep-th")
    edition = plan()
    [added] = EditionEntry.objects.exclude(announced_on=None)
    assert (added.edition, added.rank, added.announced_on, added.kind) == (edition, 1, MONDAY, "new")
    assert find_needed_papers(edition) == {"en": {1}}


def test_an_earlier_paper_of_two_letters_is_added_once() -> None:
    subscribe(weekly)
    announce("Of Monday", day=MONDAY)
    build_edition(MONDAY)
    announce("Of Friday")
    plan()
    subscribe(weekly._replace(id=22, email="late@example.org"))
    announce("Of Tuesday", day=TUESDAY)
    build_edition(TUESDAY)
    plan()
    late = Delivery.objects.get(subscriber=22)
    assert sorted(list_ranks(late.picks)) == [0, 1, 2]
    assert EditionEntry.objects.exclude(announced_on=None).count() == 2


def test_a_paper_that_several_days_announce_comes_once_in_its_newest_version() -> None:
    subscribe(weekly)
    first = announce("Version one", day=MONDAY)
    announce_again(first, "stat.ML", day=TUESDAY)
    second = Version.objects.create(paper=first.paper, number=2, title="Version two", abstract="We.", authors=["G"])
    Version.objects.filter(id=second.id).update(categories=["cs.LG"], primary_category="cs.LG")
    announce_again(second, "cs.LG", day=WEDNESDAY, kind="replace")
    for day in (MONDAY, TUESDAY, WEDNESDAY):
        build_edition(day)
    announce("Of Friday")
    plan()
    assert sorted(shown_to(weekly)) == ["Of Friday", "Version two"]
    added = EditionEntry.objects.exclude(announced_on=None).get()
    assert (added.announced_on, added.kind) == (MONDAY, "new")


def test_a_paper_of_the_day_keeps_its_own_place() -> None:
    subscribe(weekly)
    first = announce("Of Monday", day=MONDAY)
    build_edition(MONDAY)
    announce_again(first, "stat.ML")
    plan()
    assert shown_to(weekly) == ["Of Monday"]
    assert not EditionEntry.objects.exclude(announced_on=None).exists()


def test_a_paper_that_was_withdrawn_since_is_not_shown() -> None:
    subscribe(weekly)
    first = announce("Flawed", day=MONDAY)
    build_edition(MONDAY)
    withdrawn = Version.objects.create(
        paper=first.paper, number=2, title="Flawed", abstract="We.", authors=["G"], categories=["cs.LG"], withdrawn=True
    )
    announce_again(withdrawn, "cs.LG", day=TUESDAY, kind="replace")
    build_edition(TUESDAY)
    announce("Of Friday")
    plan()
    assert shown_to(weekly) == ["Of Friday"]


def test_what_a_letter_showed_does_not_come_again() -> None:
    """Shown on Tuesday, cross-listed on Thursday: Friday's letter leaves it out."""
    reader = weekly._replace(days=ON_FRIDAYS | 1 << TUESDAY.weekday())
    subscribe(reader)
    version = announce("Of Monday", day=MONDAY)
    build_edition(MONDAY)
    announce("Of Tuesday", day=TUESDAY)
    plan(TUESDAY)
    assert sorted(shown_to(reader, TUESDAY)) == ["Of Monday", "Of Tuesday"]
    announce_again(version, "stat.ML", day=THURSDAY)
    announce("Of Thursday", day=THURSDAY)
    build_edition(THURSDAY)
    announce("Of Friday")
    plan()
    assert sorted(shown_to(reader)) == ["Of Friday", "Of Thursday"]


def test_a_day_that_came_late_brings_no_paper_twice_of_a_letter_that_left_before() -> None:
    """Wednesday's letter left before Monday was built: Friday's has Monday's paper, and none of Wednesday's."""
    reader = weekly._replace(days=ON_FRIDAYS | 1 << WEDNESDAY.weekday())
    subscribe(reader)
    announce("Of Wednesday", day=WEDNESDAY)
    plan(WEDNESDAY)
    assert shown_to(reader, WEDNESDAY) == ["Of Wednesday"]
    announce("Of Monday", day=MONDAY)
    build_edition(MONDAY)
    announce("Of Friday")
    plan()
    assert sorted(shown_to(reader)) == ["Of Friday", "Of Monday"]


def test_a_paper_that_was_replaced_within_the_days_is_a_notice() -> None:
    subscribe(weekly)
    last_week = FRIDAY - timedelta(days=7)
    first = announce("Sent before", day=last_week)
    deliver(build_edition(last_week), weekly, 0)
    second = Version.objects.create(
        paper=first.paper, number=2, title="Sent before", abstract="We.", authors=["G"], categories=["cs.LG"]
    )
    announce_again(second, "cs.LG", day=TUESDAY, kind="replace")
    build_edition(TUESDAY)
    announce("Of Friday")
    edition = plan()
    letter = Delivery.objects.get(edition=edition)
    entries = dict(edition.entries.values_list("rank", "version__number"))
    assert [entries[rank] for rank in letter.notices] == [2]
    assert shown_to(weekly) == ["Of Friday"]


def test_readers_of_the_same_day_may_cover_different_ones() -> None:
    subscribe(weekly)
    other = bao._replace(days=ON_FRIDAYS | 1 << WEDNESDAY.weekday(), categories=("cs.LG",))
    subscribe(other)
    for day in (MONDAY, WEDNESDAY, THURSDAY, FRIDAY):
        announce(f"Of {day:%A}", day=day)
        plan(day)
    assert sorted(shown_to(weekly)) == ["Of Friday", "Of Monday", "Of Thursday", "Of Wednesday"]
    assert sorted(shown_to(other)) == ["Of Friday", "Of Thursday"]


def test_before_the_planning_the_same_papers_are_expected() -> None:
    subscribe(weekly, language="zh")
    earlier = announce("Of Monday", day=MONDAY)
    build_edition(MONDAY)
    announce("Of Friday")
    expected = find_expected_papers(build_edition(FRIDAY))
    assert (expected.ranks, expected.earlier) == ({"zh": {0}}, {(earlier.id, "zh")})
    assert not EditionEntry.objects.exclude(announced_on=None).exists()


def test_an_edition_that_is_built_again_after_its_letters_are_forgotten_loses_their_papers() -> None:
    subscribe(weekly)
    announce("Of Monday", day=MONDAY)
    build_edition(MONDAY)
    announce("Of Friday")
    edition = plan()
    Delivery.objects.all().delete()
    assert build_edition(FRIDAY).frozen_at == edition.frozen_at
    announce("Late")
    build_edition(FRIDAY)
    assert sorted(edition.entries.values_list("rank", "announced_on")) == [(0, None), (1, None)]


def test_a_planning_that_is_cut_short_leaves_neither_papers_nor_letters(monkeypatch: pytest.MonkeyPatch) -> None:
    subscribe(weekly)
    announce("Of Monday", day=MONDAY)
    build_edition(MONDAY)
    announce("Of Friday")
    with monkeypatch.context() as patched:
        patched.setattr(papers_needed, "add_needed_papers", lambda *given: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            plan()
    assert not Delivery.objects.exists()
    assert not EditionEntry.objects.exclude(announced_on=None).exists()
    plan()
    assert sorted(shown_to(weekly)) == ["Of Friday", "Of Monday"]


def test_a_chunk_of_readers_costs_as_many_queries_as_one() -> None:
    for number in range(12):
        announce(f"Of Monday {number}", day=MONDAY)
    build_edition(MONDAY)
    announce("Of Friday")
    edition = build_edition(FRIDAY)
    subscribe(weekly)
    with CaptureQueriesContext(connection) as for_one:
        planner.plan_everyone(edition, timezone.now())
    Delivery.objects.all().delete()
    EditionEntry.objects.exclude(announced_on=None).delete()
    for number in range(40):
        subscribe(weekly._replace(id=100 + number, email=f"{number}@example.org"))
    with CaptureQueriesContext(connection) as for_many:
        planner.plan_everyone(edition, timezone.now())
    assert Delivery.objects.count() == 41
    assert len(for_many) == len(for_one)


def test_papers_of_days_with_too_few_of_them_come_together() -> None:
    reader = ada._replace(minimum=3)
    subscribe(reader)
    announce("Of Monday", day=MONDAY)
    announce("Also of Monday", day=MONDAY)
    announce("Of nobody", "hep-th", day=TUESDAY)
    announce("Of Wednesday", day=WEDNESDAY)
    announce("Of Thursday", day=THURSDAY)
    for day in (MONDAY, TUESDAY, WEDNESDAY, THURSDAY):
        plan(day)
    assert sorted(shown_to(reader, WEDNESDAY)) == ["Also of Monday", "Of Monday", "Of Wednesday"]
    letters = Delivery.objects.order_by("edition__day")
    assert list(letters.values_list("state", "reason", "matched", "covers_from")) == [
        ("excluded", "below_minimum", 2, None),
        ("excluded", "below_minimum", 0, None),
        ("pending", "", 3, MONDAY),
        ("excluded", "below_minimum", 1, None),
    ]


def test_where_too_few_papers_wait_their_days_are_not_ranked(monkeypatch: pytest.MonkeyPatch) -> None:
    subscribe(ada, minimum=3)
    announce("Of Thursday", day=THURSDAY)
    plan(THURSDAY)
    announce("Of Friday")
    monkeypatch.delattr(waiting_papers, "load_contents")
    plan()
    assert Delivery.objects.filter(reason="below_minimum", matched=1).count() == 2


def test_of_papers_that_waited_the_best_come_and_the_rest_is_counted() -> None:
    subscribe(ada, minimum=2, papers=3, popularity="much")
    announce("Loved", day=THURSDAY, upvotes=200)
    plan(THURSDAY)
    for number in range(4):
        announce(f"Of Friday {number}")
    plan()
    letter = Delivery.objects.get(edition__day=FRIDAY)
    assert shown_to(ada)[0] == "Loved"
    assert (len(shown_to(ada)), letter.matched, letter.covers_from) == (3, 5, THURSDAY)


def test_a_paper_that_waits_comes_once_and_as_it_is_now() -> None:
    """Replaced, listed once more, or withdrawn while it waits."""
    subscribe(ada, minimum=4)
    versions = {title: announce(title, day=TUESDAY) for title in ("Replaced", "Listed again", "Withdrawn")}
    for title, day, changes in (
        ("Replaced", WEDNESDAY, {"title": "Replaced by this"}),
        ("Withdrawn", THURSDAY, {"title": "Withdrawn", "withdrawn": True}),
    ):
        newer = Version.objects.create(
            paper=versions[title].paper, number=2, abstract="We.", authors=["G"], categories=["cs.LG"], **changes
        )
        announce_again(newer, "cs.LG", day=day, kind="replace")
    announce_again(versions["Listed again"], "stat.ML", day=THURSDAY)
    for day in (TUESDAY, WEDNESDAY, THURSDAY):
        plan(day)
    announce("Of Friday")
    plan()
    # Of the day alone: what waits is counted by the rows of its days.
    assert Delivery.objects.get(edition__day=FRIDAY).matched == 1
    announce("Of Monday", day=FRIDAY + timedelta(days=3))
    plan(FRIDAY + timedelta(days=3))
    assert sorted(shown_to(ada, FRIDAY + timedelta(days=3))) == [
        "Listed again",
        "Of Friday",
        "Of Monday",
        "Replaced by this",
    ]


def test_a_day_that_came_late_joins_those_that_waited_and_brings_nothing_twice() -> None:
    subscribe(ada, minimum=2)
    for number in range(2):
        announce(f"{number} of Wednesday", day=WEDNESDAY)
    plan(WEDNESDAY)
    assert len(shown_to(ada, WEDNESDAY)) == 2
    announce("Of Monday", day=MONDAY)
    build_edition(MONDAY)
    announce("Of Thursday", day=THURSDAY)
    plan(THURSDAY)
    announce("Of Friday")
    plan()
    assert sorted(shown_to(ada)) == ["Of Friday", "Of Monday", "Of Thursday"]
    assert Delivery.objects.get(edition__day=FRIDAY).matched == 3


def test_a_letter_of_papers_that_waited_tells_what_changed_on_their_days() -> None:
    subscribe(ada, minimum=2)
    sent = announce("Sent before", day=MONDAY)
    deliver(build_edition(MONDAY), ada, 0)
    newer = Version.objects.create(
        paper=sent.paper, number=2, title="Sent before", abstract="We.", authors=["G"], categories=["cs.LG"]
    )
    announce_again(newer, "cs.LG", day=THURSDAY, kind="replace")
    announce("Of Thursday", day=THURSDAY)
    plan(THURSDAY)
    announce("Of Friday")
    edition = plan()
    assert sorted(shown_to(ada)) == ["Of Friday", "Of Thursday"]
    entries = dict(edition.entries.values_list("rank", "version"))
    assert [entries[rank] for rank in Delivery.objects.get(edition=edition).notices] == [newer.id]


def test_readers_who_wait_cost_as_many_queries_as_one() -> None:
    announce("Of Thursday", day=THURSDAY)
    thursday = build_edition(THURSDAY)
    announce("Of Friday")
    edition = build_edition(FRIDAY)

    def count(ids: range) -> int:
        for number in ids:
            subscribe(ada._replace(id=number, email=f"{number}@example.org", minimum=2))
        planner.plan_everyone(thursday, timezone.now())
        with CaptureQueriesContext(connection) as queries:
            planner.plan_everyone(edition, timezone.now())
        assert set(Delivery.objects.filter(edition=edition).values_list("state", "matched")) == {("pending", 2)}
        Delivery.objects.all().delete()
        EditionEntry.objects.exclude(announced_on=None).delete()
        Subscriber.objects.all().delete()
        return len(queries)

    of_one = count(range(100, 101))
    assert count(range(200, 240)) <= of_one


def test_whoever_wants_fewer_papers_from_now_on_gets_those_that_waited() -> None:
    subscribe(ada, minimum=3)
    announce("Of Thursday", day=THURSDAY)
    plan(THURSDAY)
    Subscriber.objects.update(minimum=1)
    announce("Of nobody", "hep-th")
    plan()
    assert shown_to(ada) == ["Of Thursday"]


@pytest.mark.parametrize("seed", range(4))
def test_no_paper_is_lost_or_comes_twice_where_letters_wait(seed: int) -> None:
    """What readers get in three weeks is what a list of waiting papers gives that is kept by hand."""
    chance = random.Random(seed)
    readers = [ada._replace(id=30 + least, email=f"{least}@example.org", minimum=least) for least in (1, 2, 3, 5, 7)]
    for reader in readers:
        subscribe(reader)
    waiting: dict[int, list[tuple[date, str]]] = {reader.id: [] for reader in readers}
    for day in (FRIDAY + timedelta(days=after) for after in range(21)):
        if day.weekday() >= 5:
            continue
        announce("Of nobody", "hep-th", day=day)
        papers = [announce(f"{number} of {day}", day=day).title for number in range(chance.choice((0, 0, 1, 1, 2)))]
        edition = plan(day)
        for reader in readers:
            since = day - timedelta(days=MAX_COVERED_DAYS)
            found = [*(each for each in waiting[reader.id] if each[0] > since), *((day, title) for title in papers)]
            is_letter = len(found) >= reader.minimum
            state = Delivery.objects.values_list("state", flat=True).get(edition=edition, subscriber=reader.id)
            assert state == ("pending" if is_letter else "excluded"), (reader.minimum, day)
            if is_letter:
                assert sorted(shown_to(reader, day)) == sorted(title for _, title in found)
            waiting[reader.id] = [] if is_letter else found


def test_pages_and_reports_count_the_papers_of_the_day(client: Client) -> None:
    subscribe(weekly)
    earlier = announce("Of Monday", day=MONDAY)
    build_edition(MONDAY)
    announce("Of Friday")
    report = run_stages(FRIDAY, EmptySource("test"), ("build", "pick", "summarise", "send", "reconcile"))
    assert (report.edition, report.accepted, report.problems) == (1, 1, [])
    edition = Edition.objects.get(day=FRIDAY)
    assert [paper.title for paper in load_contents(edition).papers] == ["Of Friday"]
    assert "Of Monday" not in client.get(f"/editions/{FRIDAY}/").content.decode()
    assert f"/editions/{FRIDAY}/" not in client.get(f"/papers/{earlier.paper.arxiv_id}/").content.decode()


def test_a_summary_of_an_earlier_paper_is_in_its_readers_language_alone() -> None:
    subscribe(weekly, language="zh")
    announce("Of Monday", day=MONDAY)
    build_edition(MONDAY)
    announce("Of Friday")
    edition = plan()
    write_summaries(edition, find_needed_papers(edition))
    shown = EditionSummary.objects.filter(entry__edition=edition).values_list("entry__rank", "language")
    assert sorted(shown) == [(0, "en"), (0, "zh"), (1, "zh")]
