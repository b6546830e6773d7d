"""Freezing a day."""

from datetime import timedelta

import pytest
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from digest.editions.build import build_edition
from digest.models import Announcement, Edition, EditionSummary, Summary, Version
from tests.editions.rows import FRIDAY, announce, announce_again, deliver, observe
from tests.people import ada, subscribe

pytestmark = pytest.mark.django_db

WEDNESDAY, THURSDAY = FRIDAY - timedelta(days=2), FRIDAY - timedelta(days=1)


def titles(edition: Edition) -> list[str]:
    return [entry.version.title for entry in edition.entries.select_related("version").order_by("rank")]


def test_a_days_papers_are_frozen_with_the_most_noticed_first() -> None:
    announce("Quiet")
    announce("Loud", upvotes=120)
    edition = build_edition(FRIDAY)
    assert (edition.state, edition.day, titles(edition)) == ("frozen", FRIDAY, ["Loud", "Quiet"])
    assert edition.frozen_at is not None
    assert list(edition.entries.order_by("rank").values_list("rank", flat=True)) == [0, 1]


def test_an_edition_has_all_papers_with_replacements_last() -> None:
    announce("New")
    announce("Crossed", "math.OC", kind="cross", section="cs.LG")
    announce("Replaced", kind="replace", upvotes=300)
    announce("Replaced elsewhere", kind="replace-cross")
    announce("Of another day", day=FRIDAY.replace(day=22))
    assert titles(build_edition(FRIDAY)) == ["New", "Crossed", "Replaced", "Replaced elsewhere"]


def test_a_paper_listed_several_times_is_in_its_own_section() -> None:
    version = announce("Everywhere", "cs.LG", "stat.ML", kind="cross", section="stat.ML")
    announce_again(version, "cs.AI")
    announce_again(version, "cs.LG", kind="new")
    entry = build_edition(FRIDAY).entries.get()
    assert (entry.section, entry.kind) == ("cs.LG", "new")


def test_of_cross_lists_only_the_earliest_names_the_section() -> None:
    version = announce("Crossed twice", "math.OC", kind="cross", section="cs.LG")
    announce_again(version, "cs.AI")
    entry = build_edition(FRIDAY).entries.get()
    assert (entry.section, entry.kind) == ("cs.LG", "cross")


def test_the_newer_of_two_versions_announced_is_shown() -> None:
    first = announce("As it was")
    second = Version.objects.create(paper=first.paper, number=2, title="As it is", categories=["cs.LG"])
    announce_again(second, "cs.LG", kind="new")
    assert titles(build_edition(FRIDAY)) == ["As it is"]


def test_a_withdrawn_paper_stands_last_and_is_marked() -> None:
    version = announce("Wrong")
    Version.objects.create(paper=version.paper, number=2, title="Wrong", categories=["cs.LG"], withdrawn=True)
    announce("Right")
    edition = build_edition(FRIDAY)
    assert titles(edition) == ["Right", "Wrong"]
    assert list(edition.entries.order_by("rank").values_list("kind", flat=True)) == ["new", "withdrawn"]
    assert Version.objects.filter(title="Wrong").count() == 2


def test_a_paper_resubmitted_after_a_withdrawal_is_included() -> None:
    version = announce("Repaired")
    Version.objects.filter(pk=version.pk).update(number=2)
    Version.objects.create(paper=version.paper, number=1, title="Wrong", categories=["cs.LG"], withdrawn=True)
    assert titles(build_edition(FRIDAY)) == ["Repaired"]


def test_a_day_without_announcements_has_an_open_edition() -> None:
    edition = build_edition(FRIDAY)
    assert (edition.state, edition.frozen_at, edition.entries.count()) == ("open", None, 0)
    announce("Late")
    assert build_edition(FRIDAY).state == "frozen"


def test_building_again_changes_nothing() -> None:
    announce("One")
    announce("Two")
    first = build_edition(FRIDAY)
    before = list(first.entries.order_by("rank").values())
    again = build_edition(FRIDAY)
    assert again.frozen_at == first.frozen_at
    assert list(again.entries.order_by("rank").values()) == before
    assert Edition.objects.count() == 1


def test_late_announcements_are_added_and_summaries_stay() -> None:
    kept, gone = announce("Kept"), announce("Gone", upvotes=50)
    shown = {}
    for entry in build_edition(FRIDAY).entries.all():
        summary = Summary.objects.create(version=entry.version, language="en", writer="extractive", tldr="It works.")
        shown[entry.version_id] = EditionSummary.objects.create(entry=entry, language="en", summary=summary)
    Announcement.objects.filter(version=gone).delete()
    announce("Late", upvotes=200)
    edition = build_edition(FRIDAY)
    assert titles(edition) == ["Late", "Kept"]
    assert list(EditionSummary.objects.values_list("pk", flat=True)) == [shown[kept.pk].pk]
    assert edition.entries.get(version=kept).rank == 1


def test_new_votes_change_the_order_until_a_letter_is_planned() -> None:
    announce("First", upvotes=1)
    second = announce("Second")
    assert titles(build_edition(FRIDAY)) == ["First", "Second"]
    observe(second.paper, 40)
    assert titles(build_edition(FRIDAY)) == ["Second", "First"]


def test_an_edition_with_planned_letters_does_not_change() -> None:
    subscribe(ada)
    announce("First", upvotes=1)
    second = announce("Second")
    edition = build_edition(FRIDAY)
    deliver(edition, ada, 0, state="pending")
    observe(second.paper, 40)
    announce("Late")
    assert titles(build_edition(FRIDAY)) == ["First", "Second"]


def test_an_edition_closed_without_letters_can_still_grow() -> None:
    announce("First", upvotes=1)
    Edition.objects.filter(pk=build_edition(FRIDAY).pk).update(state="closed", closed_at=timezone.now())
    assert build_edition(FRIDAY).state == "closed"
    announce("Late")
    edition = build_edition(FRIDAY)
    assert (edition.state, edition.closed_at, titles(edition)) == ("frozen", None, ["First", "Late"])


def test_building_asks_as_often_for_many_papers_as_for_few(
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    announce("Paper")
    build_edition(FRIDAY)
    for number in range(60):
        announce(f"Paper {number}", upvotes=number)
    with django_assert_max_num_queries(19):
        build_edition(FRIDAY)


def test_progress_is_told() -> None:
    announce("One")
    told: list[tuple[int, int | None]] = []
    build_edition(FRIDAY, lambda done, total: told.append((done, total)))
    assert told[-1] == (1, 1)


def test_papers_of_a_day_without_an_edition_are_in_the_next_one() -> None:
    """On Thursday arXiv broke off twice: what had come in was stored, and no edition was made."""
    announce("Of Wednesday", day=WEDNESDAY)
    build_edition(WEDNESDAY)
    announce("Of Thursday", day=THURSDAY)
    announce("Of Thursday, replaced", day=THURSDAY, kind="replace")
    announce("Of Friday")
    assert set(titles(build_edition(FRIDAY))) == {"Of Thursday", "Of Thursday, replaced", "Of Friday"}


def test_a_late_paper_is_in_one_edition_only() -> None:
    announce("Of Wednesday", day=WEDNESDAY)
    build_edition(WEDNESDAY)
    announce("Of Thursday", day=THURSDAY)
    announce("Of Friday")
    build_edition(FRIDAY)
    monday = FRIDAY + timedelta(days=3)
    announce("Of Monday", day=monday)
    assert titles(build_edition(monday)) == ["Of Monday"]


def test_a_late_day_that_gets_an_edition_of_its_own_leaves_the_next_one() -> None:
    announce("Of Wednesday", day=WEDNESDAY)
    build_edition(WEDNESDAY)
    announce("Of Thursday", day=THURSDAY)
    announce("Of Friday")
    build_edition(FRIDAY)
    assert titles(build_edition(THURSDAY)) == ["Of Thursday"]
    assert titles(build_edition(FRIDAY)) == ["Of Friday"]


def test_days_before_the_first_edition_are_the_archives() -> None:
    announce("Long before", day=WEDNESDAY)
    announce("Of Friday")
    assert titles(build_edition(FRIDAY)) == ["Of Friday"]


def test_a_day_is_made_up_for_within_two_weeks() -> None:
    before = FRIDAY - timedelta(days=30)
    announce("Of the first edition", day=before)
    build_edition(before)
    announce("Too old", day=FRIDAY - timedelta(days=14))
    announce("Old", day=FRIDAY - timedelta(days=13))
    announce("Of Friday")
    assert set(titles(build_edition(FRIDAY))) == {"Old", "Of Friday"}
