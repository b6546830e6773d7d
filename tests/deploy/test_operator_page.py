"""The operator's first page: one look says whether the night went well."""

from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine
from django.contrib.auth.models import Permission, User
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from deploy.charts import make_bars
from deploy.operator_page import collect_overview
from digest.models import Alarm, DeliveryEvent, Edition, LedgerLine, ModelCall, SenderCheck, Version
from tests.delivery.outbox_rows import DAY, NOW, crowd, planned
from tests.people import ada, subscribe
from tests.web.publishing import Draft, publish

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(hours=2)


@pytest.fixture
def operator(client: Client) -> Client:
    client.force_login(User.objects.create_superuser("operator"))
    return client


@pytest.fixture(autouse=True)
def clock() -> object:
    with time_machine.travel(LATER, tick=False):
        yield


@pytest.fixture
def edition() -> Edition:
    """Four papers were announced, three stored, one has a summary."""
    found = publish([Draft("2601.00001", tldr="Short."), Draft("2601.00002"), Draft("2601.00003")], day=DAY)
    Edition.objects.filter(pk=found.pk).update(frozen_at=NOW, state="frozen")
    LedgerLine.objects.filter(day=DAY).delete()
    LedgerLine.objects.create(day=DAY, category="cs.LG", announced=4, stored=3, state="complete")
    return found


def funnel() -> dict[str, int]:
    return {step.name: step.count for step in collect_overview(LATER).days[0].steps}


def test_the_day_is_told_from_its_papers_to_the_complaints(edition: Edition) -> None:
    letters = planned(edition, crowd(4), state="accepted", finished_at=NOW)
    planned(edition, crowd(1, first=5), state="failed", reason="552 Mailbox full")
    planned(edition, crowd(2, first=6), state="excluded", reason="no_match")
    for letter, kind in zip(letters, ("hard_bounce", "complaint", "delivered", "delivered"), strict=True):
        DeliveryEvent.objects.create(delivery=letter, kind=kind, at=NOW, provider="resend", key=kind + str(letter.pk))
    assert funnel() == {
        "announced": 4,
        "stored": 3,
        "in the edition": 3,
        "summarised": 1,
        "readers due": 7,
        "letters with papers": 5,
        "accepted": 4,
        "bounced": 1,
        "complained": 1,
    }


def test_a_letter_that_bounced_twice_is_counted_once(edition: Edition) -> None:
    [letter] = planned(edition, crowd(1), state="accepted", finished_at=NOW)
    for key in ("1", "2"):
        DeliveryEvent.objects.create(delivery=letter, kind="hard_bounce", at=NOW, provider="resend", key=key)
    assert funnel()["bounced"] == 1


def test_why_letters_did_not_leave_stands_beside_what_to_do(operator: Client, edition: Edition) -> None:
    planned(edition, crowd(3), state="failed", reason="550 <b>no</b>")
    page = operator.get("/admin/").content.decode()
    assert "550 &lt;b&gt;no&lt;/b&gt;" in page
    assert "retry_letters --date 2026-01-23" in page


def test_a_good_day_says_that_nothing_needs_anybody(operator: Client, edition: Edition) -> None:
    planned(edition, crowd(3), state="accepted", finished_at=NOW)
    assert "Nothing needs you." in operator.get("/admin/").content.decode()


def test_a_pause_is_ended_by_the_button_of_its_warning(operator: Client, edition: Edition) -> None:
    planned(edition, crowd(3))
    Edition.objects.update(paused=True, pause_reason="20 letters in a row failed.", paused_at=NOW)
    assert "Let the letters of 23 January 2026 go" in operator.get("/admin/").content.decode()
    answer = operator.post("/admin/resume/2026-01-23/", follow=True)
    assert "The edition of 2026-01-23 goes out. 3 letters wait." in answer.content.decode()
    assert not Edition.objects.get(day=DAY).paused


@pytest.mark.parametrize("day", ["2026-01-22", "yesterday"])
def test_no_other_day_is_resumed(operator: Client, edition: Edition, day: str) -> None:
    assert operator.post(f"/admin/resume/{day}/").status_code == 404


def test_alarms_are_told_with_what_to_do(operator: Client) -> None:
    Alarm.objects.create(key="disk", text="Only 4 MB are free.", to_do="Make room.", began_at=NOW, seen_at=NOW)
    page = operator.get("/admin/").content.decode()
    assert "Only 4 MB are free.<br>Make room." in page
    assert "Nothing needs you." not in page


def test_whether_letters_arrive_is_told_with_what_to_do(operator: Client, edition: Edition) -> None:
    found = [["DKIM", "wrong", "There is no <DKIM> key.", "Publish it."], ["SPF", "ok", "There is one SPF record.", ""]]
    SenderCheck.objects.create(
        checked_at=LATER - timedelta(minutes=25),
        report={"domain": "post.example", "findings": found},
        reported_at=LATER - timedelta(minutes=25),
        letters=20_000,
        bounced=30,
        complained=24,
    )
    page = " ".join(operator.get("/admin/").content.decode().split())
    assert "Looked at 25 minutes ago" in page
    assert "24 of 20,000 letters of 7 days: 0.12%" in page
    assert "Google and Yahoo ask for less than 0.1%, and never 0.3%." in page
    assert "There is no &lt;DKIM&gt; key.</td><td>Publish it." in page
    rows = {row.name: row.word for row in collect_overview(LATER).sender_rows}
    assert rows == {
        "Letters that wait": "good",
        "Came back": "good",
        "Complaints": "could be better",
        "DKIM": "wrong",
        "SPF": "good",
    }


def test_dns_that_is_away_is_told(operator: Client) -> None:
    hour = timedelta(hours=1)
    SenderCheck.objects.create(checked_at=LATER, report={"domain": "", "findings": []}, reported_at=LATER - 5 * hour)
    SenderCheck.objects.update(unreachable_since=LATER - 4 * hour)
    page = " ".join(operator.get("/admin/").content.decode().split())
    assert "DNS cannot be reached, for 4 hours now. What it said 5 hours ago stands here." in page


def test_a_letter_that_is_late_is_told(edition: Edition) -> None:
    planned(edition, crowd(1), not_after=LATER + timedelta(hours=17, minutes=15))
    [wait, *_rest] = collect_overview(LATER).sender_rows
    assert (wait.text, wait.word) == ("The oldest one is 45 minutes late.", "wrong")


def test_readers_come_and_leave_by_day() -> None:
    for number in range(1, 4):
        subscribe(ada, id=number, email_key=f"{number}@example.org", confirmed_at=NOW - timedelta(days=1))
    subscribe(ada, id=9, email_key="9@example.org", confirmed_at=NOW - timedelta(days=90), unsubscribed_at=NOW)
    joined, left, *_rest = collect_overview(LATER).charts
    assert [(bar.label, bar.value) for bar in joined.bars if bar.value] == [("2026-01-22", 3)]
    assert [(bar.label, bar.value) for bar in left.bars if bar.value] == [("2026-01-23", 1)]
    assert (joined.total, left.total) == ("3", "1")


def test_models_costs_are_told_by_day_and_month(edition: Edition) -> None:
    version = Version.objects.all()[0]
    ModelCall.objects.create(version=version, language="en", model="m", prompt_version="1", cost="1.25")
    costs = collect_overview(LATER).charts[-1]
    assert costs.total == "1.25 today, 1.25 this month, in US dollars"
    assert costs.bars[-1].value == 125


def test_the_tables_stand_under_six_headings(operator: Client) -> None:
    groups = operator.get("/admin/").context["app_list"]
    assert [group["name"] for group in groups] == ["Day", "People", "Letters", "Papers", "Summaries", "Machine"]


def test_who_may_not_see_editions_sees_no_overview(client: Client) -> None:
    looker = User.objects.create_user("looker", is_staff=True)
    client.force_login(looker)
    assert client.get("/admin/").context["overview"] is None
    assert client.post("/admin/resume/2026-01-23/").status_code == 403
    looker.user_permissions.add(Permission.objects.get(codename="view_edition"))
    client.force_login(User.objects.get(pk=looker.pk))
    assert client.get("/admin/").context["overview"] is not None
    assert client.post("/admin/resume/2026-01-23/").status_code == 403


def test_an_installation_without_a_day_says_how_to_begin(operator: Client) -> None:
    assert "manage.py run_daily" in operator.get("/admin/").content.decode()


def test_the_page_asks_as_much_whatever_there_is(
    edition: Edition, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    planned(edition, crowd(8), state="accepted", finished_at=NOW)
    for ago in range(1, 20):
        Edition.objects.create(day=DAY - timedelta(days=ago), state="closed", frozen_at=NOW)
    with django_assert_max_num_queries(45):
        collect_overview(timezone.now())


# --- charts -----------------------------------------------------------------------------------------------------------
def test_the_greatest_value_is_the_highest_bar_and_every_value_is_seen() -> None:
    bars = make_bars(["a", "b", "c"], [0, 1, 1000], 100)
    assert [(bar.x, bar.y, bar.height) for bar in bars] == [(0, 100, 0), (10, 98, 2), (20, 0, 100)]
    assert make_bars([], [], 100) == []


def test_days_are_those_of_utc() -> None:
    subscribe(ada, confirmed_at=datetime(2026, 1, 22, 23, 59, tzinfo=UTC))
    joined = collect_overview(LATER).charts[0]
    assert [date.fromisoformat(bar.label) for bar in joined.bars if bar.value] == [date(2026, 1, 22)]
