"""Letters that were held up: in time they go out, too late they are skipped, and the books are complete either way."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.core import mail

from digest import tasks
from digest.models import Delivery, Edition, Run
from digest.pipeline import run_stages
from digest.scheduler import request_due_drains
from digest.sources.files.sample import SampleSource
from subscriptions.models import Subscriber
from tests.people import ada, bao, subscribe
from tests.pipeline.cron import send_due_letters

pytestmark = pytest.mark.django_db(transaction=True)

# Half past one on a Friday morning, US Eastern.
NIGHT = datetime(2026, 1, 23, 6, 30, tzinfo=UTC)
EIGHT = NIGHT.replace(hour=8, minute=0)
WINDOW = timedelta(hours=18)
A_MINUTE = timedelta(minutes=1)


@pytest.fixture
def edition(monkeypatch: pytest.MonkeyPatch) -> Edition:
    """Of the night, with a letter planned at eight and held up by a pause."""
    monkeypatch.setattr(tasks, "open_source", lambda names: SampleSource())
    with time_machine.travel(NIGHT, tick=False):
        subscribe(ada, timezone="Europe/London", hour=8)
        tasks.prepare_day()
    return Edition.objects.get()


def at(moment: datetime) -> int:
    with time_machine.travel(moment, tick=False):
        return send_due_letters(moment)


def hold_up(edition: Edition, monkeypatch: pytest.MonkeyPatch) -> None:
    """The mail server is away at eight."""
    with monkeypatch.context() as patch:
        patch.setattr("django.conf.settings.EMAIL_BACKEND", "digest.delivery.transports.smtp_backend.EmailBackend")
        patch.setattr("django.conf.settings.EMAIL_HOST", "127.0.0.1")
        patch.setattr("django.conf.settings.EMAIL_PORT", 9)
        assert at(EIGHT) == 0
    assert Delivery.objects.get().state == "pending"


def outcome() -> tuple[str, str]:
    row = Delivery.objects.get()
    return row.state, row.reason


def test_a_letter_that_was_held_up_goes_out_while_it_is_in_time(
    edition: Edition, monkeypatch: pytest.MonkeyPatch
) -> None:
    hold_up(edition, monkeypatch)
    assert at(EIGHT + WINDOW - A_MINUTE) == 1
    assert outcome() == ("accepted", "")


def test_a_letter_held_up_too_long_is_excluded(edition: Edition, monkeypatch: pytest.MonkeyPatch) -> None:
    hold_up(edition, monkeypatch)
    assert at(EIGHT + WINDOW) == 0
    assert outcome() == ("excluded", "too_late")
    edition.refresh_from_db()
    run = Run.objects.latest("id")
    assert (edition.state, run.balanced, mail.outbox) == ("closed", True, [])
    assert (run.report["due"], run.report["reasons"]["excluded"]) == (1, {"too_late": 1})
    assert at(EIGHT + WINDOW + A_MINUTE) == 0
    assert Run.objects.latest("id") == run, "and nothing more is to be done"


def test_an_edition_paused_too_long_excludes_its_letters(edition: Edition, monkeypatch: pytest.MonkeyPatch) -> None:
    hold_up(edition, monkeypatch)
    Edition.objects.update(paused=True)
    at(EIGHT + WINDOW)
    assert outcome()[0] == "pending", "a paused edition is the operator's"
    Edition.objects.update(paused=False)
    at(EIGHT + WINDOW + A_MINUTE)
    assert (outcome(), mail.outbox) == (("excluded", "too_late"), [])


@pytest.mark.parametrize("skipped_before", [False, True])
def test_the_command_sends_what_the_scheduler_would_not(
    edition: Edition, monkeypatch: pytest.MonkeyPatch, skipped_before: bool
) -> None:
    hold_up(edition, monkeypatch)
    later = EIGHT + timedelta(days=2)
    if skipped_before:
        at(EIGHT + WINDOW)
    with time_machine.travel(later, tick=False):
        report = run_stages(edition.day, SampleSource(), ("pick", "summarise", "send", "reconcile"))
    assert (report.due, report.accepted, report.balanced) == (1, 1, True)
    assert outcome() == ("accepted", "")


def test_a_scheduler_down_for_two_days_closes_missed_books(edition: Edition) -> None:
    subscribe(bao, timezone="Asia/Shanghai", hour=20)
    assert at(EIGHT + timedelta(days=2)) == 0
    assert set(Delivery.objects.values_list("state", "reason")) == {("excluded", "too_late")}
    edition.refresh_from_db()
    run = Run.objects.latest("id")
    assert (edition.state, run.balanced, run.report["due"], mail.outbox) == ("closed", True, 2, [])
    with time_machine.travel(EIGHT + timedelta(days=2), tick=False):
        report = run_stages(edition.day, SampleSource(), ("pick", "summarise", "send", "reconcile"))
    assert (report.due, report.accepted + report.excluded, report.accepted > 0) == (2, 2, True)


def test_with_workers_of_their_own_for_letters_it_is_the_same(edition: Edition) -> None:
    called: list[int] = []
    moment = EIGHT + timedelta(days=2)
    with time_machine.travel(moment, tick=False):
        request_due_drains(moment, called.append)
    edition.refresh_from_db()
    run = Run.objects.latest("id")
    assert (outcome(), edition.state, called) == (("excluded", "too_late"), "closed", [])
    assert (run.balanced, run.report["due"]) == (True, 1)
    assert [line["words"] for line in run.report["explained"]] == ["it would have come too late after their hour"]


def test_a_scheduler_back_in_time_for_some_readers_serves_them(edition: Edition) -> None:
    subscribe(bao, timezone="America/New_York", hour=20, categories="cs.LG", filters="")
    assert at(EIGHT + WINDOW + A_MINUTE) == 1
    assert dict(Delivery.objects.values_list("subscriber", "reason")) == {ada.id: "too_late", bao.id: ""}
    row = Delivery.objects.get(subscriber=bao.id)
    assert row.not_after == datetime(2026, 1, 24, 1, tzinfo=UTC) + WINDOW, "counted from their hour"


def test_who_has_just_confirmed_is_late_for_nothing(edition: Edition) -> None:
    late = EIGHT + WINDOW + timedelta(hours=2)
    Subscriber.objects.update(confirmed_at=late - timedelta(hours=1))
    assert at(late) == 1
    assert Delivery.objects.get().not_after == late + WINDOW


def test_a_paused_edition_that_is_too_old_is_an_operators(edition: Edition, caplog: pytest.LogCaptureFixture) -> None:
    at(EIGHT - A_MINUTE)
    Edition.objects.update(paused=True)
    Delivery.objects.create(edition=edition, language="en", detail="tldr", created_at=EIGHT)
    with time_machine.travel(EIGHT + timedelta(days=5), tick=False):
        tasks.prepare_day()
    assert "reconcile --date 2026-01-23" in caplog.text


def test_a_clock_set_back_neither_skips_nor_doubles_letters(edition: Edition, monkeypatch: pytest.MonkeyPatch) -> None:
    hold_up(edition, monkeypatch)
    hour = timedelta(hours=1)
    assert at(EIGHT - hour) == 1
    assert at(EIGHT) == at(EIGHT + WINDOW) == 0
    assert (outcome(), len(mail.outbox)) == (("accepted", ""), 1)
