"""A crontab instead of Celery: local hours, retries and everything that Celery's schedule does besides."""

import json
import signal
from datetime import date, timedelta
from io import StringIO
from typing import Any

import pytest
from django.core import mail
from django.core.exceptions import ImproperlyConfigured
from django.core.management import call_command
from pytest_django import Settings

from deploy.celery import app
from digest import scheduler
from digest.delivery import repeated_drains
from digest.delivery.drain import Drained, drain
from digest.models import Delivery, DeliveryEvent, Edition, Run
from digest.sentences import join_reasons
from digest.sources.files.sample import SampleSource
from digest.summaries import backfill, write
from subscriptions.models import Errand, Subscriber
from tests.delivery.smtp_server import PostOffice
from tests.people import ada, bao, chidi, subscribe, subscribe_many
from tests.pipeline.cron import FRIDAY, GREYLISTED, MONDAY, MORNING, Clock, call, greylist

pytestmark = pytest.mark.django_db(transaction=True)

TEN_MINUTES = timedelta(minutes=10)
EIGHT = MORNING.replace(hour=8)
FAR_AWAY = "django.core.mail.backends.locmem.EmailBackend"


def prepare() -> None:
    report, code, _said = call("prepare_day", *FRIDAY)
    assert (report["edition"], code) == (44, 0)


def test_the_day_is_prepared_and_nothing_sent(clock: Clock) -> None:
    subscribe(ada)
    prepare()
    edition = Edition.objects.get()
    assert (str(edition.day), edition.state) == ("2026-01-23", "frozen")
    assert edition.entries.filter(summaries__language="en").distinct().count() == 44
    assert not Delivery.objects.exists()


def test_a_dry_preparation_stores_nothing(clock: Clock) -> None:
    report, code, _said = call("prepare_day", *FRIDAY, "--dry-run")
    assert (report["edition"], Edition.objects.exists(), code) == (44, False, 0)


def test_everybody_is_served_at_their_own_hour(clock: Clock) -> None:
    subscribe(ada, timezone="Europe/London", hour=8)
    subscribe(bao, timezone="Asia/Shanghai", hour=8)
    prepare()
    sent = {}
    for moment in (EIGHT - TEN_MINUTES, EIGHT, EIGHT + TEN_MINUTES, EIGHT + timedelta(hours=16)):
        clock.move_to(moment)
        delivered, code, _said = call("deliver_due")
        sent[moment] = [edition["accepted"] for edition in delivered["editions"]]
        assert code == 0
    assert list(sent.values()) == [[], [1], [], [1]]
    assert [message.to[0] for message in mail.outbox] == [ada.email, bao.email]


def test_what_was_put_off_is_tried_by_a_later_run(office: PostOffice, clock: Clock) -> None:
    subscribe(ada, timezone="Europe/London", hour=8)
    prepare()
    office.on_rcpt = greylist()
    clock.move_to(EIGHT)
    delivered, code, _said = call("deliver_due")
    assert (delivered["editions"][0]["waiting"], code) == (1, 0)
    assert clock.waited == timedelta(0), "the next run does it"
    clock.move_to(EIGHT + TEN_MINUTES)
    delivered, code, _said = call("deliver_due")
    assert (delivered["editions"][0]["accepted"], office.recipients, code) == (1, [ada.email], 0)
    assert Edition.objects.get().state == "closed"


def test_every_open_edition_is_delivered(office: PostOffice, clock: Clock) -> None:
    subscribe(ada, timezone="Europe/London", hour=8)
    prepare()
    clock.move_to(EIGHT)
    office.on_rcpt = lambda address: GREYLISTED
    call("deliver_due")
    clock.move_to(EIGHT + timedelta(hours=17))
    call("prepare_day", *MONDAY)
    office.on_rcpt = lambda address: None
    delivered, _code, _said = call("deliver_due")
    assert [(edition["day"], edition["accepted"]) for edition in delivered["editions"]] == [("2026-01-23", 1)]


def test_whoever_confirms_gets_the_edition_with_the_next_run(clock: Clock) -> None:
    prepare()
    clock.move_to(EIGHT)
    call("deliver_due")
    subscribe(ada, timezone="Europe/London", hour=20, created_at=EIGHT - TEN_MINUTES)
    clock.move_to(EIGHT + TEN_MINUTES)
    call("deliver_due")
    assert [message.to for message in mail.outbox] == [[ada.email]]


# --- what it says and how it ends -----------------------------------------------------------------------------------
def test_a_run_with_nothing_to_do_says_so_and_ends_well(clock: Clock) -> None:
    delivered, code, _said = call("deliver_due")
    assert delivered == {
        "editions": [], "account_requests": 0, "reminders": 0, "summaries": 0,
        "waiting": [], "problems": [], "outlook": "fine",
    }  # fmt: skip
    assert code == 0
    out = StringIO()
    call_command("deliver_due", stdout=out)
    assert "none was due" in out.getvalue()
    assert not Run.objects.exists()


def test_a_run_says_in_words_what_it_did(clock: Clock) -> None:
    subscribe(ada, timezone="UTC", hour=7)
    subscribe(chidi, timezone="UTC", hour=7, filters="zzyzx")
    prepare()
    clock.move_to(EIGHT)
    out = StringIO()
    call_command("deliver_due", stdout=out)
    assert "of 2026-01-23: 1 sent, 1 excluded, 0 failed, 0 uncertain, 0 still to be sent" in out.getvalue()


def test_a_mail_server_that_is_away_ends_it_with_3(settings: Settings, clock: Clock) -> None:
    subscribe(ada, timezone="UTC", hour=8)
    prepare()
    clock.move_to(EIGHT)
    settings.EMAIL_BACKEND = "digest.delivery.transports.smtp_backend.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 9
    delivered, code, said = call("deliver_due")
    assert code == 3
    assert (join_reasons(delivered["problems"]), delivered["outlook"]) == (said, "act")
    assert "2026-01-23: The mail server has taken no letter since " in said
    assert "refused" in said.lower()
    settings.EMAIL_BACKEND = FAR_AWAY
    clock.move_to(EIGHT + TEN_MINUTES)
    assert call("deliver_due")[1] == 0
    assert len(mail.outbox) == 1


def test_a_limit_that_is_used_up_needs_nobody(settings: Settings, clock: Clock) -> None:
    for person in (ada, bao):
        subscribe(person, timezone="UTC", hour=8)
    prepare()
    clock.move_to(EIGHT)
    settings.RATE_LIMIT = (1, 3600)
    delivered, code, _said = call("deliver_due")
    assert (code, delivered["problems"], delivered["outlook"]) == (0, [], "fine")
    [edition] = delivered["editions"]
    assert (edition["accepted"], edition["waiting"], edition["outlook"]) == (1, 1, "wait")
    assert edition["halted"] == "The limit of letters is used up until 2026-01-23 09:00."


def test_what_letters_wait_for_is_printed(settings: Settings, clock: Clock) -> None:
    for person in (ada, bao):
        subscribe(person, timezone="UTC", hour=8)
    prepare()
    clock.move_to(EIGHT)
    settings.RATE_LIMIT = (1, 3600)
    out = StringIO()
    call_command("deliver_due", stdout=out)
    assert "  wait       The limit of letters is used up until 2026-01-23 09:00.\n" in out.getvalue()


def test_a_server_that_asks_everybody_to_come_later_needs_nobody(office: PostOffice, clock: Clock) -> None:
    subscribe_many(25, timezone="UTC", hour=8)
    prepare()
    office.on_rcpt = lambda address: GREYLISTED
    clock.move_to(EIGHT)
    delivered, code, _said = call("deliver_due")
    assert (delivered["editions"][0]["waiting"], code, delivered["problems"]) == (25, 0, [])


def test_a_run_that_was_asked_to_stop_needs_nobody(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    subscribe(ada, timezone="UTC", hour=8)
    prepare()
    clock.move_to(EIGHT)

    def interrupt(*args: Any, **options: Any) -> Drained:
        signal.raise_signal(signal.SIGTERM)
        return drain(*args, **options)

    monkeypatch.setattr(repeated_drains, "drain", interrupt)
    delivered, code, _said = call("deliver_due")
    assert (delivered["editions"][0]["stopped"], code, delivered["problems"]) == (True, 0, [])


def test_letters_refused_as_spam_need_somebody(office: PostOffice, clock: Clock) -> None:
    for person in (ada, bao):
        subscribe(person, timezone="UTC", hour=8)
    prepare()
    office.on_rcpt = lambda address: "554 5.7.1 This looks like spam"
    clock.move_to(EIGHT)
    delivered, code, said = call("deliver_due")
    assert (delivered["editions"][0]["failed"], delivered["editions"][0]["outlook"]) == (2, "act")
    assert (code, delivered["outlook"], delivered["problems"]) == (3, "act", [said])
    retry = "Once the cause is mended: python manage.py retry_letters --date 2026-01-23 --yes"
    assert said == f"2026-01-23: 2 failed: {retry}"


def test_a_paused_edition_whose_letters_wait_ends_it_with_3(clock: Clock) -> None:
    subscribe(ada, timezone="UTC", hour=8)
    prepare()
    Edition.objects.update(paused=True, pause_reason="A mistake.")
    clock.move_to(EIGHT)
    assert call("deliver_due")[1] == 0, "no letter is planned yet"
    Delivery.objects.create(edition=Edition.objects.get(), language="en", detail="tldr", created_at=EIGHT)
    _delivered, code, said = call("deliver_due")
    assert code == 3
    assert "resume_edition --date 2026-01-23" in said


def test_missing_settings_end_it(settings: Settings, clock: Clock) -> None:
    subscribe(ada, timezone="UTC", hour=8)
    prepare()
    clock.move_to(EIGHT)
    settings.EMAIL_BACKEND, settings.POSTAL_ADDRESS = "anymail.backends.test.EmailBackend", ""
    with pytest.raises(ImproperlyConfigured, match="POSTAL_ADDRESS"):
        call("deliver_due")


# --- what Celery does besides ---------------------------------------------------------------------------------------
def leave_an_account_request() -> None:
    """As a web process does that was killed right after the page."""
    subscribe(bao)
    Errand.objects.create(kind=Errand.Kind.LINK, email=bao.email, not_before=MORNING)


def leave_an_unconfirmed_sign_up() -> None:
    subscribe(chidi, status="pending", mailed_at=MORNING - timedelta(hours=25))


def leave_an_old_event() -> None:
    edition = Edition.objects.create(day=date(2024, 1, 1))
    row = Delivery.objects.create(edition=edition, state="accepted", language="en", detail="tldr", created_at=MORNING)
    long_ago = MORNING - timedelta(days=400)
    event = DeliveryEvent.objects.create(delivery=row, kind="delivered", at=long_ago, provider="resend")
    DeliveryEvent.objects.filter(id=event.id).update(created_at=long_ago)


COMMANDS = [("run_daily", *FRIDAY), ("deliver_due",)]


@pytest.mark.parametrize("command", COMMANDS, ids=["run_daily", "deliver_due"])
def test_account_requests_are_handled(command: tuple[str, ...], clock: Clock) -> None:
    leave_an_account_request()
    Subscriber.objects.update(status="pending")
    assert call(*command)[1] == 0
    assert [message.to for message in mail.outbox] == [[bao.email]]


@pytest.mark.parametrize("command", COMMANDS, ids=["run_daily", "deliver_due"])
def test_the_unconfirmed_are_reminded_once(command: tuple[str, ...], clock: Clock) -> None:
    leave_an_unconfirmed_sign_up()
    assert (call(*command)[1], call(*command)[1]) == (0, 0)
    assert [message.to for message in mail.outbox] == [[chidi.email]]


@pytest.mark.parametrize("command", COMMANDS, ids=["run_daily", "deliver_due"])
def test_what_has_expired_is_deleted(command: tuple[str, ...], clock: Clock) -> None:
    leave_an_old_event()
    assert call(*command)[1] == 0
    assert not DeliveryEvent.objects.exists()


def test_owed_summaries_are_asked_for_once_an_hour(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []

    def ask() -> int:
        asked.append(1)
        return 3

    monkeypatch.setattr(backfill, "catch_up_summaries", ask)
    found = []
    for minutes in range(0, 120, 10):
        clock.move_to(MORNING + timedelta(minutes=minutes, seconds=1))
        found.append(call("deliver_due")[0]["summaries"])
    assert len(asked) == 2
    assert found == [3, 0, 0, 0, 0, 0] * 2
    call("run_daily", *FRIDAY)
    assert len(asked) == 3


def test_a_chore_that_fails_holds_up_nothing(settings: Settings, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    leave_an_account_request()
    leave_an_old_event()

    def fail(now: object) -> int:
        raise ZeroDivisionError

    monkeypatch.setattr(scheduler, "drain_outbox", fail)
    _delivered, code, said = call("deliver_due")
    assert (code, said) == (3, "account requests: ZeroDivisionError")
    assert not DeliveryEvent.objects.exists()
    report, code, said = call("run_daily", *FRIDAY)
    assert (report["accepted"], code) == (1, 3)
    assert said == "Somebody must act: account requests: ZeroDivisionError"
    assert (report["balanced"], report["problems"]) == (True, [])
    assert report["besides"] == ["account requests: ZeroDivisionError"]


@pytest.mark.parametrize("command", COMMANDS, ids=["run_daily", "deliver_due"])
def test_account_letters_that_wait_for_us_are_told(command: tuple[str, ...], clock: Clock, settings: Settings) -> None:
    leave_an_account_request()
    Subscriber.objects.update(status="pending")
    settings.EMAIL_BACKEND = "tests.subscriptions.broken_mail.Broken"
    _outcome, code, said = call(*command)
    assert code == 3
    assert "1 account letter waits since 2026-01-23 07:00: ConnectionRefusedError" in said


def test_letters_wait_for_a_model_half_a_minute(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    subscribe(ada, timezone="UTC", hour=8)
    prepare()
    clock.move_to(EIGHT)
    waited: list[float] = []
    write_summaries = write.write_summaries

    def spy(*args: object, **options: object) -> object:
        waited.append(float(str(options.get("seconds", 0))))
        return write_summaries(*args, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(write, "write_summaries", spy)
    call("deliver_due")
    assert waited == [scheduler.MODEL_WAIT_SECONDS]


def test_cron_mode_does_all_that_the_schedule_does() -> None:
    """A new task of Celery's schedule needs a place in cron mode, and a line here."""
    in_cron_mode = {
        "prepare-day": scheduler.prepare_day,
        "request-due-drains": scheduler.deliver_due,
        "catch-up-summaries": scheduler.catch_up_summaries,
        "run-errands": scheduler.do_chores,
        "remind": scheduler.do_chores,
        "forget": scheduler.do_chores,
        "watch": scheduler.do_chores,
        "check-sender": scheduler.do_chores,
    }
    assert set(in_cron_mode) == set(app.conf.beat_schedule)


def test_the_json_is_one_object(clock: Clock) -> None:
    subscribe(ada, timezone="UTC", hour=8)
    scheduler.prepare_day(date(2026, 1, 23), SampleSource())
    clock.move_to(EIGHT)
    out = StringIO()
    call_command("deliver_due", "--json", stdout=out)
    [line] = out.getvalue().splitlines()
    assert json.loads(line)["editions"][0]["day"] == "2026-01-23"


def test_what_passes_by_itself_is_no_warning(
    settings: Settings, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    for person in (ada, bao):
        subscribe(person, timezone="UTC", hour=8)
    prepare()
    clock.move_to(EIGHT)
    settings.RATE_LIMIT = (1, 3600)
    call("deliver_due")
    assert "The limit of letters is used up" not in " ".join(
        record.getMessage() for record in caplog.records if record.levelname != "INFO"
    )
