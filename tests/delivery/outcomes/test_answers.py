"""What an answer of the mail server, or none, means for a letter in a drain: `test_drain.py` has the rest."""

from datetime import timedelta

import pytest
from pytest_django import Settings

from digest.delivery.drain import Drained
from digest.delivery.transports import smtp_backend
from digest.letters.message_id import make_message_id
from digest.models import Delivery, Edition
from subscriptions.address_hashes import hash_address
from subscriptions.models import Suppression
from tests.delivery.draining import drain
from tests.delivery.outbox_rows import NOW, crowd, frozen_edition, planned, states
from tests.delivery.smtp_server import PostOffice

pytestmark = pytest.mark.django_db


@pytest.fixture
def edition() -> Edition:
    return frozen_edition()


def only_row() -> Delivery:
    return Delivery.objects.get()


def test_one_connection_carries_letters_with_their_own_ids(edition: Edition, post_office: PostOffice) -> None:
    planned(edition, crowd(3))
    assert drain(edition) == Drained(accepted=3)
    assert post_office.connections == 1
    assert sorted(post_office.message_ids) == sorted(make_message_id(row.id, NOW) for row in Delivery.objects.all())
    assert post_office.doubles == []


def test_an_unknown_address_fails_and_is_never_written_to_again(edition: Edition, post_office: PostOffice) -> None:
    post_office.on_rcpt = lambda address: "550 5.1.1 No such user here" if "reader1@" in address else None
    planned(edition, crowd(2))
    assert drain(edition) == Drained(accepted=1, failed=1)
    assert Delivery.objects.get(subscriber=1).reason == "550 5.1.1 No such user here"
    assert Suppression.objects.values_list("address_hash", "reason").get() == (
        hash_address("reader1@example.org"),
        "hard_bounce",
    )


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


def test_a_letter_is_tried_every_hour_until_it_is_too_late(edition: Edition, post_office: PostOffice) -> None:
    post_office.on_rcpt = lambda address: "450 4.2.2 Mailbox full"
    planned(edition, crowd(1))
    at, waits = NOW, []
    while (row := only_row()).state == "pending":
        at = row.not_before or at
        waits.append((at - NOW) // timedelta(minutes=1))
        drain(edition, at=at)
    assert waits == [0, 1, 6, *range(21, 18 * 60, 60)]
    assert (row.state, row.attempts, row.reason) == (
        "failed",
        len(waits),
        "Not taken in time: 450 4.2.2 Mailbox full",
    )


@pytest.mark.parametrize("minutes", [5, 30])
def test_a_greylisting_server_gets_the_letter_later(edition: Edition, post_office: PostOffice, minutes: int) -> None:
    post_office.on_rcpt = lambda address: "450 4.2.0 Greylisted" if at < NOW + timedelta(minutes=minutes) else None
    planned(edition, crowd(1))
    at = NOW
    while (row := only_row()).state == "pending":
        at = row.not_before or at
        drain(edition, at=at)
    assert row.state == "accepted"
    assert at - NOW <= timedelta(minutes=minutes + 60)


def test_a_letter_that_may_arrive_each_time_is_not_tried_all_day(
    edition: Edition, post_office: PostOffice, settings: Settings
) -> None:
    settings.UNCERTAIN_LETTERS = "retry"
    post_office.on_data = lambda address: "drop"
    planned(edition, crowd(1))
    at = NOW
    while (row := only_row()).state == "pending":
        at = row.not_before or at
        drain(edition, at=at)
    assert (row.state, row.attempts) == ("uncertain", 5)


def test_a_connection_lost_after_the_letter_is_uncertain(edition: Edition, post_office: PostOffice) -> None:
    post_office.on_data = lambda address: "drop" if "reader1@" in address else None
    planned(edition, crowd(2))
    assert drain(edition) == Drained(accepted=1, uncertain=1)
    assert drain(edition) == Drained()
    assert (len(post_office.message_ids), post_office.doubles) == (2, [])


def test_a_reply_that_comes_too_late_is_uncertain(
    edition: Edition, post_office: PostOffice, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.EMAIL_TIMEOUT = 0.2
    monkeypatch.setattr(smtp_backend, "FINAL_REPLY_TIMEOUT", 0.3)
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


def test_a_server_that_closes_gets_the_rest_on_a_new_connection(edition: Edition, post_office: PostOffice) -> None:
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
    assert drain(edition) == Drained(halted="530 5.7.0 Authentication required", is_down=True)
    assert states(edition) == {"pending": 3}
