"""A working day that nobody prepared is told while readers wait for its letters."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from digest.editions.notes import write_note
from digest.models import Edition, Run
from digest.picking.missing_edition import describe_missing_edition
from tests.people import ada, subscribe

pytestmark = pytest.mark.django_db

# A Wednesday.
NOON = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _installed() -> None:
    Run.objects.create(day=datetime(2026, 11, 2).date(), source="test", started_at=NOON - timedelta(days=23))
    for day in ("2026-11-23", "2026-11-24"):
        Edition.objects.create(day=day, frozen_at=NOON)


def said(moment: datetime) -> str:
    with time_machine.travel(moment, tick=False):
        return describe_missing_edition(moment)


def test_it_is_told_once_the_night_is_over() -> None:
    subscribe(ada, timezone="UTC", hour=8)
    assert said(NOON - timedelta(minutes=1)) == ""
    assert said(NOON).endswith("Do: python manage.py prepare_day --date 2026-11-25")


def test_it_is_told_when_readers_are_due() -> None:
    subscribe(ada, timezone="UTC", hour=20)
    assert (said(NOON) == "", said(NOON.replace(hour=20)) != "") == (True, True)


def test_a_weekend_and_a_holiday_need_no_edition() -> None:
    subscribe(ada, timezone="UTC", hour=8, days=127)
    Edition.objects.create(day="2026-11-25", frozen_at=NOON)
    assert [said(NOON + timedelta(days=days)) for days in (1, 2, 3, 4)] == [""] * 4


def test_a_day_with_an_edition_is_in_order() -> None:
    subscribe(ada, timezone="UTC", hour=8)
    Edition.objects.create(day="2026-11-25", frozen_at=NOON)
    assert said(NOON) == ""


def test_a_note_for_a_day_prepares_none() -> None:
    subscribe(ada)
    write_note(NOON.date(), "A seminar today.")
    assert said(NOON + timedelta(hours=1)).startswith("There is no edition of 2026-11-25")
