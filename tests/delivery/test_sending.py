"""Draining the outbox: who gets a letter, what an answer of the mail server means, and when it stops."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend
from django.db import connection
from pytest_django import DjangoAssertNumQueries, Settings

from digest.delivery import mailbox, outbox, sending, smtp
from digest.delivery.sending import Drained
from digest.models import Delivery, Edition
from digest.records import Letter, LetterOrder
from subscriptions.models import Subscriber, Suppression
from subscriptions.readers import Reader
from tests.delivery.letters import TinyPress
from tests.delivery.outbox_rows import NOW, crowd, frozen_edition, planned, states
from tests.delivery.post_office import PostOffice

pytestmark = pytest.mark.django_db


@pytest.fixture
def edition() -> Edition:
    return frozen_edition()


def drain(edition: Edition, *, at: datetime = NOW, **options: Any) -> Drained:
    return sending.drain(edition, options.pop("press", TinyPress()), now=lambda: at, **options)


def only_row() -> Delivery:
    return Delivery.objects.get()


# --- a mailbox ------------------------------------------------------------------------------------------------------
def test_everybody_gets_one_letter_and_a_second_drain_sends_nothing(edition: Edition, mailbox_folder: Path) -> None:
    planned(edition, crowd(3))
    assert drain(edition) == Drained(accepted=3)
    assert drain(edition) == Drained()
    assert sorted(letter.to for letter in mailbox.letters(mailbox_folder)) == [
        "reader1@example.org",
        "reader2@example.org",
        "reader3@example.org",
    ]


def test_a_letter_that_was_stored_before_a_crash_is_not_stored_twice(edition: Edition, mailbox_folder: Path) -> None:
    rows = planned(edition, crowd(2))
    drain(edition)
    Delivery.objects.filter(id=rows[0].id).update(state="pending")
    assert drain(edition).accepted == 1
    assert len(mailbox.letters(mailbox_folder)) == 2


def test_queries_do_not_grow_with_the_readers_of_a_batch(
    edition: Edition, mailbox_folder: Path, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    planned(edition, crowd(outbox_batch := sending.BATCH))
    with django_assert_max_num_queries(25):
        assert drain(edition).accepted == outbox_batch


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"status": "unsubscribed"}, "unsubscribed"),
        ({"paused_until": NOW.date() + timedelta(days=9)}, "paused"),
    ],
)
def test_whoever_leaves_after_the_planning_gets_nothing(
    edition: Edition, mailbox_folder: Path, change: dict[str, Any], reason: str
) -> None:
    planned(edition, crowd(2))
    Subscriber.objects.filter(id=2).update(**change)
    assert drain(edition) == Drained(accepted=1, excluded=1)
    assert Delivery.objects.get(subscriber=2).reason == reason


def test_a_suppressed_address_and_a_deleted_reader_get_nothing(edition: Edition, mailbox_folder: Path) -> None:
    planned(edition, crowd(3))
    Suppression.objects.create(email_key="reader1@example.org", reason="complaint")
    Subscriber.objects.get(id=2).delete()
    assert drain(edition) == Drained(accepted=1, excluded=2)
    assert set(Delivery.objects.filter(state="excluded").values_list("reason", flat=True)) == {"suppressed", "deleted"}


def test_a_letter_that_cannot_be_assembled_fails_alone(edition: Edition, mailbox_folder: Path) -> None:
    planned(edition, crowd(3))
    assert drain(edition, press=TinyPress(broken=frozenset({2}))) == Drained(accepted=2, failed=1)
    assert Delivery.objects.get(subscriber=2).reason == "assembling: KeyError: 'no such paper'"


def test_the_letter_follows_the_row_and_not_later_wishes(edition: Edition, mailbox_folder: Path) -> None:
    orders: list[LetterOrder] = []

    class Listening(TinyPress):
        def letter(self, reader: Reader, order: LetterOrder) -> Letter:
            orders.append(order)
            return super().letter(reader, order)

    planned(edition, crowd(1), detail="abstract", language="zh")
    Subscriber.objects.update(detail="titles", language="en")
    drain(edition, press=Listening())
    assert (orders[0].detail, orders[0].language, orders[0].date) == ("abstract", "zh", NOW)
    assert [pick.rank for pick in orders[0].picks] == [0]


def test_a_paused_edition_sends_nothing_and_says_why(edition: Edition, mailbox_folder: Path) -> None:
    planned(edition, crowd(1))
    Edition.objects.update(paused=True, pause_reason="Waiting for approval.")
    assert drain(edition) == Drained(halted="Waiting for approval.")
    assert states(edition) == {"pending": 1}


def test_progress_reaches_the_total(edition: Edition, mailbox_folder: Path) -> None:
    ticks: list[tuple[int, int | None]] = []
    planned(edition, crowd(2))
    drain(edition, tick=lambda done, total: ticks.append((done, total)))
    assert ticks[-1] == (2, 2)


def test_a_rehearsal_assembles_everything_and_sends_nothing(edition: Edition, mailbox_folder: Path) -> None:
    planned(edition, crowd(4))
    Subscriber.objects.filter(id=3).update(status="unsubscribed")
    assert sending.rehearse(edition, TinyPress(broken=frozenset({4}))) == 2
    assert states(edition) == {"pending": 4}
    assert mailbox.letters(mailbox_folder) == []


# --- a mail server --------------------------------------------------------------------------------------------------
def test_letters_go_over_one_connection_each_with_its_own_message_id(edition: Edition, post_office: PostOffice) -> None:
    planned(edition, crowd(3))
    assert drain(edition) == Drained(accepted=3)
    assert post_office.connections == 1
    assert sorted(post_office.message_ids) == sorted(Delivery.objects.values_list("provider_id", flat=True))
    assert post_office.doubles == []


def test_an_unknown_address_fails_and_is_never_written_to_again(edition: Edition, post_office: PostOffice) -> None:
    post_office.on_rcpt = lambda address: "550 5.1.1 No such user here" if "reader1@" in address else None
    planned(edition, crowd(2))
    assert drain(edition) == Drained(accepted=1, failed=1)
    assert Delivery.objects.get(subscriber=1).reason == "550 5.1.1 No such user here"
    assert Suppression.objects.values_list("email_key", "reason").get() == ("reader1@example.org", "hard_bounce")


def test_a_refusal_for_another_reason_fails_without_suppressing(edition: Edition, post_office: PostOffice) -> None:
    post_office.on_rcpt = lambda address: "550 5.7.1 Blocked by policy"
    planned(edition, crowd(1))
    assert drain(edition) == Drained(failed=1)
    assert not Suppression.objects.exists()


def test_a_refused_letter_fails(edition: Edition, post_office: PostOffice) -> None:
    post_office.on_data = lambda address: "554 5.6.0 Message content rejected"
    planned(edition, crowd(1))
    assert drain(edition) == Drained(failed=1)


@pytest.mark.parametrize("where", ["on_rcpt", "on_data"])
def test_a_server_that_asks_for_later_is_asked_later(edition: Edition, post_office: PostOffice, where: str) -> None:
    setattr(post_office, where, lambda address: "451 4.7.1 Greylisted, try again later")
    planned(edition, crowd(1))
    assert drain(edition) == Drained(deferred=1)
    assert only_row().not_before == NOW + timedelta(minutes=1)
    assert drain(edition) == Drained()
    setattr(post_office, where, lambda address: None)
    assert drain(edition, at=NOW + timedelta(minutes=1)) == Drained(accepted=1)


def test_after_five_attempts_a_letter_is_given_up(edition: Edition, post_office: PostOffice) -> None:
    post_office.on_rcpt = lambda address: "450 4.2.2 Mailbox full"
    planned(edition, crowd(1))
    at, waits = NOW, []
    while (row := only_row()).state == "pending":
        at = row.not_before or at
        waits.append(at - NOW)
        drain(edition, at=at)
    assert waits == [timedelta(minutes=minutes) for minutes in (0, 1, 6, 21, 81)]
    assert (row.state, row.attempts) == ("failed", 5)
    assert "450 4.2.2 Mailbox full" in row.reason


def test_a_connection_lost_after_the_whole_letter_leaves_it_uncertain(
    edition: Edition, post_office: PostOffice
) -> None:
    post_office.on_data = lambda address: "drop" if "reader1@" in address else None
    planned(edition, crowd(2))
    assert drain(edition) == Drained(accepted=1, uncertain=1)
    assert drain(edition) == Drained()
    assert (len(post_office.message_ids), post_office.doubles) == (2, [])


def test_an_answer_that_comes_too_late_leaves_the_letter_uncertain(
    edition: Edition, post_office: PostOffice, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.EMAIL_TIMEOUT = 0.2
    monkeypatch.setattr(smtp, "PATIENCE", 0.3)
    post_office.on_data = lambda address: "wait"
    planned(edition, crowd(1))
    assert drain(edition) == Drained(uncertain=1)


def test_a_slow_answer_is_waited_for(
    edition: Edition, post_office: PostOffice, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.EMAIL_TIMEOUT = 0.2
    post_office.on_data = lambda address: "wait"
    planned(edition, crowd(1))
    assert drain(edition) == Drained(accepted=1)


def test_the_operator_may_have_an_uncertain_letter_repeated(
    edition: Edition, post_office: PostOffice, settings: Settings
) -> None:
    settings.UNCERTAIN_LETTERS = "retry"
    post_office.on_data = lambda address: "drop"
    planned(edition, crowd(1))
    assert drain(edition) == Drained(deferred=1)
    post_office.on_data = lambda address: None
    assert drain(edition, at=NOW + timedelta(minutes=1)) == Drained(accepted=1)
    assert len(set(post_office.message_ids)) == 1


@pytest.mark.parametrize("where", ["on_mail", "on_rcpt"])
def test_a_connection_lost_before_the_letter_is_opened_again(
    edition: Edition, post_office: PostOffice, where: str
) -> None:
    answers = iter(["drop"])
    setattr(post_office, where, lambda address: next(answers, None))
    planned(edition, crowd(2))
    assert drain(edition) == Drained(accepted=2)
    assert (post_office.connections, post_office.doubles) == (2, [])


def test_a_server_that_closes_after_some_letters_gets_the_rest_on_a_new_connection(
    edition: Edition, post_office: PostOffice
) -> None:
    answers = iter([None, "421 4.7.0 Too many messages on this connection"])
    post_office.on_mail = lambda address: next(answers, None)
    planned(edition, crowd(3))
    assert drain(edition) == Drained(accepted=3)
    assert post_office.connections == 2


def test_an_address_that_breaks_every_connection_is_put_off(edition: Edition, post_office: PostOffice) -> None:
    post_office.on_rcpt = lambda address: "drop" if "reader1@" in address else None
    planned(edition, crowd(2))
    assert drain(edition) == Drained(accepted=1, deferred=1)


def test_a_mail_server_that_is_away_costs_no_letter_an_attempt(
    edition: Edition, post_office: PostOffice, settings: Settings
) -> None:
    port, settings.EMAIL_PORT = settings.EMAIL_PORT, 9
    planned(edition, crowd(3))
    found = drain(edition)
    assert (found.accepted, found.deferred) == (0, 0)
    assert "refused" in found.halted
    assert set(Delivery.objects.values_list("state", "attempts", "not_before")) == {("pending", 0, None)}
    settings.EMAIL_PORT = port
    assert drain(edition) == Drained(accepted=3)


def test_a_sender_who_is_not_allowed_stops_the_drain(edition: Edition, post_office: PostOffice) -> None:
    post_office.on_mail = lambda address: "530 5.7.0 Authentication required"
    planned(edition, crowd(3))
    assert drain(edition) == Drained(halted="530 5.7.0 Authentication required")
    assert states(edition) == {"pending": 3}


def test_unsubscribing_during_a_drain_is_honoured(edition: Edition, post_office: PostOffice) -> None:
    class Leaving(TinyPress):
        def letter(self, reader: Reader, order: LetterOrder) -> Letter:
            Subscriber.objects.filter(id=reader.id + 1).update(status="unsubscribed")
            return super().letter(reader, order)

    planned(edition, crowd(4))
    assert drain(edition, press=Leaving()) == Drained(accepted=2, excluded=2)
    assert post_office.recipients == ["reader1@example.org", "reader3@example.org"]


# --- stopping -------------------------------------------------------------------------------------------------------
def test_twenty_failures_in_a_row_pause_the_edition(edition: Edition, post_office: PostOffice) -> None:
    post_office.on_data = lambda address: "554 5.7.1 Looks like spam"
    planned(edition, crowd(30))
    found = drain(edition)
    edition.refresh_from_db()
    assert (found.failed, found.halted, edition.paused) == (20, edition.pause_reason, True)
    assert "20 letters in a row" in edition.pause_reason
    assert states(edition) == {"failed": 20, "pending": 10}


def test_more_than_a_twentieth_of_a_hundred_pauses_the_edition(edition: Edition, mailbox_folder: Path) -> None:
    planned(edition, crowd(150))
    press = TinyPress(broken=frozenset(range(10, 151, 10)))
    found = drain(edition, press=press)
    edition.refresh_from_db()
    assert (found.accepted, found.failed) == (90, 10)
    assert edition.pause_reason == "10 of 100 letters could not be sent."


def test_a_server_that_puts_everything_off_is_left_in_peace_but_nothing_is_paused(
    edition: Edition, post_office: PostOffice
) -> None:
    post_office.on_rcpt = lambda address: "452 4.3.1 Out of storage"
    planned(edition, crowd(25))
    found = drain(edition)
    edition.refresh_from_db()
    assert (found.deferred, edition.paused) == (20, False)
    assert "try again later" in found.halted


def test_a_drain_that_is_asked_to_stop_finishes_its_letter_and_gives_back_the_rest(
    edition: Edition, post_office: PostOffice
) -> None:
    planned(edition, crowd(5))
    assert drain(edition, stop=lambda: len(post_office.message_ids) == 2) == Drained(accepted=2, stopped=True)
    assert states(edition) == {"accepted": 2, "pending": 3}


class Nervous(BaseEmailBackend):
    """Refuses to send inside a transaction, and breaks in unheard-of ways."""

    error: Exception | None = None

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        assert not connection.in_atomic_block
        assert Delivery.objects.get().state == "submitting"
        if self.error:
            raise self.error
        return len(email_messages)


@pytest.fixture
def nervous(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> type[Nervous]:
    settings.EMAIL_BACKEND = "tests.delivery.test_sending.Nervous"
    monkeypatch.setattr(Nervous, "error", None)
    return Nervous


@pytest.mark.django_db(transaction=True)
def test_no_transaction_is_open_while_a_letter_is_sent(nervous: type[Nervous]) -> None:
    edition = frozen_edition()
    planned(edition, crowd(1))
    assert drain(edition) == Drained(accepted=1)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("error", "state"),
    [
        (RuntimeError("what is this"), "uncertain"),
        (OSError("broken pipe"), "uncertain"),
        (UnicodeError("surrogates"), "failed"),
    ],
)
def test_an_error_nobody_foresaw_is_never_taken_for_a_letter_unsent(
    nervous: type[Nervous], monkeypatch: pytest.MonkeyPatch, error: Exception, state: str
) -> None:
    monkeypatch.setattr(nervous, "error", error)
    edition = frozen_edition()
    planned(edition, crowd(1))
    drain(edition)
    assert states(edition) == {state: 1}


def test_an_interrupted_drain_gives_back_what_it_had_claimed(
    edition: Edition, post_office: PostOffice, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(*args: object) -> None:
        raise KeyboardInterrupt

    planned(edition, crowd(3))
    monkeypatch.setattr(outbox, "accepted", interrupt)
    with pytest.raises(KeyboardInterrupt):
        drain(edition)
    assert states(edition) == {"submitting": 1, "pending": 2}
