"""The ledger as a calendar in the operator's window."""

from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from digest.models import LedgerLine, Missing, Turn
from tests.web.pages import tree, words

pytestmark = pytest.mark.django_db

FRIDAY = date(2026, 1, 23)
PAGE = "/admin/digest/ledgerline/calendar/"


@pytest.fixture(autouse=True)
def _now() -> object:
    with time_machine.travel(datetime(2026, 1, 23, 15, tzinfo=UTC), tick=False):
        yield


@pytest.fixture
def operator(client: Client) -> Client:
    client.force_login(User.objects.create_superuser("operator"))
    return client


def lines(day: date, *states: str) -> None:
    for number, state in enumerate(states):
        stored = 3 if state in ("complete", "partial") else 0
        LedgerLine.objects.create(
            day=day, category=f"cs.{number}", announced=stored, stored=stored - (state == "partial"), state=state,
            missing=int(state == "partial"),
        )  # fmt: skip


def rows(operator: Client, query: str = "") -> list[list[str]]:
    (table,) = (each for each in tree(operator.get(PAGE + query)).iter("table") if each.get("class") == "ledger")
    return [[words(cell) for cell in row] for row in table.iter("tr")][1:]


def test_every_week_is_a_row_and_every_day_says_how_it_stands(operator: Client) -> None:
    lines(FRIDAY, "complete", "quiet", "quiet")
    lines(FRIDAY - timedelta(days=1), "complete", "stale")
    lines(FRIDAY - timedelta(days=2), "complete", "partial", "stale")
    LedgerLine.objects.create(day=date(2026, 1, 20), category="", state="holiday")
    weeks = rows(operator)
    assert len(weeks) == 13
    assert weeks[0] == [
        "2026-01-19",
        "19 not fetched",
        "20 holiday",
        "21 partial 5 of 6, 1 missing",
        "22 stale 3 of 3",
        "23 complete 3 of 3",
        "24",
        "25",
    ]


def test_a_holiday_that_nobody_read_is_not_called_unfetched(operator: Client) -> None:
    newest = rows(operator)[0]
    assert newest[1:3] == ["19 not fetched", "20 holiday"]  # the evening before the 20th was Martin Luther King Day
    assert newest[5] == "23"


def test_a_day_leads_to_its_lines(operator: Client) -> None:
    lines(FRIDAY, "complete")
    lines(FRIDAY - timedelta(days=1), "stale")
    (link,) = [
        each.get("href") for each in tree(operator.get(PAGE)).iter("a") if "day=2026-01-23" in each.get("href", "")
    ]
    listing = tree(operator.get(str(link)))
    assert len([cell for cell in listing.iter("td") if cell.get("class") == "field-category"]) == 1


def test_older_weeks_are_a_link_away_and_so_is_the_way_back(operator: Client) -> None:
    lines(date(2025, 10, 1), "complete")
    assert "complete" not in str(rows(operator))
    older = rows(operator, "?until=2025-10-24")
    assert any("1 complete 3 of 3" in row for row in older)
    assert "?until=2026-01-23" in operator.get(f"{PAGE}?until=2025-10-24").content.decode()


@pytest.mark.parametrize("until", ["", "yesterday", "2026-13-45", "9999-12-31", "0001-01-01"])
def test_a_wrong_week_is_no_dead_end(operator: Client, until: str) -> None:
    assert len(rows(operator, f"?until={until}")) == 13


def test_the_earliest_page_begins_with_the_first_week_of_arxiv(operator: Client) -> None:
    assert rows(operator, "?until=1900-01-01")[-1][0] == "1991-08-12"


def test_a_full_calendar_asks_as_much_as_an_empty_one(operator: Client) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            rows(operator)
        return len(captured)

    few = queries()
    for back in range(60):
        lines(FRIDAY - timedelta(days=back), "complete", "quiet", "partial")
    assert queries() == few


def test_only_operators_see_it(client: Client) -> None:
    assert client.get(PAGE).status_code == 302


def test_the_list_of_lines_leads_to_the_calendar(operator: Client) -> None:
    assert PAGE in operator.get("/admin/digest/ledgerline/").content.decode()


def test_missing_papers_and_turns_can_be_looked_at(operator: Client) -> None:
    Missing.objects.create(day=FRIDAY, category="cs", arxiv_id="2601.00001", kind="new")
    Turn.objects.create(name="arxiv")
    for table in ("missing", "turn"):
        page = tree(operator.get(f"/admin/digest/{table}/"))
        opened = next(link.get("href", "") for link in page.iter("a") if link.get("href", "").endswith("/change/"))
        assert operator.get(opened).status_code == 200
        assert operator.get(f"/admin/digest/{table}/add/").status_code == 403
