"""Where in a reader's letter a paper stood."""

from datetime import timedelta

import pytest

from digest.editions.build import build_edition
from digest.models import Delivery
from digest.picking.letter_places import find_place
from tests.editions.rows import FRIDAY, announce, announce_again, deliver
from tests.people import ada, bao, subscribe

pytestmark = pytest.mark.django_db


def test_the_place_is_that_in_the_readers_own_letter() -> None:
    versions = [announce(f"Paper {number}") for number in range(3)]
    edition = build_edition(FRIDAY)
    ranks = [edition.entries.get(version=version).rank for version in versions]
    for person, shown in ((ada, (2, 0)), (bao, (0, 1))):
        subscribe(person)
        deliver(edition, person, *(ranks[number] for number in shown))
    assert [find_place(ada.id, version.paper) for version in versions] == [2, None, 1]


def test_of_two_letters_the_newest_counts() -> None:
    subscribe(ada)
    other, version = announce("Other"), announce("Again")
    earlier = build_edition(FRIDAY)
    deliver(earlier, ada, *(earlier.entries.get(version=each).rank for each in (other, version)))
    announce_again(version, "stat.ML", day=FRIDAY + timedelta(days=1), kind="replace")
    deliver(build_edition(FRIDAY + timedelta(days=1)), ada, 0)
    assert find_place(ada.id, version.paper) == 1
    assert find_place(ada.id, other.paper) == 1


def test_a_shortened_letter_has_no_places() -> None:
    subscribe(ada)
    version = announce("Long ago")
    letter = deliver(build_edition(FRIDAY), ada, 0)
    Delivery.objects.filter(pk=letter.pk).update(picks=[0])
    assert find_place(ada.id, version.paper) is None
