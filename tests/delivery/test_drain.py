"""Draining the outbox: who gets a letter, what happens meanwhile, and when it stops."""

from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from pytest_django import DjangoAssertNumQueries, Settings

from digest.delivery import drain as sending
from digest.delivery import outbox
from digest.delivery.drain import Drained
from digest.delivery.transports import mailbox
from digest.delivery.workers import batch_size
from digest.domain import Letter, LetterOrder
from digest.models import Delivery, Edition
from subscriptions.address_hashes import hash_address
from subscriptions.models import Subscriber, Suppression
from subscriptions.reader import Reader
from tests.delivery.draining import drain
from tests.delivery.letters import TinyRenderer
from tests.delivery.outbox_rows import NOW, crowd, frozen_edition, planned, states
from tests.delivery.smtp_server import PostOffice
from tests.people import subscribe

pytestmark = pytest.mark.django_db


@pytest.fixture
def edition() -> Edition:
    return frozen_edition()


# --- a mailbox ------------------------------------------------------------------------------------------------------
def test_a_second_drain_sends_nothing(edition: Edition, mailbox_folder: Path) -> None:
    planned(edition, crowd(3))
    assert drain(edition) == Drained(accepted=3)
    assert drain(edition) == Drained()
    assert sorted(letter.to for letter in mailbox.list_letters(mailbox_folder)) == [
        "reader1@example.org",
        "reader2@example.org",
        "reader3@example.org",
    ]


def test_a_letter_stored_before_a_crash_is_not_stored_twice(edition: Edition, mailbox_folder: Path) -> None:
    rows = planned(edition, crowd(2))
    drain(edition)
    Delivery.objects.filter(id=rows[0].id).update(state="pending")
    assert drain(edition).accepted == 1
    assert len(mailbox.list_letters(mailbox_folder)) == 2


@pytest.mark.parametrize("readers", [2, batch_size.MIN_BATCH])
def test_queries_do_not_grow_with_the_readers_of_a_group(
    edition: Edition, mailbox_folder: Path, django_assert_num_queries: DjangoAssertNumQueries, readers: int
) -> None:
    planned(edition, crowd(readers))
    with django_assert_num_queries(22):
        assert drain(edition).accepted == readers


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
    Suppression.objects.create(address_hash=hash_address("reader1@example.org"), reason="complaint")
    Subscriber.objects.get(id=2).delete()
    assert drain(edition) == Drained(accepted=1, excluded=2)
    assert set(Delivery.objects.filter(state="excluded").values_list("reason", flat=True)) == {"suppressed", "deleted"}


def test_a_letter_that_cannot_be_assembled_fails_alone(edition: Edition, mailbox_folder: Path) -> None:
    planned(edition, crowd(3))
    assert drain(edition, renderer=TinyRenderer(broken=frozenset({2}))) == Drained(accepted=2, failed=1)
    assert Delivery.objects.get(subscriber=2).reason == "assembling: KeyError: 'no such paper'"


def test_the_letter_follows_the_row_and_not_later_wishes(edition: Edition, mailbox_folder: Path) -> None:
    orders: list[LetterOrder] = []

    class Listening(TinyRenderer):
        def letter(self, reader: Reader, order: LetterOrder) -> Letter:
            orders.append(order)
            return super().letter(reader, order)

    planned(edition, crowd(1), detail="abstract", language="zh")
    Subscriber.objects.update(detail="titles", language="en")
    drain(edition, renderer=Listening())
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
    found = sending.dry_run(edition, TinyRenderer(broken=frozenset({4})))
    assert (found.would_send, found.broken, found.excluded) == (2, 1, {"unsubscribed": 1})
    assert states(edition) == {"pending": 4}
    assert mailbox.list_letters(mailbox_folder) == []


# --- what happens meanwhile -----------------------------------------------------------------------------------------
def test_unsubscribing_during_a_drain_is_honoured(edition: Edition, post_office: PostOffice) -> None:
    class Leaving(TinyRenderer):
        def letter(self, reader: Reader, order: LetterOrder) -> Letter:
            Subscriber.objects.filter(id=reader.id + 1).update(status="unsubscribed")
            return super().letter(reader, order)

    planned(edition, crowd(4))
    assert drain(edition, renderer=Leaving()) == Drained(accepted=1, excluded=3)
    assert post_office.recipients == ["reader1@example.org"]


def test_what_happens_until_the_letter_is_submitted_is_honoured(
    edition: Edition, post_office: PostOffice, monkeypatch: pytest.MonkeyPatch
) -> None:
    submit = outbox.submit

    def at_the_last_moment(*arguments: Any) -> set[int]:
        Subscriber.objects.filter(id=1).update(status="unsubscribed")
        Subscriber.objects.filter(id=2).update(paused_until=NOW.date() + timedelta(days=1))
        Suppression.objects.create(address_hash=hash_address("reader3@example.org"), reason="complaint")
        Subscriber.objects.filter(id=4).delete()
        return submit(*arguments)

    monkeypatch.setattr(outbox, "submit", at_the_last_moment)
    planned(edition, crowd(5))
    assert drain(edition) == Drained(accepted=1, excluded=4)
    assert post_office.recipients == ["reader5@example.org"]
    reasons = Delivery.objects.order_by("id").values_list("reason", flat=True)
    assert list(reasons) == ["unsubscribed", "paused", "suppressed", "deleted", ""]


def test_an_edition_paused_at_the_last_moment_keeps_its_letters(
    edition: Edition, post_office: PostOffice, monkeypatch: pytest.MonkeyPatch
) -> None:
    submit = outbox.submit

    def at_the_last_moment(*arguments: Any) -> set[int]:
        Edition.objects.update(paused=True, pause_reason="Wait.")
        return submit(*arguments)

    monkeypatch.setattr(outbox, "submit", at_the_last_moment)
    planned(edition, crowd(3))
    assert drain(edition) == Drained(halted="Wait.")
    assert states(edition) == {"pending": 3}
    assert post_office.recipients == []


# --- stopping -------------------------------------------------------------------------------------------------------
def test_twenty_failures_in_a_row_pause_the_edition(
    edition: Edition, post_office: PostOffice, settings: Settings
) -> None:
    post_office.on_data = lambda address: "554 5.7.1 Looks like spam"
    planned(edition, crowd(30))
    found = drain(edition)
    edition.refresh_from_db()
    assert (found.halted, edition.paused) == (edition.pause_reason, True)
    assert "20 letters in a row" in edition.pause_reason
    assert 20 <= found.failed < 20 + settings.SMTP_CONNECTIONS, "those on their way when it was decided are finished"
    assert states(edition) == {"failed": found.failed, "pending": 30 - found.failed}


def test_more_than_a_twentieth_of_a_hundred_pauses_the_edition(edition: Edition, mailbox_folder: Path) -> None:
    planned(edition, crowd(150))
    renderer = TinyRenderer(broken=frozenset(range(10, 151, 10)))
    found = drain(edition, renderer=renderer)
    edition.refresh_from_db()
    assert 100 <= found.accepted + found.failed < 150
    assert edition.pause_reason == f"{found.failed} of {found.accepted + found.failed} letters could not be sent."


def test_a_server_that_puts_everything_off_causes_no_pause(
    edition: Edition, post_office: PostOffice, settings: Settings
) -> None:
    post_office.on_rcpt = lambda address: "452 4.3.1 Out of storage"
    planned(edition, crowd(25))
    found = drain(edition)
    edition.refresh_from_db()
    assert not edition.paused
    assert 20 <= found.deferred < 20 + settings.SMTP_CONNECTIONS
    assert "try again later" in found.halted


def test_a_drain_asked_to_stop_gives_back_the_other_letters(edition: Edition, post_office: PostOffice) -> None:
    planned(edition, crowd(12))
    found = drain(edition, stop=lambda: len(post_office.message_ids) >= 2)
    assert (found.stopped, 2 <= found.accepted < 12) == (True, True)
    assert states(edition) == {"accepted": found.accepted, "pending": 12 - found.accepted}
    assert len(post_office.message_ids) == found.accepted


def at_domains(domains: Sequence[str], count: int) -> list[Subscriber]:
    """Readers at *domains* by turns, in the order of their numbers."""
    readers = [(number, domains[number % len(domains)]) for number in range(1, count + 1)]
    return [subscribe(Reader(id=n, email=f"r{n}@{domain}", categories=("cs.LG",))) for n, domain in readers]


def test_a_domain_that_refuses_us_stops_nobody_else(edition: Edition, post_office: PostOffice) -> None:
    post_office.on_rcpt = lambda address: "550 5.7.1 Sender refused by policy" if "uni.example" in address else None
    planned(edition, at_domains(["uni.example"], 60) + crowd(30, first=100))
    found = drain(edition)
    edition.refresh_from_db()
    assert (edition.paused, found.accepted) == (False, 30)
    waiting = Delivery.objects.filter(state="pending")
    assert 20 <= found.failed < 60
    assert waiting.count() == 60 - found.failed
    assert set(waiting.values_list("reason", "not_before", "attempts")) == {
        ("domain_held", NOW + timedelta(hours=1), 0)
    }
    again = drain(edition, at=NOW + timedelta(hours=1))
    assert 1 <= again.failed < 20, "one refusal tells that nothing has changed"
    post_office.on_rcpt = lambda address: None
    last = drain(edition, at=NOW + timedelta(hours=2))
    assert last.accepted == 60 - found.failed - again.failed


def test_three_domains_that_refuse_us_pause_the_edition(edition: Edition, post_office: PostOffice) -> None:
    post_office.on_rcpt = lambda address: "550 5.7.1 Sender refused by policy"
    planned(edition, at_domains(["a.example", "b.example", "c.example"], 40))
    drain(edition)
    edition.refresh_from_db()
    assert edition.paused
