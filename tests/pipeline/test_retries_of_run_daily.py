"""One run a day and no scheduler: what a mail server puts off goes out in the same run, or in the next."""

import signal
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest
from django.core import mail
from pytest_django import Settings

from digest.delivery import repeated_drains
from digest.delivery.drain import Drained, drain
from digest.delivery.edition_renderer import EditionRenderer
from digest.delivery.workers import shutdown
from digest.domain import Entry, SourceUnavailable
from digest.management.commands.run_daily import DEFAULT_WAIT_MINUTES
from digest.models import Delivery, Edition, Run
from digest.picking import planner
from digest.pipeline import run_day
from digest.run import NoDisplay
from digest.scheduler import RETRIED_BY_DAILY_RUN, run_daily
from digest.sources.files.sample import SampleSource
from digest.sources.memory import EmptySource
from subscriptions.models import Subscriber
from tests.delivery.smtp_server import PostOffice
from tests.people import ada, bao, subscribe, subscribe_many
from tests.pipeline.cron import FRIDAY, GREYLISTED, MONDAY, MORNING, Clock, call, greylist

pytestmark = pytest.mark.django_db(transaction=True)

DAY = timedelta(days=1)


def test_a_greylisted_letter_goes_out_in_the_same_run(office: PostOffice, clock: Clock) -> None:
    subscribe(ada)
    office.on_rcpt = greylist()
    report, code, _said = call("run_daily", *FRIDAY)
    assert (report["due"], report["accepted"], report["balanced"], code) == (1, 1, True, 0)
    assert office.recipients == [ada.email]
    assert clock.waited == timedelta(minutes=1)


def test_the_default_wait_outlasts_usual_greylisting(office: PostOffice, clock: Clock) -> None:
    """Postgrey asks for five minutes, other servers for up to a quarter of an hour."""
    subscribe(ada)
    office.on_rcpt = greylist(attempts=3)
    report, code, _said = call("run_daily", *FRIDAY)
    assert (report["accepted"], code) == (1, 0)
    assert clock.waited == timedelta(minutes=1 + 5 + 15) < timedelta(minutes=DEFAULT_WAIT_MINUTES)


def test_a_wait_is_bounded(office: PostOffice, clock: Clock) -> None:
    subscribe(ada)
    office.on_rcpt = lambda address: GREYLISTED
    report, code, said = call("run_daily", *FRIDAY, "--wait", "10")
    assert (report["accepted"], report["waiting"], code) == (0, 1, 4)
    assert "1 letter still waits to be sent." in said
    assert clock.waited == timedelta(minutes=6)


def test_without_a_wait_the_next_run_tries_again(office: PostOffice, clock: Clock) -> None:
    subscribe(ada)
    office.on_rcpt = greylist()
    report, code, _said = call("run_daily", *FRIDAY, "--wait", "0")
    assert (report["accepted"], report["waiting"], code) == (0, 1, 4)
    report, code, _said = call("run_daily", *FRIDAY, "--wait", "0")
    assert (report["accepted"], report["waiting"], code) == (1, 0, 0)
    assert clock.waited == timedelta(0)


def test_the_run_of_the_next_day_sends_letters_of_the_day_before(office: PostOffice, clock: Clock) -> None:
    subscribe(ada)
    office.on_rcpt = greylist()
    call("run_daily", *FRIDAY, "--wait", "0")
    clock.move_to(MORNING + 3 * DAY)
    report, code, _said = call("run_daily", *MONDAY, "--wait", "0")
    assert office.recipients[0] == ada.email
    assert Delivery.objects.get(edition__day="2026-01-23").state == "accepted"
    assert report["other_editions"] == [
        {"day": "2026-01-23", "accepted": 1, "excluded": 0, "failed": 0, "uncertain": 0, "waiting": 0}
    ]
    assert Edition.objects.get(day="2026-01-23").state == "closed"
    assert code == 0


def test_the_next_run_does_so_though_the_source_is_away(
    office: PostOffice, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    subscribe(ada)
    office.on_rcpt = greylist()
    call("run_daily", *FRIDAY, "--wait", "0")
    clock.move_to(MORNING + DAY)

    def entries(source: SampleSource, day: date) -> Iterator[Entry]:
        raise SourceUnavailable("arXiv is away")

    monkeypatch.setattr(SampleSource, "entries", entries)
    _report, code, said = call("run_daily", *MONDAY)
    assert (code, said, office.recipients) == (1, "arXiv is away", [ada.email])


def test_letters_that_still_wait_are_told(office: PostOffice, clock: Clock) -> None:
    subscribe(ada)
    office.on_rcpt = lambda address: GREYLISTED
    call("run_daily", *FRIDAY, "--wait", "0")
    clock.move_to(MORNING + DAY)
    report, code, said = call("run_daily", *MONDAY, "--wait", "0")
    assert (code, report["other_editions"][0]["waiting"]) == (4, 1)
    assert "letters: 1 of 2026-01-23 still wait to be sent" in said
    assert "letters: 1 of 2026-01-23 still wait to be sent" in report["besides"]
    assert "of 2026-01-23" not in " ".join(report["problems"])


def test_after_some_days_a_letter_is_ended(office: PostOffice, clock: Clock) -> None:
    subscribe(ada)
    office.on_rcpt = lambda address: GREYLISTED
    call("run_daily", *FRIDAY, "--wait", "0")
    clock.move_to(MORNING + RETRIED_BY_DAILY_RUN + timedelta(minutes=1))
    office.on_rcpt = lambda address: None
    call("run_daily", *MONDAY, "--wait", "0")
    row = Delivery.objects.get(edition__day="2026-01-23")
    assert (row.state, Edition.objects.get(day="2026-01-23").state) == ("failed", "closed")
    assert "Not taken in time" in row.reason


def test_on_a_saturday_weekend_readers_get_fridays_edition(clock: Clock) -> None:
    subscribe(ada, days=0b0100000)
    subscribe(bao)
    call("run_daily", *FRIDAY)
    assert [message.to for message in mail.outbox] == [[bao.email]]
    saturday = date(2026, 1, 24)
    clock.move_to(MORNING + DAY)
    for _again in range(2):
        report = run_daily(saturday, EmptySource("test"), MORNING + DAY, timedelta(0), NoDisplay())
        assert [message.to for message in mail.outbox] == [[bao.email], [ada.email]]
    assert report.problems == report.besides == []
    assert Edition.objects.get(day="2026-01-23").state == "closed"


def test_a_paused_edition_stays_the_operators(office: PostOffice, clock: Clock) -> None:
    subscribe(ada)
    office.on_rcpt = greylist()
    call("run_daily", *FRIDAY, "--wait", "0")
    Edition.objects.update(paused=True)
    clock.move_to(MORNING + DAY)
    report, code, said = call("run_daily", *MONDAY, "--wait", "0")
    assert code == 3
    assert "resume_edition --date 2026-01-23" in said
    assert (report["other_editions"], Delivery.objects.get(edition__day="2026-01-23").state) == ([], "pending")


def test_ctrl_c_ends_the_waiting_cleanly(office: PostOffice, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    subscribe(ada)
    office.on_rcpt = lambda address: GREYLISTED
    monkeypatch.setattr(repeated_drains, "sleep", lambda seconds: signal.raise_signal(signal.SIGINT))
    report, code, said = call("run_daily", *FRIDAY)
    assert (report["waiting"], report["stopped"], code) == (1, True, 4)
    assert "stopped on request; run it again to go on" in said
    assert Run.objects.get().finished_at is not None


def test_ctrl_c_in_an_older_edition_begins_no_other(
    office: PostOffice, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    subscribe(ada)
    office.on_rcpt = lambda address: GREYLISTED
    call("run_daily", *FRIDAY, "--wait", "0")
    clock.move_to(MORNING + DAY)

    def interrupt(*args: Any, **options: Any) -> Drained:
        signal.raise_signal(signal.SIGINT)
        return drain(*args, **options)

    monkeypatch.setattr(repeated_drains, "drain", interrupt)
    report, code, said = call("run_daily", *MONDAY)
    assert (report["stopped"], report["seconds"], code) == (True, {}, 4)
    assert "stopped on request" in said
    assert not Edition.objects.filter(day="2026-01-26").exists()


def test_a_mail_server_that_is_away_is_told_at_once(settings: Settings, clock: Clock) -> None:
    subscribe(ada)
    settings.EMAIL_BACKEND = "digest.delivery.transports.smtp_backend.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 9
    report, code, said = call("run_daily", *FRIDAY)
    assert (report["waiting"], code, clock.waited) == (1, 3, timedelta(0))
    assert "refused" in said.lower()
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    clock.move_to(MORNING + DAY)
    call("run_daily", *MONDAY)
    assert ada.email in mail.outbox[0].to


def test_a_mail_server_that_goes_away_for_a_moment_is_waited_for(office: PostOffice, clock: Clock) -> None:
    """It greylists all it is offered, more in a row than a drain goes on for."""
    subscribe_many(30)
    office.on_rcpt = greylist()
    report, code, _said = call("run_daily", *FRIDAY)
    assert (report["accepted"], report["waiting"], code) == (30, 0, 0)


def test_the_waiting_is_shown(office: PostOffice, clock: Clock, capsys: pytest.CaptureFixture[str]) -> None:
    subscribe(ada)
    office.on_rcpt = greylist()
    call("run_daily", *FRIDAY)
    shown = " ".join(capsys.readouterr().err.split())
    assert "Next attempt at 07:01:00; Ctrl-C ends the waiting." in shown


def test_a_run_without_a_wait_of_its_own_does_not_wait(office: PostOffice, clock: Clock) -> None:
    """The demo and other programs call it."""
    subscribe(ada)
    office.on_rcpt = greylist()
    assert run_day(MORNING.date(), SampleSource()).waiting == 1
    assert clock.waited == timedelta(0)


@pytest.mark.parametrize("wait", ["-1", "soon", "1441", "٣"])
def test_a_wait_is_a_number_of_minutes(wait: str) -> None:
    _report, _code, said = call("run_daily", *FRIDAY, f"--wait={wait}")
    assert f"“{wait}” is not a number of minutes" in said


def test_a_dry_run_touches_no_other_edition(office: PostOffice, clock: Clock) -> None:
    subscribe(ada)
    office.on_rcpt = greylist()
    call("run_daily", *FRIDAY, "--wait", "0")
    clock.move_to(MORNING + DAY)
    report, _code, _said = call("run_daily", *MONDAY, "--dry-run")
    assert (office.recipients, report["other_editions"]) == ([], [])


def test_letters_planned_during_a_drain_have_their_summaries(
    office: PostOffice, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two runs at once: one plans Chinese letters while the other has begun to send English ones."""
    subscribe(ada)
    subscribe(bao, categories="cs.LG", filters="", status="pending")
    monkeypatch.setattr(shutdown, "throttle", lambda question: question)

    def plan_meanwhile(edition: Edition, renderer: EditionRenderer, **options: Any) -> Drained:
        monkeypatch.setattr(repeated_drains, "drain", drain)
        assert not renderer.is_outdated()
        Subscriber.objects.update(status="active")
        planner.plan_everyone(edition, MORNING)
        assert renderer.is_outdated()
        return drain(edition, renderer, **options)

    monkeypatch.setattr(repeated_drains, "drain", plan_meanwhile)
    renewed: list[int] = []
    renew = EditionRenderer.renew

    def count_missing(renderer: EditionRenderer) -> None:
        renew(renderer)
        renewed.append(renderer.count_missing_summaries())

    monkeypatch.setattr(EditionRenderer, "renew", count_missing)
    report, code, _said = call("run_daily", *FRIDAY)
    assert (report["accepted"], report["balanced"], renewed, code) == (2, True, [0], 0)
