"""Notices: readers learn which papers they were sent have been replaced or withdrawn."""

from datetime import date, timedelta

import pytest
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from digest.domain import AnnouncementKind, Choice
from digest.editions.build import build_edition
from digest.editions.load import load_contents
from digest.models import Delivery, Edition, Version
from digest.picking import shown_papers
from digest.picking.choose import EditionChooser
from digest.picking.sent_history import MAX_NOTICES, find_repeats
from subscriptions.reader import Reader
from tests.editions.rows import FRIDAY, announce, announce_again, deliver
from tests.people import ada, chidi, subscribe

pytestmark = pytest.mark.django_db

MONDAY = FRIDAY - timedelta(days=4)


def sent_on(day: date, *titles: str, person: Reader = ada, state: str = "accepted") -> list[Version]:
    """A letter of that day that showed *person* these papers."""
    versions = [announce(title, day=day) for title in titles]
    deliver(build_edition(day), person, *range(len(titles)), state=state)
    return versions


def replaced(
    version: Version, *, day: date = FRIDAY, withdrawn: bool = False, kind: AnnouncementKind = "replace"
) -> Version:
    """The next version of a paper, announced on *day*."""
    newer = Version.objects.create(
        paper=version.paper,
        number=version.number + 1,
        title=version.title,
        categories=version.categories,
        primary_category=version.primary_category,
        withdrawn=withdrawn,
    )
    announce_again(newer, "cs.LG", day=day, kind=kind)
    return newer


def choice_for(edition: Edition, person: Reader = ada) -> Choice:
    """The choice by the letters of earlier days, which is the same by the lists made of them."""
    papers = load_contents(edition).papers
    [choice] = EditionChooser(edition, papers).choose([person])
    shown_papers.pack_due(timezone.now() + timedelta(days=3))
    assert EditionChooser(edition, papers).choose([person]) == [choice]
    Edition.objects.update(is_packed=False)
    return choice


def notice_titles(edition: Edition, person: Reader = ada) -> list[str]:
    """The titles that the reader's notices are about."""
    papers = load_contents(edition).papers
    return [papers[rank].title for rank in choice_for(edition, person).notices]


@pytest.fixture(autouse=True)
def friday_paper() -> None:
    for person in (ada, chidi):
        subscribe(person)
    announce("Fresh")


@pytest.mark.parametrize("kind", ["replace", "replace-cross"])
def test_a_new_version_of_a_sent_paper_gives_a_notice(kind: AnnouncementKind) -> None:
    replaced(*sent_on(MONDAY, "Improved"), kind=kind)
    edition = build_edition(FRIDAY)
    assert notice_titles(edition) == ["Improved"]
    assert len(choice_for(edition).picks) == 1


def test_withdrawn_papers_come_first() -> None:
    better, wrong = sent_on(MONDAY, "Improved", "Withdrawn")
    replaced(better)
    replaced(wrong, withdrawn=True)
    edition = build_edition(FRIDAY)
    assert notice_titles(edition) == ["Withdrawn", "Improved"]


def test_readers_who_were_not_sent_the_paper_get_no_notice() -> None:
    announce("A diffusion model")
    replaced(*sent_on(MONDAY, "Improved"))
    edition = build_edition(FRIDAY)
    assert choice_for(edition, chidi).picks
    assert notice_titles(edition, chidi) == []


@pytest.mark.parametrize(
    ("state", "titles"),
    [
        ("accepted", ["Improved"]),
        ("uncertain", ["Improved"]),
        ("pending", []),
        ("claimed", []),
        ("submitting", []),
        ("failed", []),
        ("excluded", []),
    ],
)
def test_only_letters_that_went_out_count(state: str, titles: list[str]) -> None:
    replaced(*sent_on(MONDAY, "Improved", state=state))
    assert notice_titles(build_edition(FRIDAY)) == titles


@pytest.mark.parametrize(("days", "titles"), [(90, ["Improved"]), (91, [])])
def test_notices_are_of_the_last_90_days(days: int, titles: list[str]) -> None:
    replaced(*sent_on(FRIDAY - timedelta(days=days), "Improved"))
    assert notice_titles(build_edition(FRIDAY)) == titles


def test_a_notice_alone_makes_no_letter() -> None:
    [version] = sent_on(MONDAY, "A diffusion model", person=chidi)
    replaced(version)
    assert choice_for(build_edition(FRIDAY), chidi) == Choice((), 0, "no_match")


def test_an_excluded_choice_has_no_notices() -> None:
    replaced(*sent_on(MONDAY, "Improved"))
    choice = choice_for(build_edition(FRIDAY), ada._replace(minimum=5))
    assert (choice.excluded, choice.notices) == ("below_minimum", ())


def test_a_letter_has_few_notices_with_withdrawals_first() -> None:
    versions = sent_on(MONDAY, *(f"Paper {number}" for number in range(MAX_NOTICES + 3)))
    for version in versions[:-1]:
        replaced(version)
    replaced(versions[-1], withdrawn=True)
    titles = notice_titles(build_edition(FRIDAY))
    assert len(titles) == MAX_NOTICES
    assert titles[0] == versions[-1].title


def test_a_version_that_the_reader_was_sent_gives_no_notice() -> None:
    [version] = sent_on(MONDAY, "Crossed")
    announce_again(version, "stat.ML", kind="replace-cross")
    assert notice_titles(build_edition(FRIDAY)) == []


def test_a_new_version_cross_listed_that_day_gives_a_notice() -> None:
    newer = replaced(*sent_on(MONDAY, "Improved"))
    announce_again(newer, "stat.ML", kind="cross")
    assert notice_titles(build_edition(FRIDAY)) == ["Improved"]


def test_a_notice_is_repeated_only_after_another_change() -> None:
    newer = replaced(*sent_on(MONDAY, "Improved"), day=MONDAY + timedelta(days=1))
    announce("Fresh on Tuesday", day=MONDAY + timedelta(days=1))
    tuesday = build_edition(MONDAY + timedelta(days=1))
    notices_then = choice_for(tuesday).notices
    letter = deliver(tuesday, ada, 0, state="pending")
    Delivery.objects.filter(pk=letter.pk).update(notices=list(notices_then))
    announce_again(newer, "stat.ML", kind="replace-cross")
    assert (len(notices_then), notice_titles(build_edition(FRIDAY))) == (1, [])
    replaced(newer)
    assert notice_titles(build_edition(FRIDAY)) == ["Improved"]


def test_a_withdrawal_gives_one_notice() -> None:
    newer = replaced(*sent_on(MONDAY, "Wrong"), day=MONDAY + timedelta(days=1), withdrawn=True)
    announce("Fresh on Tuesday", day=MONDAY + timedelta(days=1))
    tuesday = build_edition(MONDAY + timedelta(days=1))
    letter = deliver(tuesday, ada, 0)
    announce_again(newer, "stat.ML", kind="replace-cross")
    assert notice_titles(build_edition(FRIDAY)) == ["Wrong"]
    Delivery.objects.filter(pk=letter.pk).update(notices=list(choice_for(tuesday).notices))
    assert notice_titles(build_edition(FRIDAY)) == []


def test_a_withdrawal_without_a_new_version_gives_a_notice() -> None:
    [version] = sent_on(MONDAY, "Wrong")
    Version.objects.filter(pk=version.pk).update(withdrawn=True)
    announce_again(version, "stat.ML")
    assert notice_titles(build_edition(FRIDAY)) == ["Wrong"]


def test_the_notices_of_a_chunk_cost_no_query_of_their_own(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    versions = sent_on(MONDAY, "One", "Two")
    for version in versions:
        replaced(version)
    earlier = Edition.objects.get(day=MONDAY)
    edition = build_edition(FRIDAY)
    chooser = EditionChooser(edition, load_contents(edition).papers)
    for count in (1, 40):
        first = count * 100
        readers = [
            Reader(id=number, email=f"{number}@example.org", categories=("cs.LG",))
            for number in range(first, first + count)
        ]
        for reader in readers:
            subscribe(reader)
            deliver(earlier, reader, 0, 1)
        with django_assert_num_queries(4):
            choices = chooser.choose(readers)
        assert {len(choice.notices) for choice in choices} == {2}


@pytest.mark.parametrize("is_shortened", [False, True])
@pytest.mark.parametrize(("days", "picked"), [(90, []), (400, []), (401, ["Once"])])
def test_no_paper_is_sent_twice_within_400_days(days: int, picked: list[str], is_shortened: bool) -> None:
    """A paper of a letter long ago is announced again, cross-listed to another category."""
    [version] = sent_on(FRIDAY - timedelta(days=days), "Once")
    if is_shortened:
        Delivery.objects.update(picks=[0], notices=[])
    announce_again(version, "stat.ML")
    edition = build_edition(FRIDAY)
    titles = [paper.title for paper in load_contents(edition).papers]
    assert [titles[pick.rank] for pick in choice_for(edition).picks if titles[pick.rank] == "Once"] == picked
    assert choice_for(edition, chidi).notices == ()


def test_a_long_history_is_read_for_few_readers(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    """Of letters before the last 90 days only those count that showed a paper which could be picked again."""
    for days in range(100, 400, 20):
        versions = sent_on(FRIDAY - timedelta(days=days), "Replaced since", "Mine")
        replaced(versions[0])
    announce_again(versions[1], "stat.ML")
    edition = build_edition(FRIDAY)
    chooser = EditionChooser(edition, load_contents(edition).papers)
    repeats = find_repeats(edition, chooser.index)
    assert [len(papers) for papers in repeats.editions.values()] == [1], "one edition of fifteen is looked at"
    with django_assert_num_queries(4):
        [choice] = chooser.choose([ada])
    assert "Mine" not in [chooser.index.papers[pick.rank].title for pick in choice.picks]
