"""Days of which nothing is stored: the operator is told why, and to act only where acting helps."""

from datetime import UTC, date, datetime

import pytest
import time_machine

from digest.domain import Outlook
from digest.ingest.days_without_papers import explain_day, explain_day_without_papers, find_installation_day
from digest.models import LedgerLine, Run
from tests.ingest.fetched import DAY

pytestmark = pytest.mark.django_db

TODAY = date(2026, 11, 25)
INSTALLED = date(2026, 11, 2)
READ_IT = "python manage.py backfill_papers --from {0} --to {0}"


def explained(day: date, *states: str) -> tuple[str, str, str]:
    found = explain_day(day, states, today=TODAY, installed=INSTALLED)
    return found.state, found.outlook, found.words


@pytest.mark.parametrize(
    ("day", "weekday"),
    [(date(2026, 11, 21), "Saturday"), (date(2026, 11, 22), "Sunday"), (date(2026, 12, 5), "Saturday")],
)
def test_a_weekend_needs_nobody(day: date, weekday: str) -> None:
    words = f"{day} is a {weekday}: arXiv announces nothing on weekends. There is nothing to do."
    assert explained(day) == explained(day, "holiday") == ("weekend", Outlook.FINE, words)


@pytest.mark.parametrize("day", [date(2026, 11, 26), date(2026, 11, 27), date(2025, 12, 25), date(2027, 1, 19)])
def test_a_holiday_and_the_day_after_it_need_nobody(day: date) -> None:
    state, outlook, words = explained(day)
    assert (state, outlook) == ("holiday", Outlook.FINE)
    assert "US holiday" in words
    assert "manage.py" not in words


def test_a_day_before_the_installation_needs_nobody() -> None:
    state, outlook, words = explained(date(2026, 10, 30))
    assert (state, outlook) == ("before_installation", Outlook.FINE)
    assert words.startswith("2026-10-30 lies before the installation, which was on 2026-11-02.")


def test_the_day_of_the_installation_counts() -> None:
    assert explained(INSTALLED)[:2] == ("open", Outlook.ACT)


def test_a_day_to_come_needs_time() -> None:
    assert explained(date(2026, 12, 2))[:2] == ("to_come", Outlook.WAIT)


@pytest.mark.parametrize(
    ("states", "said"),
    [
        ((), "Nobody has asked arXiv for 2026-11-25"),
        (("open",), "arXiv has announced nothing for 2026-11-25 yet"),
        (("partial",), "What arXiv announced on 2026-11-25, which is today, could not be read."),
    ],
)
def test_today_needs_time(states: tuple[str, ...], said: str) -> None:
    state, outlook, words = explained(TODAY, *states)
    assert (state, outlook) == ("open", Outlook.WAIT)
    assert words.startswith(said)


@pytest.mark.parametrize("states", [(), ("open",), ("partial",), ("stale", "quiet")])
def test_a_working_day_that_nobody_read_needs_somebody(states: tuple[str, ...]) -> None:
    day = date(2026, 11, 24)
    state, outlook, words = explained(day, *states)
    assert (state, outlook) == ("open", Outlook.ACT)
    assert words.endswith(READ_IT.format(day))


def test_a_working_day_on_which_nothing_came_is_done() -> None:
    assert explained(date(2026, 11, 24), "quiet")[:2] == ("quiet", Outlook.FINE)


def test_a_day_of_which_nothing_could_be_stored_leads_to_the_ledger() -> None:
    LedgerLine.objects.create(day=DAY, category="", announced=2, rejected=2, state="complete")
    found = explain_day_without_papers(DAY)
    assert found is not None
    assert (found.state, found.outlook) == ("rejected", Outlook.ACT)
    assert found.words.endswith(f"python manage.py ledger --date {DAY}")


def test_the_installation_is_the_first_run_or_the_tables_making() -> None:
    with time_machine.travel(datetime(2199, 12, 1, tzinfo=UTC)):
        made = find_installation_day()
        assert made < date(2199, 12, 1)
    Run.objects.create(day=DAY, source="arxiv", started_at=datetime(2026, 2, 5, 3, 0, tzinfo=UTC))
    assert find_installation_day() == date(2026, 2, 4), "in US Eastern time"
