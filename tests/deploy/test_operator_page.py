"""The operator's first page: one look says whether the night went well."""

from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission, User
from django.test import Client
from django.utils import timezone
from kombu.exceptions import OperationalError
from pytest_django import DjangoAssertNumQueries

from deploy import machine_overview
from deploy.charts import make_bars
from deploy.operator_page import collect_overview
from deploy.worker_signs import leave_sign
from digest import tasks
from digest.delivery.approval import ask_for_approval
from digest.models import (
    Alarm,
    Backfill,
    DeliveryEvent,
    Edition,
    LedgerLine,
    Missing,
    ModelCall,
    SenderCheck,
    SignOfLife,
    Version,
)
from subscriptions.models import Errand, MailOutage, Subscriber, Suppression
from tests.delivery.outbox_rows import DAY, NOW, crowd, planned, states
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
    # Letters show the first two.
    Edition.objects.filter(pk=found.pk).update(wanted={"en": "1", "zh": "2"})
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
        "picked": 2,
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


def test_failed_letters_are_tried_again_by_a_button(operator: Client, edition: Edition) -> None:
    planned(edition, crowd(2), state="failed", fault="relay", reason="554 5.7.1 Relay access denied")
    planned(edition, crowd(1, first=3), state="failed", fault="gone", reason="550 5.1.1 No such user")
    page = operator.get("/admin/").content.decode()
    assert "2 letters of 23 January 2026 failed for a reason that can be mended." in page
    assert "Try 2 failed letters again" in page
    answer = operator.post("/admin/retry/2026-01-23/", follow=True)
    assert "2 letters wait again." in answer.content.decode()
    assert states(edition) == {"pending": 2, "failed": 1}
    assert LogEntry.objects.get().change_message == "retry_letters"


def test_letters_that_failed_are_told_once(edition: Edition) -> None:
    planned(edition, crowd(6), state="failed", fault="relay", reason="554 5.7.1 Relay access denied")
    Alarm.objects.create(key="failed 2026-01-23", text="6 of 6 letters failed.", to_do="", began_at=NOW, seen_at=NOW)
    [problem] = collect_overview(LATER).problems
    assert problem.lines[0] == "6 letters of 23 January 2026 failed for a reason that can be mended."


def test_failed_letters_of_a_day_that_is_not_shown_are_told_as_an_alarm(edition: Edition) -> None:
    Alarm.objects.create(key="failed 2026-01-19", text="6 of 9 letters failed.", to_do="", began_at=NOW, seen_at=NOW)
    [problem] = collect_overview(LATER).problems
    assert problem.lines[0] == "6 of 9 letters failed."


def test_what_waits_is_told_with_the_reason(operator: Client, edition: Edition) -> None:
    planned(edition, crowd(2))
    subscribe(ada, id=9, email="later@example.org", email_key="later@example.org", hour=20)
    Errand.objects.create(kind=Errand.Kind.LINK, email="who@example.org", not_before=LATER)
    Missing.objects.create(day=DAY, category="cs.LG", arxiv_id="2601.00009", kind="new")
    Backfill.objects.create(version=Version.objects.all()[0], language="zh", reason="no answer")
    found = {(row.what, row.count, row.why) for row in collect_overview(LATER).waiting}
    assert found == {
        ("Letters of 23 January 2026", 2, "not tried yet"),
        ("Letters of 23 January 2026", 1, "their hour is still to come"),
        ("Account letters", 1, "They leave within minutes."),
        ("Papers", 1, "A listing names them, and nobody could read them yet."),
        ("Summaries", 1, "No model has written them yet. Letters have sentences of the abstracts."),
    }
    page = operator.get("/admin/").content.decode()
    assert "their hour is still to come" in page
    assert "Nothing waits." not in page


def test_account_letters_that_wait_for_us_say_since_when(edition: Edition) -> None:
    Errand.objects.create(kind=Errand.Kind.LINK, email="who@example.org", not_before=LATER, failed_for_us=True)
    MailOutage.objects.create(since=NOW, last_failure_at=LATER, reason="530 Authentication required")
    [row] = collect_overview(LATER).waiting
    assert row.why == "1 account letter waits since 2026-01-23 08:00: 530 Authentication required"


# --- today so far -----------------------------------------------------------------------------------------------------
def test_a_day_whose_letters_are_planned_is_today_so_far(operator: Client, edition: Edition) -> None:
    overview = collect_overview(LATER)
    assert (overview.today, overview.days[0].is_today) == (None, True)
    page = operator.get("/admin/").content.decode()
    assert "Today so far: <a " in page


def test_a_day_without_letters_yet_shows_how_far_it_is(operator: Client) -> None:
    LedgerLine.objects.create(day=DAY, category="cs.LG", announced=4, named=4, stored=4, new=4, state="complete")
    today = collect_overview(LATER).today
    assert today is not None
    assert [(step.name, step.count) for step in today.steps] == [("announced", 4), ("stored", 4), ("in the edition", 0)]
    assert today.words == "The papers are here. The next run makes the edition."
    publish([Draft("2601.00001")], day=DAY, state="open")
    Edition.objects.update(frozen_at=None)
    today = collect_overview(LATER).today
    assert today is not None
    assert today.words == "The edition is made. Its letters leave at the hours of its readers."
    assert "Today so far: Friday, 23 January 2026" in operator.get("/admin/").content.decode()


def test_a_day_that_nobody_read_says_who_does() -> None:
    today = collect_overview(LATER).today
    assert today is not None
    assert today.words.startswith("Nobody has asked arXiv for 2026-01-23, which is today. The scheduler does")


def test_a_weekend_says_that_there_is_nothing_to_do() -> None:
    today = collect_overview(LATER + timedelta(days=1)).today
    assert today is not None
    assert today.words.startswith("2026-01-24 is a Saturday")


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


def test_an_edition_that_waits_for_approval_is_approved_by_a_click(operator: Client, edition: Edition) -> None:
    planned(edition, crowd(3))
    ask_for_approval(edition, LATER)
    page = operator.get("/admin/").content.decode()
    assert "It waits for approval until" in page
    assert "Approve the letters of 23 January 2026" in page
    operator.post("/admin/resume/2026-01-23/")
    edition.refresh_from_db()
    assert (edition.approval, edition.paused, edition.pause_reason) == ("given", False, "")
    assert LogEntry.objects.get().change_message == "resume_edition"


def test_a_pause_with_failed_letters_has_a_button_for_these_too(edition: Edition) -> None:
    planned(edition, crowd(3))
    planned(edition, crowd(2, first=4), state="failed", fault="content", reason="554 5.7.1 Looks like spam")
    Edition.objects.update(paused=True, pause_reason="20 letters in a row failed.", paused_at=NOW)
    overview = collect_overview(LATER)
    assert [[button.label for button in problem.buttons] for problem in overview.problems] == [
        ["Let the letters of 23 January 2026 go", "Try 2 failed letters again"]
    ]


@pytest.mark.parametrize("day", ["2026-01-22", "yesterday"])
@pytest.mark.parametrize("act", ["resume", "retry"])
def test_no_other_day_is_resumed_or_tried_again(operator: Client, edition: Edition, act: str, day: str) -> None:
    assert operator.post(f"/admin/{act}/{day}/").status_code == 404


def test_alarms_are_told_with_what_to_do(operator: Client) -> None:
    Alarm.objects.create(key="disk", text="Only 4 MB are free.", to_do="Make room.", began_at=NOW, seen_at=NOW)
    page = operator.get("/admin/").content.decode()
    assert "Only 4 MB are free.<br>Make room." in page
    assert "Nothing needs you." not in page


def test_today_is_prepared_by_a_button_where_workers_do_so(operator: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    monkeypatch.setattr(tasks.prepare_day, "delay", lambda: asked.append("today"))
    for key in ("papers 2026-01-23", "papers 2026-01-22", "edition", "disk"):
        Alarm.objects.create(key=key, text=f"About {key}.", to_do="Do it.", began_at=NOW, seen_at=NOW)
    assert [problem.buttons for problem in collect_overview(LATER).problems] == [[]] * 4, "cron does it by itself"
    SignOfLife.objects.create(name="scheduler", at=LATER, next_by=LATER + timedelta(minutes=10))
    found = {
        problem.lines[0]: [button.label for button in problem.buttons] for problem in collect_overview(LATER).problems
    }
    assert found == {
        "About papers 2026-01-23.": ["Prepare today now"],
        "About papers 2026-01-22.": [],
        "About edition.": ["Prepare today now"],
        "About disk.": [],
    }
    answer = operator.post("/admin/prepare/", follow=True)
    assert "A worker prepares today now." in answer.content.decode()
    assert (asked, LogEntry.objects.get().change_message) == (["today"], "prepare_day")


def test_a_broker_that_is_away_is_told_by_the_button_too(operator: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse() -> None:
        raise OperationalError("Connection refused")

    monkeypatch.setattr(tasks.prepare_day, "delay", refuse)
    assert "The broker does not answer." in operator.post("/admin/prepare/", follow=True).content.decode()


# --- what runs --------------------------------------------------------------------------------------------------------
def test_queues_tell_who_takes_their_tasks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine_overview, "count_queued", lambda: {"errands": 1, "letters": 0, "prepare": 2})
    leave_sign("errands", "celery@one", LATER - timedelta(minutes=1))
    leave_sign("errands", "celery@two", LATER - timedelta(hours=3))
    leave_sign("prepare", "preparer@one", LATER - timedelta(minutes=11))
    found = {row.name: (row.waiting, row.workers, row.state.value) for row in collect_overview(LATER).machine.queues}
    assert found == {"errands": (1, 1, "ok"), "letters": (0, 0, "ok"), "prepare": (2, 1, "wrong")}


def test_a_job_that_should_have_run_is_said_to_be_late(operator: Client) -> None:
    SignOfLife.objects.create(name="scheduler", at=NOW, next_by=NOW + timedelta(minutes=10))
    SignOfLife.objects.create(name="run_daily", at=NOW, next_by=NOW + timedelta(hours=26))
    SignOfLife.objects.create(name="backup", at=NOW - timedelta(hours=25))
    found = {sign.name: sign.is_late for sign in collect_overview(LATER).machine.signs}
    assert found == {"scheduler": True, "run_daily": False, "backup": True}
    assert "2 hours ago · late" in " ".join(operator.get("/admin/").content.decode().replace("\xa0", " ").split())


def test_the_page_says_that_nobody_takes_the_tasks(operator: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine_overview, "count_queued", lambda: {"errands": 3})
    assert "nobody takes them" in operator.get("/admin/").content.decode()
    leave_sign("errands", "celery@one", LATER - timedelta(minutes=1))
    assert "nobody takes them" not in operator.get("/admin/").content.decode()


def test_sources_are_shown_by_day_with_the_categories_that_are_not_complete(operator: Client, edition: Edition) -> None:
    LedgerLine.objects.create(
        day=DAY, category="hep-th", announced=5, stored=2, missing=3, state="partial", note="The listing was cut."
    )
    LedgerLine.objects.create(day=DAY - timedelta(days=30), category="hep-th", announced=5, state="partial")
    page = " ".join(operator.get("/admin/").content.decode().split())
    assert "<b>23</b> partial</a> <br>5 of 9, 3 missing" in page
    assert page.count("hep-th: partial") == 1
    assert "2026-01-23 hep-th: partial, 2 of 5 stored. The listing was cut." in page


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
    assert 'There is no &lt;DKIM&gt; key.</td><td class="words">Publish it.' in page
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
    Subscriber.objects.filter(id=3).update(confirmed_at=None)
    Subscriber.objects.update(created_at=NOW - timedelta(days=2))
    Suppression.objects.create(address_hash="1", reason="hard_bounce", created_at=NOW)
    Suppression.objects.create(address_hash="2", reason="deleted", created_at=NOW)
    charts = collect_overview(LATER).charts[:4]
    assert [[(bar.label, bar.value) for bar in chart.bars if bar.value] for chart in charts] == [
        [("2026-01-21", 4)],
        [("2026-01-22", 2)],
        [("2026-01-23", 1)],
        [("2026-01-23", 1)],
    ]
    assert [chart.total for chart in charts] == ["4", "2", "1", "1"]


def test_models_costs_are_told_by_day_and_month(edition: Edition) -> None:
    version = Version.objects.all()[0]
    ModelCall.objects.create(version=version, language="en", model="m", prompt_version="1", cost="1.25")
    costs = collect_overview(LATER).charts[-1]
    assert costs.total == "125.0 today, 125.0 this month"
    assert costs.bars[-1].value == 125


def test_the_tables_stand_under_six_headings(operator: Client) -> None:
    groups = operator.get("/admin/").context["app_list"]
    assert [group["name"] for group in groups] == ["Day", "People", "Letters", "Papers", "Summaries", "Machine"]


def test_who_may_not_see_editions_sees_no_overview(client: Client) -> None:
    looker = User.objects.create_user("looker", is_staff=True)
    client.force_login(looker)
    assert client.get("/admin/").context["overview"] is None
    acts = ("resume/2026-01-23", "retry/2026-01-23", "prepare")
    assert {client.post(f"/admin/{act}/").status_code for act in acts} == {403}
    looker.user_permissions.add(Permission.objects.get(codename="view_edition"))
    client.force_login(User.objects.get(pk=looker.pk))
    assert client.get("/admin/").context["overview"] is not None
    assert {client.post(f"/admin/{act}/").status_code for act in acts} == {403}


def test_an_installation_without_a_day_says_how_to_begin(operator: Client) -> None:
    assert "manage.py run_daily" in operator.get("/admin/").content.decode()


def test_the_page_asks_as_much_whatever_there_is(
    edition: Edition, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    planned(edition, crowd(8), state="accepted", finished_at=NOW)
    for ago in range(1, 20):
        Edition.objects.create(day=DAY - timedelta(days=ago), state="closed", frozen_at=NOW)
    with django_assert_max_num_queries(60):
        collect_overview(timezone.now())


# --- charts -----------------------------------------------------------------------------------------------------------
def test_the_greatest_value_is_the_highest_bar_and_every_value_is_seen() -> None:
    bars = make_bars(["a", "b", "c"], [0, 1, 1000], 100)
    assert [(bar.x, bar.y, bar.height) for bar in bars] == [(0, 100, 0), (10, 98, 2), (20, 0, 100)]
    assert make_bars([], [], 100) == []


def test_days_are_those_of_utc() -> None:
    subscribe(ada, confirmed_at=datetime(2026, 1, 22, 23, 59, tzinfo=UTC))
    joined = collect_overview(LATER).charts[1]
    assert [date.fromisoformat(bar.label) for bar in joined.bars if bar.value] == [date(2026, 1, 22)]
