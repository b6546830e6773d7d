"""The operator is told once of what needs them, and once when it is over: by mail, in a chat, by a missed ping."""

import shutil
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import NamedTuple

import pytest
from django.core import mail
from pytest_django import Settings
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from digest.alarms import conditions
from digest.alarms.signs_of_life import CELERY_INTERVAL, leave_sign
from digest.alarms.watch import CLEAR_AFTER, TRY_AGAIN_AFTER, WATCH_INTERVAL, find_alarms, update_alarms, watch
from digest.backup.kept_backups import add_backup
from digest.delivery import operator_alerts, pause
from digest.ingest import ledger_report
from digest.models import Alarm, Announcement, Delivery, Edition, LedgerLine, ModelCall, Paper, SignOfLife, Version
from tests.delivery.draining import drain
from tests.delivery.outbox_rows import DAY, NOW, crowd, frozen_edition, planned
from tests.delivery.smtp_server import PostOffice

pytestmark = pytest.mark.django_db(transaction=True)
SUBJECT = "Preprint Post: "
BROKEN_MAIL_SERVER = {"backend": "django.core.mail.backends.smtp.EmailBackend", "host": "127.0.0.1", "port": 9}


@pytest.fixture(autouse=True)
def operator(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """They read mail; no papers are expected unless a test says so."""
    settings.ALERT_EMAIL = "operator@example.net"
    settings.ALERT_MAIL_SERVER = {"backend": "django.core.mail.backends.locmem.EmailBackend"}
    monkeypatch.setattr(conditions, "find_installation_day", lambda: date(2030, 1, 1))
    monkeypatch.setattr(conditions, "describe_missing_edition", lambda now: "")


@pytest.fixture
def edition() -> Edition:
    return frozen_edition()


class Posted(NamedTuple):
    path: str
    text: str
    json: dict[str, str] | None


@pytest.fixture
def chat(httpserver: HTTPServer, settings: Settings) -> list[Posted]:
    """A webhook and a ping address, and what came there."""
    posted: list[Posted] = []

    def take(request: Request) -> Response:
        body = request.get_data(as_text=True)
        posted.append(Posted(request.path, body, request.get_json() if request.is_json else None))
        return Response("ok")

    for path in ("/hooks/secret", "/ping/check", "/ping/check/fail"):
        httpserver.expect_request(path).respond_with_handler(take)
    settings.ALERT_URLS = [httpserver.url_for("/hooks/secret"), httpserver.url_for("/ping/check")]
    return posted


def subjects() -> list[str]:
    return [str(each.subject) for each in mail.outbox]


def told() -> list[str]:
    """What the operator was told since the last call, without the name of the site."""
    found = [subject.removeprefix(SUBJECT) for subject in subjects()]
    mail.outbox.clear()
    return found


# --- each alarm, for real ---------------------------------------------------------------------------------------------
def test_a_good_night_is_told_to_nobody(edition: Edition) -> None:
    planned(edition, crowd(3), state="accepted", finished_at=NOW)
    update_alarms(NOW)
    assert (told(), list(find_alarms())) == ([], [])


def test_papers_that_are_not_there_by_their_hour(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(conditions, "find_installation_day", lambda: date(2026, 1, 21))
    monkeypatch.setattr(ledger_report, "listing_day", lambda: date(2026, 1, 22))
    settings.PAPERS_DUE_HOUR = 12
    update_alarms(datetime(2026, 1, 22, 11, 59, tzinfo=UTC))
    assert told() == []
    update_alarms(datetime(2026, 1, 22, 12, 0, tzinfo=UTC))
    assert told() == ["The papers of 2026-01-22 are not complete."]
    assert find_alarms()[0].to_do.startswith("Nobody has asked arXiv for 2026-01-22, which is today.")
    _store_a_day(date(2026, 1, 22))
    update_alarms(datetime(2026, 1, 22, 12, 9, tzinfo=UTC))
    assert told() == [], "what comes and goes is one alarm"
    update_alarms(datetime(2026, 1, 22, 12, 10, tzinfo=UTC))
    assert told() == ["over: The papers of 2026-01-22 are not complete."]


@pytest.mark.parametrize("day", [date(2026, 1, 24), date(2026, 1, 1)])
def test_weekends_and_holidays_have_no_papers(monkeypatch: pytest.MonkeyPatch, day: date) -> None:
    monkeypatch.setattr(conditions, "find_installation_day", lambda: day - timedelta(days=1))
    monkeypatch.setattr(ledger_report, "listing_day", lambda: day)
    monkeypatch.setattr(conditions, "LOOK_BACK", timedelta(0))
    update_alarms(datetime.combine(day, datetime.min.time(), UTC) + timedelta(hours=20))
    assert told() == []


def test_a_source_that_broke_off(monkeypatch: pytest.MonkeyPatch) -> None:
    day = date(2026, 1, 22)
    monkeypatch.setattr(conditions, "find_installation_day", lambda: day - timedelta(days=1))
    monkeypatch.setattr(ledger_report, "listing_day", lambda: day)
    _store_a_day(day)
    LedgerLine.objects.filter(day=day).update(state="partial", announced=5, verdict="broken")
    update_alarms(datetime(2026, 1, 22, 12, 0, tzinfo=UTC))
    assert told() == ["The papers of 2026-01-22 are not complete."]


def test_an_edition_without_readers_letters_was_not_prepared(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(conditions, "describe_missing_edition", lambda now: "Do: python manage.py build_edition")
    update_alarms(NOW)
    assert told() == ["A day was not prepared."]


def test_letters_that_could_leave_and_do_not(edition: Edition, post_office: PostOffice) -> None:
    planned(edition, crowd(2))
    update_alarms(NOW + timedelta(minutes=29))
    assert told() == []
    update_alarms(NOW + timedelta(minutes=30))
    assert told() == ["2 letters of 2026-01-23 are more than half an hour late."]
    drain(edition, at=NOW + timedelta(minutes=31))
    update_alarms(NOW + timedelta(minutes=40))
    assert told() == ["over: 2 letters of 2026-01-23 are more than half an hour late."]


def test_letters_that_wait_for_their_next_try_are_not_late(edition: Edition) -> None:
    planned(edition, crowd(2), attempts=1, not_before=NOW + timedelta(hours=1))
    update_alarms(NOW + timedelta(minutes=40))
    assert told() == []


def test_a_pause_that_the_drain_told_of_is_not_told_again(edition: Edition, post_office: PostOffice) -> None:
    post_office.on_data = lambda address: "554 5.7.1 Looks like spam"
    planned(edition, crowd(40))
    drain(edition)
    assert told() == ["the letters of 2026-01-23 are paused"]
    update_alarms(NOW)
    assert told() == []
    assert [alarm.key for alarm in find_alarms()] == ["pause 2026-01-23"]
    pause.resume_edition(edition, NOW)
    update_alarms(NOW + CLEAR_AFTER)
    [subject] = told()
    assert subject.startswith("over: The letters of 2026-01-23 are paused")


def test_a_mail_server_that_is_down(edition: Edition, post_office: PostOffice) -> None:
    post_office.on_mail = lambda address: "530 5.7.0 Authentication required"
    planned(edition, crowd(3))
    drain(edition)
    assert told() == ["the letters of 2026-01-23 cannot leave"]
    update_alarms(NOW)
    assert (told(), [alarm.key for alarm in find_alarms()]) == ([], ["outage 2026-01-23"])
    post_office.on_mail = lambda address: None
    drain(edition, at=NOW + timedelta(hours=2))
    update_alarms(NOW + timedelta(hours=2))
    assert [subject[:5] for subject in told()] == ["over:"]


def test_books_that_do_not_balance(edition: Edition) -> None:
    planned(edition, crowd(1))
    update_alarms(NOW + timedelta(days=3))
    assert "The books of 2026-01-23 do not balance. 1 letter still waits to be sent." in told()


def test_a_scheduler_that_is_silent() -> None:
    leave_sign("scheduler", NOW, CELERY_INTERVAL)
    update_alarms(NOW + timedelta(minutes=10))
    assert told() == []
    update_alarms(NOW + timedelta(minutes=11))
    assert told() == ["The scheduler has done nothing since 2026-01-23 08:00 UTC."]
    leave_sign("scheduler", NOW + timedelta(minutes=12), CELERY_INTERVAL)
    update_alarms(NOW + timedelta(minutes=21))
    assert told() == ["over: The scheduler has done nothing since 2026-01-23 08:00 UTC."]


def test_a_full_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    real = shutil.disk_usage("/")
    full = real._replace(total=1_000_000_000, used=960_000_000, free=40_000_000)
    monkeypatch.setattr(shutil, "disk_usage", lambda path: full)
    update_alarms(NOW)
    [subject] = told()
    assert subject.endswith("only 40 MB are free.")


def test_a_night_without_a_backup() -> None:
    update_alarms(NOW)
    assert told() == [], "who makes none a night is not told each night"
    SignOfLife.objects.create(name="backup", at=NOW)
    update_alarms(NOW + timedelta(hours=26))
    assert told() == []
    update_alarms(NOW + timedelta(hours=27))
    assert told() == ["No backup has been made since 2026-01-23 08:00 UTC."]
    SignOfLife.objects.update(at=NOW + timedelta(hours=28))
    update_alarms(NOW + timedelta(hours=28))
    assert told() == ["over: No backup has been made since 2026-01-23 08:00 UTC."]
    update_alarms(NOW + timedelta(days=40))
    assert told() == [], "they are made in another way now"


def test_a_backup_that_failed(tmp_path: Path) -> None:
    (tmp_path / "no folder").touch()
    with pytest.raises(NotADirectoryError):
        add_backup(tmp_path / "no folder" / "below", 3, NOW)
    update_alarms(NOW)
    assert told() == ["The backup of 2026-01-23 08:00 UTC failed."]
    add_backup(tmp_path, 3, NOW + timedelta(hours=1))
    update_alarms(NOW + timedelta(hours=1))
    assert told() == ["over: The backup of 2026-01-23 08:00 UTC failed."]


def test_models_that_nearly_spent_the_day_s_money(settings: Settings) -> None:
    settings.LLM_DAILY_BUDGET = Decimal(10)
    version = _store_a_day(DAY)
    call = ModelCall.objects.create(version=version, language="en", model="m", prompt_version="1", cost=Decimal(9))
    ModelCall.objects.update(created_at=NOW)
    update_alarms(NOW)
    assert told() == []
    ModelCall.objects.filter(pk=call.pk).update(cost=Decimal("9.01"))
    update_alarms(NOW)
    assert told() == ["Models cost 9.01 of the 10.00 US dollars that today may cost."]


def _store_a_day(day: date) -> Version:
    paper = Paper.objects.create(arxiv_id=f"2601.{day.day:05}")
    version = Version.objects.create(paper=paper, title="A title", abstract="An abstract", primary_category="cs.LG")
    Announcement.objects.create(version=version, category="cs.LG", day=day, kind="new")
    LedgerLine.objects.create(day=day, category="cs.LG", announced=1, named=1, stored=1, new=1, state="complete")
    return version


@pytest.mark.parametrize(
    ("failed", "fault", "is_told"), [(4, "content", False), (5, "content", True), (9, "gone", False)]
)
def test_letters_that_failed_are_told_if_they_are_many_and_can_be_helped(
    edition: Edition, failed: int, fault: str, is_told: bool
) -> None:
    planned(edition, crowd(40), state="accepted", finished_at=NOW)
    planned(edition, crowd(failed, first=41), state="failed", fault=fault, reason="554 5.7.1 No")
    update_alarms(NOW)
    text = f"{failed} of {40 + failed} letters of 2026-01-23 failed for a reason that can be mended."
    assert told() == [text] * is_told


def test_a_few_among_many_letters_that_failed_need_nobody(edition: Edition) -> None:
    readers = [Delivery(edition=edition, state="accepted", created_at=NOW) for _ in range(500)]
    Delivery.objects.bulk_create(readers)
    planned(edition, crowd(5), state="failed", fault="content", reason="554 5.7.1 No")
    update_alarms(NOW)
    assert told() == []


# --- the two that stop an edition -------------------------------------------------------------------------------------
def test_more_letters_than_readers_stop_the_edition(edition: Edition, post_office: PostOffice) -> None:
    """Somebody set the rows back by hand: every letter leaves once more."""
    planned(edition, crowd(3))
    drain(edition)
    Delivery.objects.update(state="pending", finished_at=None, provider_id="")
    drain(edition, at=NOW + timedelta(minutes=1))
    update_alarms(NOW + timedelta(minutes=2))
    edition.refresh_from_db()
    assert (edition.paused, edition.handed_over) == (True, 6)
    assert edition.pause_reason == "3 letters more were taken by the mail server than there are readers."
    assert told() == ["the letters of 2026-01-23 are paused"]
    pause.resume_edition(edition, NOW + timedelta(minutes=3))
    update_alarms(NOW + timedelta(minutes=4))
    edition.refresh_from_db()
    assert not edition.paused, "the operator knows of it"


def test_an_address_that_got_two_letters_stops_the_edition(edition: Edition, post_office: PostOffice) -> None:
    ada, bao = crowd(2)
    type(bao).objects.filter(pk=bao.pk).update(email=ada.email.upper())
    planned(edition, [ada, bao])
    drain(edition)
    update_alarms(NOW)
    edition.refresh_from_db()
    assert (edition.paused, edition.pause_reason) == (True, "1 address got two letters.")


def test_an_edition_that_went_well_goes_on(edition: Edition, post_office: PostOffice) -> None:
    planned(edition, crowd(5))
    drain(edition)
    update_alarms(NOW)
    edition.refresh_from_db()
    assert (edition.paused, edition.handed_over) == (False, 5)


# --- how they are told ------------------------------------------------------------------------------------------------
def test_what_lasts_is_told_once(edition: Edition) -> None:
    planned(edition, crowd(2))
    for minutes in range(40, 200, 10):
        update_alarms(NOW + timedelta(minutes=minutes))
    assert len(mail.outbox) == 1
    assert "python manage.py deliver_due" in mail.outbox[0].body


def test_of_many_processes_one_looks_at_a_time(edition: Edition) -> None:
    planned(edition, crowd(2))
    late = NOW + timedelta(minutes=40)
    watch(late)
    mail.outbox.clear()
    Alarm.objects.all().delete()
    watch(late + WATCH_INTERVAL / 2)
    assert told() == []
    watch(late + WATCH_INTERVAL)
    assert len(told()) == 1


def test_a_chat_and_a_ping_are_told_too(edition: Edition, chat: list[Posted], post_office: PostOffice) -> None:
    planned(edition, crowd(2))
    update_alarms(NOW + timedelta(minutes=40))
    assert [each.path for each in chat] == ["/hooks/secret", "/ping/check/fail"]
    said = chat[0].json or {}
    assert said["text"] == said["content"]
    assert said["text"].startswith("Preprint Post: 2 letters of 2026-01-23 are more than half an hour late.")
    chat.clear()
    drain(edition, at=NOW + timedelta(minutes=41))
    update_alarms(NOW + timedelta(minutes=51))
    assert [each.path for each in chat] == ["/hooks/secret", "/ping/check"]
    assert "It is over" in chat[0].text


def test_a_day_that_went_well_is_pinged_once(edition: Edition, chat: list[Posted]) -> None:
    update_alarms(NOW)
    assert chat == []
    Edition.objects.update(state="closed", closed_at=NOW)
    for _ in range(3):
        update_alarms(NOW)
    assert [each.path for each in chat] == ["/ping/check"]
    Edition.objects.create(
        day=DAY + timedelta(days=3), state="closed", frozen_at=NOW, closed_at=NOW + timedelta(days=3)
    )
    update_alarms(NOW + timedelta(days=3))
    assert [each.path for each in chat] == ["/ping/check"] * 2


def test_what_nobody_could_be_told_is_told_later(
    edition: Edition, settings: Settings, httpserver: HTTPServer, caplog: pytest.LogCaptureFixture
) -> None:
    httpserver.expect_request("/hooks/secret").respond_with_data("no", status=500)
    settings.ALERT_EMAIL, settings.ALERT_URLS = "", [httpserver.url_for("/hooks/secret")]
    planned(edition, crowd(2))
    update_alarms(NOW + timedelta(minutes=40))
    assert [alarm.told_at for alarm in find_alarms()] == [None]
    said = [record.getMessage() for record in caplog.records if record.name.startswith("digest")]
    assert not any("secret" in text for text in said), "who has the address can post there"
    settings.ALERT_EMAIL = "operator@example.net"
    update_alarms(NOW + timedelta(minutes=40) + TRY_AGAIN_AFTER)
    assert len(mail.outbox) == 1


def test_a_chat_that_is_away_does_not_keep_the_mail_back(settings: Settings) -> None:
    settings.ALERT_URLS = ["http://127.0.0.1:9/hooks/away"]
    assert operator_alerts.send_alert("A subject", "A body")
    assert len(mail.outbox) == 1


# --- nothing is lost by a kill, a clock or a fault --------------------------------------------------------------------
def test_an_alarm_whose_teller_was_killed_is_told_later(edition: Edition, monkeypatch: pytest.MonkeyPatch) -> None:
    def be_killed(*_arguments: object, **_options: object) -> bool:
        raise KeyboardInterrupt

    planned(edition, crowd(2))
    late = NOW + timedelta(minutes=40)
    with monkeypatch.context() as patched:
        patched.setattr(operator_alerts, "send_alert", be_killed)
        with pytest.raises(KeyboardInterrupt):
            update_alarms(late)
    update_alarms(late + TRY_AGAIN_AFTER / 2)
    assert told() == [], "the other may still be telling"
    update_alarms(late + TRY_AGAIN_AFTER)
    assert len(told()) == 1


def test_an_end_that_nobody_could_be_told_is_told_later(edition: Edition, settings: Settings) -> None:
    planned(edition, crowd(2))
    update_alarms(NOW + timedelta(minutes=40))
    Delivery.objects.update(state="accepted")
    settings.ALERT_MAIL_SERVER = {
        "backend": "django.core.mail.backends.smtp.EmailBackend",
        "host": "127.0.0.1",
        "port": 9,
    }
    over = NOW + timedelta(minutes=40) + CLEAR_AFTER
    update_alarms(over)
    mail.outbox.clear()
    settings.ALERT_MAIL_SERVER = {"backend": "django.core.mail.backends.locmem.EmailBackend"}
    for minutes in (1, 5, 10, 20):
        update_alarms(over + timedelta(minutes=minutes))
    assert [subject[:5] for subject in told()] == ["over:"]


def test_a_pause_whose_mail_was_refused_is_told_by_the_watch(edition: Edition, settings: Settings) -> None:
    """Mail that is broken is what pauses an edition."""
    planned(edition, crowd(2))
    settings.ALERT_MAIL_SERVER, mended = BROKEN_MAIL_SERVER, settings.ALERT_MAIL_SERVER
    pause.pause_by_itself(edition, "A reason.", NOW)
    pause.tell_operator(edition, NOW)
    settings.ALERT_MAIL_SERVER = mended
    update_alarms(NOW)
    [subject] = told()
    assert subject.startswith("The letters of 2026-01-23 are paused")


def test_what_cannot_be_looked_at_hides_nothing_and_ends_nothing(
    edition: Edition, monkeypatch: pytest.MonkeyPatch
) -> None:
    def break_down(path: object) -> None:
        raise FileNotFoundError(path)

    real = shutil.disk_usage("/")
    monkeypatch.setattr(shutil, "disk_usage", lambda path: real._replace(total=1_000_000_000, free=1_000_000))
    update_alarms(NOW)
    told()
    planned(edition, crowd(2))
    monkeypatch.setattr(shutil, "disk_usage", break_down)
    update_alarms(NOW + timedelta(minutes=40))
    assert sorted(told()) == [
        "2 letters of 2026-01-23 are more than half an hour late.",
        "It is not known whether something is wrong: disk (FileNotFoundError).",
    ]
    assert {alarm.key for alarm in find_alarms()} == {"disk", "unknown disk", "overdue 2026-01-23"}


def test_a_clock_that_was_ahead_stops_no_watch(edition: Edition) -> None:
    ahead = NOW + timedelta(days=400)
    watch(ahead)
    leave_sign("scheduler", ahead, CELERY_INTERVAL)
    planned(edition, crowd(2))
    watch(NOW + timedelta(minutes=40))
    assert len([subject for subject in told() if "half an hour late" in subject]) == 1
    assert "scheduler" in {alarm.key for alarm in find_alarms()}


def test_a_kill_before_the_pause_leaves_it_to_the_next_look(
    edition: Edition, post_office: PostOffice, monkeypatch: pytest.MonkeyPatch
) -> None:
    def be_killed(*_arguments: object) -> None:
        raise KeyboardInterrupt

    planned(edition, crowd(1))
    drain(edition)
    Edition.objects.update(handed_over=9)
    with monkeypatch.context() as patched:
        patched.setattr(pause, "pause_by_itself", be_killed)
        with pytest.raises(KeyboardInterrupt):
            update_alarms(NOW)
    update_alarms(NOW)
    assert Edition.objects.get().paused


def test_letters_whose_answer_is_not_written_down_stop_nothing(edition: Edition) -> None:
    planned(edition, crowd(3), state="submitting")
    Edition.objects.update(handed_over=3)
    update_alarms(NOW)
    assert not Edition.objects.get().paused


def test_a_failure_is_pinged_beside_the_query_of_the_address(httpserver: HTTPServer, settings: Settings) -> None:
    httpserver.expect_request("/ping/check/fail", query_string="create=1").respond_with_data("ok")
    settings.ALERT_EMAIL, settings.ALERT_URLS = "", [httpserver.url_for("/ping/check") + "?create=1"]
    assert operator_alerts.send_alert("A subject", "A body \ud800")
