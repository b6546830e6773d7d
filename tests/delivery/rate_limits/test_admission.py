"""A drain keeps to the limits: who may not go yet is free again, and while nobody may it waits or ends."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from pytest_django import DjangoAssertNumQueries, Settings

from digest.delivery import drain as sending
from digest.delivery.drain import Drained
from digest.delivery.rate_limits import admission, limiter
from digest.models import Delivery, Edition, Pace
from subscriptions.models import Subscriber
from tests.delivery.letters import TinyRenderer
from tests.delivery.outbox_rows import NOW, crowd, frozen_edition, planned, states
from tests.delivery.smtp_server import PostOffice

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("post_office")]
MINUTE = timedelta(minutes=1)
SLOWER = "421 4.7.28 gmail.com has detected an unusual rate of mail."


class Clock:
    """Moves only when the drain waits."""

    def __init__(self) -> None:
        self.time = NOW

    def now(self) -> datetime:
        return self.time

    def sleep(self, seconds: float) -> None:
        self.time += timedelta(seconds=seconds)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    found = Clock()
    monkeypatch.setattr("digest.delivery.rate_limits.admission.time.sleep", found.sleep)
    return found


@pytest.fixture
def edition() -> Edition:
    return frozen_edition()


def drain(edition: Edition, clock: Clock, **options: Any) -> Drained:
    return sending.drain(edition, TinyRenderer(), now=clock.now, **options)


def at_domains(*domains: str) -> list[Subscriber]:
    readers = crowd(len(domains))
    for reader, domain in zip(readers, domains, strict=True):
        reader.email = reader.email_key = f"reader{reader.id}@{domain}"
        reader.save()
    return readers


def waiting() -> dict[int, tuple[datetime | None, int, str]]:
    rows = Delivery.objects.filter(state="pending").order_by("subscriber")
    return {row.subscriber_id or 0: (row.not_before, row.attempts, row.reason) for row in rows}


def test_a_full_domain_takes_the_rest_later(
    edition: Edition, clock: Clock, post_office: PostOffice, settings: Settings
) -> None:
    settings.DOMAIN_RATE_LIMITS = {"gmail.com": (1, 60)}
    planned(edition, at_domains("gmail.com", "gmail.com", "a.org", "GMail.com", "b.org"))
    assert drain(edition, clock) == Drained(accepted=3)
    assert clock.time == NOW, "it did not wait"
    assert waiting() == {2: (NOW + MINUTE, 0, "paced"), 4: (NOW + 2 * MINUTE, 0, "paced")}
    clock.time += MINUTE
    assert drain(edition, clock) == Drained(accepted=1)
    clock.time += MINUTE
    assert drain(edition, clock) == Drained(accepted=1)
    assert (len(post_office.message_ids), post_office.doubles) == (5, [])
    assert set(Delivery.objects.values_list("state", "reason", "attempts")) == {("accepted", "", 1)}


def test_a_limit_of_letters_in_a_second_is_waited_for(edition: Edition, clock: Clock, settings: Settings) -> None:
    settings.RATE_LIMIT = (2, 1)
    planned(edition, crowd(7))
    assert drain(edition, clock) == Drained(accepted=7)
    assert 3 <= (clock.time - NOW).total_seconds() <= 5


def test_an_hourly_limit_ends_the_drain_and_says_until_when(edition: Edition, clock: Clock, settings: Settings) -> None:
    settings.RATE_LIMIT = (2, 3600)
    planned(edition, crowd(5))
    assert drain(edition, clock) == Drained(
        accepted=2, halted="The limit of letters is used up until 2026-01-23 09:00."
    )
    assert waiting() == dict.fromkeys((3, 4, 5), (None, 0, ""))
    clock.time += timedelta(hours=1)
    assert drain(edition, clock).accepted == 2


def test_a_drain_that_waits_stops_when_asked(edition: Edition, clock: Clock, settings: Settings) -> None:
    settings.RATE_LIMIT = (2, 60)
    planned(edition, crowd(5))
    found = drain(edition, clock, stop=lambda: clock.time > NOW)
    assert (found.accepted, found.stopped, states(edition)) == (2, True, {"accepted": 2, "pending": 3})
    assert clock.time - NOW < timedelta(seconds=2)


def test_a_drain_that_waits_ends_when_the_edition_is_paused(edition: Edition, clock: Clock, settings: Settings) -> None:
    settings.RATE_LIMIT = (2, 60)
    planned(edition, crowd(5))

    def stop() -> bool:
        if clock.time > NOW:
            Edition.objects.update(paused=True, pause_reason="Wait.")
        return False

    assert drain(edition, clock, stop=stop) == Drained(accepted=2, halted="Wait.")


def test_letters_to_a_resting_domain_wait_untried(edition: Edition, clock: Clock, post_office: PostOffice) -> None:
    asked: list[str] = []

    def answer(address: str) -> str | None:
        asked.append(address)
        return SLOWER.replace("421", "451") if "gmail" in address else None

    post_office.on_rcpt = answer
    readers = at_domains("gmail.com", "a.org", *["b.org"] * 20, "gmail.com", "gmail.com")
    planned(edition, readers)
    found = drain(edition, clock)
    assert (found.accepted, found.deferred) == (21, 1), "the others come in a later group"
    rested = NOW + limiter.DOMAIN_REST_DURATIONS[0]
    assert waiting() == {
        1: (NOW + MINUTE, 1, "451 4.7.28 gmail.com has detected an unusual rate of mail."),
        23: (rested, 0, "paced"),
        24: (rested, 0, "paced"),
    }
    clock.time += MINUTE
    drain(edition, clock)
    assert len([address for address in asked if "gmail" in address]) == 1, "another drain knows it too"
    assert waiting()[1] == (rested, 1, "451 4.7.28 gmail.com has detected an unusual rate of mail.")


def test_who_was_deleted_takes_no_place(edition: Edition, clock: Clock, settings: Settings) -> None:
    settings.RATE_LIMIT = (2, 3600)
    planned(edition, crowd(3))
    Subscriber.objects.get(id=1).delete()
    assert drain(edition, clock) == Drained(accepted=2, excluded=1)
    assert Pace.objects.get().used == 2


def test_without_limits_a_drain_pays_one_question_for_them(
    edition: Edition, clock: Clock, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    rows = planned(edition, crowd(3))
    Delivery.objects.update(state="claimed", worker="me")
    readers = sending._read_readers(rows)
    passing = admission.AdmissionControl("me", clock.now)
    with django_assert_num_queries(1):
        for _ in range(5):
            assert passing.admit(rows, readers) == rows
