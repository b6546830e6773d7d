"""A refused reader stops nobody else, dead addresses get no more letters, and a relay that errs silences nobody."""

import json
from datetime import datetime, timedelta
from pathlib import Path

import pytest
import time_machine
from django.core import mail
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings

from digest.delivery import operator_alerts, pause
from digest.delivery.outcomes import unreachable
from digest.models import Delivery, Edition, Run
from subscriptions.address_hashes import hash_address
from subscriptions.links import tokens
from subscriptions.links.lookup import address_epoch
from subscriptions.models import Subscriber, Suppression
from subscriptions.reader import Reader
from subscriptions.services import suppression
from subscriptions.services.address_change import confirm_address_change
from tests.delivery.draining import drain
from tests.delivery.outbox_rows import NOW, crowd, frozen_edition, planned, states
from tests.delivery.smtp_server import PostOffice
from tests.people import subscribe

pytestmark = pytest.mark.django_db

UNKNOWN = "550 5.1.1 User unknown"
DOUBTFUL = "550 5.4.4 something is odd"


@pytest.fixture
def edition() -> Edition:
    return frozen_edition()


def readers_in_domains(count: int, domains: int) -> list[Subscriber]:
    """Readers 1, 2, 3 … reader1@d1.example, reader2@d2.example, evenly over the domains."""
    return [
        subscribe(Reader(id=n, email=f"reader{n}@d{n % domains}.example", categories=("cs.LG",)))
        for n in range(1, count + 1)
    ]


def number_of(address: str) -> int:
    return int(address.partition("@")[0].removeprefix("reader"))


# --- one reader's refusal stops nobody else ---------------------------------------------------------------------------
@pytest.mark.parametrize("answer", [UNKNOWN, DOUBTFUL, "552 5.2.2 Mailbox full"])
def test_dead_rows_in_front_stop_nobody_behind(edition: Edition, post_office: PostOffice, answer: str) -> None:
    post_office.on_rcpt = lambda address: answer if number_of(address) <= 20 else None
    planned(edition, readers_in_domains(220, 10))
    found = drain(edition)
    assert (found.accepted, found.failed, found.halted) == (200, 20, "")
    edition.refresh_from_db()
    assert not edition.paused


def test_dead_addresses_everywhere_stop_nobody(edition: Edition, post_office: PostOffice) -> None:
    post_office.on_rcpt = lambda address: UNKNOWN if number_of(address) % 14 == 0 else None
    planned(edition, readers_in_domains(300, 10))
    found = drain(edition)
    assert (found.accepted, found.failed, found.halted) == (279, 21, "")
    assert Suppression.objects.count() == 21


def test_readers_put_off_by_their_own_servers_stop_nobody(edition: Edition, post_office: PostOffice) -> None:
    post_office.on_rcpt = lambda address: "450 4.2.0 Greylisted" if number_of(address) <= 40 else None
    planned(edition, readers_in_domains(60, 10))
    found = drain(edition)
    assert (found.accepted, found.deferred, found.halted) == (20, 40, "")


# --- addresses that do not exist --------------------------------------------------------------------------------------
def test_a_suppression_knows_the_run_that_made_it(edition: Edition, post_office: PostOffice) -> None:
    Run.objects.create(day=edition.day, source="sample", started_at=NOW - timedelta(days=1))
    run = Run.objects.create(day=edition.day, source="sample", started_at=NOW)
    post_office.on_rcpt = lambda address: UNKNOWN
    planned(edition, crowd(1))
    drain(edition)
    row = Suppression.objects.get()
    assert (row.reason, row.run) == ("hard_bounce", run.id)


def test_what_a_killed_drain_could_not_suppress_the_next_one_does(edition: Edition, post_office: PostOffice) -> None:
    one, two = crowd(2)
    planned(edition, [one], state="failed", fault="gone", reason=UNKNOWN, finished_at=NOW)
    planned(edition, [two])
    drain(edition)
    assert Suppression.objects.get().address_hash == hash_address("reader1@example.org")


def test_reconcile_suppresses_what_is_left_too(edition: Edition) -> None:
    planned(edition, crowd(1), state="failed", fault="gone", reason=UNKNOWN, finished_at=NOW)
    for _ in range(2):
        assert unreachable.judge_and_give_up(edition, NOW) == ""
        assert Suppression.objects.count() == 1


@pytest.mark.data
def test_answers_of_the_field_silence_only_who_is_gone(
    edition: Edition, post_office: PostOffice, shared_data: Path, settings: Settings
) -> None:
    settings.DEFAULT_FROM_EMAIL = "Post <letters@post.example.org>"
    rows = [json.loads(line) for line in (shared_data / "mail_answers" / "smtp.jsonl").read_text().splitlines()]
    rows = [row for row in rows if row["to"] in ("RCPT", "DATA")]
    readers = readers_in_domains(len(rows), 7)
    by_address = dict(zip([reader.email for reader in readers], rows, strict=True))

    def answer(address: str, stage: str) -> str | None:
        row = by_address[address]
        text = row["answer"].replace("{r}", address).replace("\n", "\r\n")
        return text if row["to"] == stage else None

    post_office.on_rcpt = lambda address: answer(address, "RCPT")
    post_office.on_data = lambda address: answer(address, "DATA")
    for reader in readers:
        Edition.objects.update(paused=False)
        planned(edition, [reader])
        drain(edition)
    silenced = suppression.find_known(by_address.keys()).suppressed
    assert silenced == {address for address, row in by_address.items() if row["right"] == "suppress"}
    assert Suppression.objects.count() == len(silenced)


# --- the brake --------------------------------------------------------------------------------------------------------
def test_a_relay_that_calls_too_many_unknown_silences_nobody(edition: Edition, post_office: PostOffice) -> None:
    post_office.on_rcpt = lambda address: UNKNOWN if number_of(address) % 2 == 0 else None
    planned(edition, readers_in_domains(60, 9))
    found = drain(edition)
    edition.refresh_from_db()
    assert not Suppression.objects.exists()
    assert edition.paused
    assert "30 of 60 addresses in 9 domains" in edition.pause_reason == found.halted
    assert set(Delivery.objects.filter(state="failed").values_list("fault", flat=True)) == {"disbelieved"}
    assert unreachable.judge_and_give_up(edition, NOW + timedelta(days=30)) == ""
    assert not Suppression.objects.exists()


def test_the_brake_ends_a_drain_before_all_letters_are_lost(
    edition: Edition, post_office: PostOffice, settings: Settings
) -> None:
    post_office.on_rcpt = lambda address: UNKNOWN
    planned(edition, readers_in_domains(200, 9))
    found = drain(edition)
    assert 50 <= found.failed < 50 + settings.SMTP_CONNECTIONS
    assert states(edition)["pending"] == 200 - found.failed
    assert not Suppression.objects.exists()


def test_the_brake_counts_small_drains_together(edition: Edition, post_office: PostOffice) -> None:
    """As the scheduler has them, one each minute. Those given up before it was noticed are brought back."""
    post_office.on_rcpt = lambda address: UNKNOWN
    readers = readers_in_domains(60, 9)
    with time_machine.travel(NOW, tick=False):
        for start in (0, 20, 40):
            planned(edition, readers[start : start + 20])
            drain(edition)
    edition.refresh_from_db()
    assert "60 of 60 addresses" in edition.pause_reason
    assert not Suppression.objects.exists()


def test_what_a_killed_drain_left_is_judged_as_well(edition: Edition, post_office: PostOffice) -> None:
    """Another drain, or reconcile, finds refusals that it did not see, be it a day later."""
    *refused, good = readers_in_domains(51, 9)
    left = {"state": "failed", "fault": "gone", "reason": UNKNOWN, "finished_at": NOW - timedelta(days=1)}
    planned(edition, refused, **left)
    planned(edition, [good])
    found = drain(edition)
    assert "50 of 51 addresses" in found.halted
    assert not Suppression.objects.exists()


def test_the_brake_asks_little_for_many_refusals(edition: Edition) -> None:
    planned(edition, readers_in_domains(120, 10), state="failed", fault="gone", reason=UNKNOWN, finished_at=NOW)
    with CaptureQueriesContext(connection) as captured:
        assert "refused 120 of 120 addresses" in unreachable.judge_and_give_up(edition, NOW)
    assert len(captured) < 20
    assert not Suppression.objects.exists()


def test_after_the_edition_is_resumed_earlier_refusals_do_not_count(edition: Edition, post_office: PostOffice) -> None:
    post_office.on_rcpt = lambda address: UNKNOWN if number_of(address) % 2 == 0 else None
    readers = readers_in_domains(62, 9)
    planned(edition, readers[:60])
    assert "30 of 60" in drain(edition).halted
    pause.resume_edition(edition, NOW + timedelta(minutes=5))
    planned(edition, readers[60:])
    found = drain(edition, at=NOW + timedelta(minutes=6))
    assert (found.accepted, found.failed, found.halted) == (1, 1, "")
    assert Suppression.objects.get().address_hash == hash_address("reader62@d8.example")


@pytest.mark.parametrize(("letters", "domains", "every"), [(48, 9, 2), (60, 4, 2), (60, 9, 3)])
def test_few_letters_few_domains_or_a_third_are_believed(
    edition: Edition, post_office: PostOffice, letters: int, domains: int, every: int
) -> None:
    post_office.on_rcpt = lambda address: UNKNOWN if number_of(address) % every == 0 else None
    planned(edition, readers_in_domains(letters, domains))
    assert drain(edition).halted == ""
    assert Suppression.objects.count() == letters // every


# --- addresses that wear out ------------------------------------------------------------------------------------------
def refused_on(reader: Subscriber, fault: str, *days: float, temporary: bool = False) -> datetime:
    """One failed letter on each of the *days*, and the moment of the last."""
    for number in days:
        at = NOW + timedelta(days=number)
        edition, _created = Edition.objects.get_or_create(day=at.date(), defaults={"state": "frozen", "frozen_at": at})
        fields = {"state": "failed", "fault": fault, "temporary": temporary, "reason": "450 later", "finished_at": at}
        planned(edition, [reader], **fields)
        unreachable.judge_and_give_up(edition, at)
    return NOW + timedelta(days=days[-1])


@pytest.mark.parametrize(
    ("fault", "days", "rests"),
    [
        ("doubt", (0, 3, 7), True),
        ("recipient", (0, 3, 7), True),
        ("doubt", (0, 3, 6), False),
        ("doubt", (0, 7), False),
        ("sender", (0, 3, 7, 14, 20), False),
        ("content", (0, 3, 7, 14, 20), False),
        ("relay", (0, 3, 7, 14, 20), False),
        ("network", (0, 3, 7, 14, 20), False),
    ],
)
def test_three_unclear_refusals_over_a_week_are_enough(fault: str, days: tuple[int, ...], rests: bool) -> None:
    [reader] = crowd(1)
    refused_on(reader, fault, *days)
    assert [row.reason for row in Suppression.objects.all()] == ["soft_bounces"] * rests


@pytest.mark.parametrize(
    ("days", "rests"), [((0, 3, 7, 11, 14), True), ((0, 3, 7, 11), False), ((0, 1, 2, 3, 4), False)]
)
def test_five_letters_put_off_too_long_over_two_weeks_are_enough(days: tuple[int, ...], rests: bool) -> None:
    [reader] = crowd(1)
    refused_on(reader, "doubt", *days, temporary=True)
    assert Suppression.objects.exists() is rests


def test_a_letter_that_arrived_in_between_ends_the_count() -> None:
    [reader] = crowd(1)
    taken = frozen_edition((NOW + timedelta(days=1)).date())
    planned(taken, [reader], state="accepted", finished_at=NOW + timedelta(days=1))
    refused_on(reader, "doubt", 0, 4, 7)
    assert not Suppression.objects.exists()


def test_another_address_begins_anew() -> None:
    [reader] = crowd(1)
    refused_on(reader, "doubt", 0, 3)
    reader.new_email = "other@example.org"
    reader.save()
    confirm_address_change(tokens.make("address", reader.id, address_epoch(reader)))
    refused_on(reader, "doubt", 7)
    assert not Suppression.objects.exists()


def test_an_address_brought_back_is_not_given_up_by_the_next_refusal() -> None:
    [reader] = crowd(1)
    refused_on(reader, "doubt", 0, 3, 7)
    assert suppression.lift(reader.email)
    refused_on(reader, "doubt", 8, 9)
    assert not Suppression.objects.exists()


def test_who_is_on_the_provider_s_list_is_brought_back_there_too(
    edition: Edition, settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    settings.EMAIL_BACKEND = "anymail.backends.postmark.EmailBackend"
    planned(edition, crowd(1), state="failed", fault="suppressed", reason="406 inactive", finished_at=NOW)
    unreachable.judge_and_give_up(edition, NOW)
    assert Suppression.objects.get().reason == "provider_list"
    call_command("undo_suppressions", "--address", "reader1@example.org")
    assert "Postmark: Message Stream → Suppressions → Reactivate" in capsys.readouterr().out


# --- taking it back ---------------------------------------------------------------------------------------------------
GIVEN_UP = ("one@example.org", "two@example.org", "angry@example.org", "gone@example.org")
NAMES = {hash_address(address): address for address in GIVEN_UP}


def suppress(address: str, reason: str, run: int | None = None) -> None:
    suppression.suppress(address, reason, run=run)


def undo(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[str, list[str]]:
    """What `undo_suppressions` prints, and who is left."""
    call_command("undo_suppressions", *arguments)
    left = Suppression.objects.order_by("id").values_list("address_hash", flat=True)
    return capsys.readouterr().out.strip(), [NAMES[address_hash] for address_hash in left]


def test_the_operator_takes_back_what_a_run_gave_up(edition: Edition, capsys: pytest.CaptureFixture[str]) -> None:
    first, second = (Run.objects.create(day=edition.day, source="sample", started_at=NOW) for _ in range(2))
    suppress("one@example.org", "hard_bounce", first.id)
    suppress("two@example.org", "hard_bounce", second.id)
    suppress("angry@example.org", "complaint", second.id)
    printed, left = undo(capsys, "--run", str(second.id))
    assert printed == "1 address gets letters again."
    assert left == ["one@example.org", "angry@example.org"], "a complaint is the reader's own word"
    assert undo(capsys, "--run", str(second.id), "--json") == ('{"lifted": 0}', left)


def test_the_operator_brings_back_all_that_rest_or_one(capsys: pytest.CaptureFixture[str]) -> None:
    suppress("tired1@example.org", "soft_bounces")
    suppress("tired2@example.org", "soft_bounces")
    suppress("gone@example.org", "hard_bounce")
    assert undo(capsys, "--worn-out") == ("2 addresses get letters again.", ["gone@example.org"])
    assert undo(capsys, "--address", "Gone@Example.org") == ("1 address gets letters again.", [])
    assert undo(capsys, "--address", "gone@example.org") == ("There was nothing to undo.", [])


@pytest.mark.parametrize("reason", ["complaint", "blocked"])
def test_an_address_that_stays_given_up_is_told(reason: str, capsys: pytest.CaptureFixture[str]) -> None:
    suppress("angry@example.org", reason)
    printed, left = undo(capsys, "--address", "angry@example.org")
    assert printed.startswith("This address stays as it is: its reader complained, or ")
    assert left == ["angry@example.org"]


def test_a_run_that_never_was_is_named() -> None:
    with pytest.raises(CommandError, match="There is no run 99"):
        call_command("undo_suppressions", "--run", "99")


# --- telling the operator ---------------------------------------------------------------------------------------------
def test_a_pause_is_told_by_mail_once(edition: Edition, post_office: PostOffice, settings: Settings) -> None:
    settings.ALERT_EMAIL = "operator@example.net"
    settings.ALERT_MAIL_SERVER = {"backend": "django.core.mail.backends.locmem.EmailBackend"}
    post_office.on_data = lambda address: "554 5.7.1 Looks like spam"
    planned(edition, crowd(30))
    drain(edition)
    drain(edition)
    [told] = mail.outbox
    assert (told.to, told.subject) == (
        ["operator@example.net"],
        "Preprint Post: the letters of 2026-01-23 are paused",
    )
    assert "paused since 2026-01-23 08:00 UTC" in told.body
    assert "20 letters in a row could not be sent." in told.body
    assert "resume_edition --date 2026-01-23" in told.body
    assert "retry_letters --date 2026-01-23 --yes" in told.body
    assert "× 554 5.7.1 Looks like spam" in told.body, "what the mail server said"


def test_a_mail_server_that_lets_nobody_in_is_told_by_mail(
    edition: Edition, post_office: PostOffice, settings: Settings
) -> None:
    settings.ALERT_EMAIL = "operator@example.net"
    settings.ALERT_MAIL_SERVER = {"backend": "django.core.mail.backends.locmem.EmailBackend"}
    post_office.on_mail = lambda address: "530 5.7.0 Authentication required"
    planned(edition, crowd(3))
    for minutes in (0, 10, 20):
        drain(edition, at=NOW + timedelta(minutes=minutes))
    [told] = mail.outbox
    assert told.subject == "Preprint Post: the letters of 2026-01-23 cannot leave"
    assert "3 letters wait." in told.body
    assert "530 5.7.0 Authentication required" in told.body
    drain(edition, at=NOW + timedelta(hours=7))
    assert len(mail.outbox) == 2


def test_retrying_is_not_advised_for_addresses_that_do_not_exist(edition: Edition) -> None:
    planned(edition, crowd(1), state="failed", fault="gone")
    pause.pause_by_itself(edition, "A reason.", NOW)
    assert "retry_letters" not in " ".join(pause.describe_pause(Edition.objects.get()))


def test_a_pause_that_nobody_was_told_of_is_told_later(edition: Edition, settings: Settings) -> None:
    """The drain was killed between the pause and the mail. What the operator did is no news to them."""
    settings.ALERT_EMAIL = "operator@example.net"
    settings.ALERT_MAIL_SERVER = {"backend": "django.core.mail.backends.locmem.EmailBackend"}
    pause.pause_edition(edition, "By hand.", NOW)
    pause.tell_operator(edition, NOW)
    assert mail.outbox == []
    pause.resume_edition(edition, NOW)
    pause.pause_by_itself(edition, "A reason.", NOW)
    for _ in range(2):
        pause.tell_operator(edition, NOW)
    assert len(mail.outbox) == 1


def test_a_mail_that_cannot_be_sent_harms_nothing(
    settings: Settings, caplog: pytest.LogCaptureFixture, edition: Edition
) -> None:
    settings.ALERT_EMAIL = "operator@example.net"
    settings.ALERT_MAIL_SERVER = {
        "backend": "digest.delivery.transports.smtp_backend.EmailBackend",
        "host": "127.0.0.1",
        "port": 9,
    }
    pause.pause_by_itself(edition, "A reason.", NOW)
    pause.tell_operator(edition, NOW)
    assert "could not be told by mail" in caplog.text
    assert Edition.objects.get().paused


def test_without_an_address_nobody_is_told(settings: Settings) -> None:
    settings.ALERT_EMAIL = ""
    operator_alerts.send_alert("Subject", "Body")
    assert mail.outbox == []
