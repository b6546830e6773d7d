"""A relay that throttles gets every letter in one drain, and none of them loses an attempt."""

import socket
from collections import Counter, deque
from datetime import timedelta
from typing import Any

import pytest
from pytest_django import Settings

from digest.delivery import drain as sending
from digest.delivery.drain import Drained
from digest.delivery.rate_limits import relay_rate
from digest.delivery.rate_limits.limiter import RateLimiter
from digest.models import Delivery, Edition, Pace
from subscriptions.models import Subscriber
from tests.delivery.letters import TinyRenderer
from tests.delivery.outbox_rows import NOW, crowd, frozen_edition, planned
from tests.delivery.smtp_server import PostOffice
from tests.delivery.talking_server import Server, converse, greet, server

pytestmark = pytest.mark.django_db
THROTTLED = "454 Throttling failure: Maximum sending rate exceeded."
TOO_MANY_FROM_US = "421 4.7.28 Our system has detected an unusual rate of mail from your IP address [192.0.2.1]"
RATE = 14


class Clock:
    """Moves only when a drain waits."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def now(self) -> Any:
        return NOW + timedelta(seconds=self.seconds)

    def monotonic(self) -> float:
        return self.seconds + 1.0

    def sleep(self, seconds: float) -> None:
        self.seconds += seconds


class Relay:
    """Takes so many letters in any second."""

    def __init__(self, clock: Clock, answer: str = THROTTLED, rate: int = RATE) -> None:
        self.clock, self.answer, self.rate = clock, answer, rate
        self.taken: deque[float] = deque()
        self.throttled = 0

    def __call__(self, address: str) -> str | None:
        while self.taken and self.taken[0] <= self.clock.seconds - 1:
            self.taken.popleft()
        if len(self.taken) < self.rate:
            self.taken.append(self.clock.seconds)
            return None
        self.throttled += 1
        return self.answer


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    found = Clock()
    monkeypatch.setattr("digest.delivery.rate_limits.admission.time.sleep", found.sleep)
    monkeypatch.setattr("digest.delivery.rate_limits.pacing.monotonic", found.monotonic)
    return found


@pytest.fixture
def edition() -> Edition:
    return frozen_edition()


def drain(edition: Edition, clock: Clock) -> Drained:
    return sending.drain(edition, TinyRenderer(), now=clock.now)


@pytest.mark.parametrize(
    ("place", "answer"),
    [
        ("on_mail", THROTTLED),
        ("on_data", THROTTLED),
        ("on_rcpt", TOO_MANY_FROM_US),
        ("on_rcpt", "451 4.7.1 Slow down"),
        ("on_mail", "421 4.7.0 Too many messages, slow down"),
        ("on_data", "421 4.7.28 Unusual rate of mail"),
    ],
)
def test_all_letters_to_one_domain_are_out_in_one_drain(
    edition: Edition, clock: Clock, post_office: PostOffice, place: str, answer: str
) -> None:
    relay = Relay(clock, answer)
    setattr(post_office, place, relay)
    planned(edition, crowd(200))
    assert drain(edition, clock) == Drained(accepted=200)
    assert set(Delivery.objects.values_list("attempts", "reason", "not_before")) == {(1, "", None)}
    assert clock.seconds < 200 / RATE * 1.7, "seconds, and no domain rested for minutes"
    assert relay.throttled < 60
    assert (len(post_office.message_ids), post_office.doubles) == (200, [])


def test_throttled_letters_keep_their_order_roughly(edition: Edition, clock: Clock, post_office: PostOffice) -> None:
    post_office.on_mail = Relay(clock)
    planned(edition, crowd(60))
    drain(edition, clock)
    numbers = [int(address[len("reader") :].partition("@")[0]) for address in post_office.recipients]
    assert all(abs(number - place) <= 16 for place, number in enumerate(numbers, start=1))


def test_twenty_throttle_answers_and_more_end_no_drain(edition: Edition, clock: Clock, post_office: PostOffice) -> None:
    relay = Relay(clock, rate=1)
    post_office.on_mail = relay
    planned(edition, crowd(30))
    assert drain(edition, clock) == Drained(accepted=30)
    assert relay.throttled > 5
    edition.refresh_from_db()
    assert not edition.paused


def test_a_limit_of_a_minute_is_found_too(edition: Edition, clock: Clock, post_office: PostOffice) -> None:
    """Office 365 takes 30 letters a minute."""
    counts: dict[int, int] = {}

    def answer(address: str) -> str | None:
        minute = int(clock.seconds // 60)
        counts[minute] = counts.get(minute, 0) + 1
        return THROTTLED if counts[minute] > 30 else None

    post_office.on_mail = answer
    planned(edition, crowd(75))
    assert drain(edition, clock) == Drained(accepted=75)
    assert clock.seconds < 4 * 60


def test_a_quota_that_is_used_up_ends_the_drain_and_costs_no_attempt(
    edition: Edition, clock: Clock, post_office: PostOffice
) -> None:
    answers = 0

    def answer(address: str) -> str:
        nonlocal answers
        answers += 1
        return "454 Throttling failure: Daily message quota exceeded."

    post_office.on_mail = answer
    planned(edition, crowd(30))
    found = drain(edition, clock)
    assert found == Drained(halted=found.halted)
    assert "takes no more letters for now: 454 Throttling failure: Daily message quota" in found.halted
    assert 60 < clock.seconds < 180
    assert set(Delivery.objects.values_list("state", "attempts")) == {("pending", 0)}
    before, clock.seconds = answers, clock.seconds + 60
    assert drain(edition, clock).halted
    assert answers == before + 3, "three letters try whether any is taken, one after the other"


def test_a_relay_that_throttles_at_the_greeting_is_asked_again(
    edition: Edition, clock: Clock, settings: Settings
) -> None:
    def refuse(server: Server, connection: socket.socket) -> None:
        connection.sendall(b"421 4.7.0 Rate limit exceeded, try again later\r\n")

    with server(settings, refuse, refuse, greet):
        planned(edition, crowd(5))
        assert drain(edition, clock) == Drained(accepted=5)
    assert clock.seconds < 10
    assert set(Delivery.objects.values_list("attempts", flat=True)) == {1}


def test_a_letter_that_alone_is_throttled_holds_up_nobody(
    edition: Edition, clock: Clock, post_office: PostOffice
) -> None:
    post_office.on_data = lambda address: THROTTLED if address == "reader1@example.org" else None
    planned(edition, crowd(30))
    found = drain(edition, clock)
    assert (found.accepted, found.failed, found.halted) == (29, 0, "")
    assert found.deferred, "it is tried again as any letter that was put off"


def test_an_unclear_answer_to_one_domain_holds_up_no_other(
    edition: Edition, clock: Clock, post_office: PostOffice
) -> None:
    """At RCPT, and naming nobody: the domain does not rest, and the relay goes on."""
    readers = crowd(60)
    for reader in readers[:20]:
        reader.email = reader.email_key = f"reader{reader.id}@slow.example"
        reader.save()
    post_office.on_rcpt = lambda address: "451 4.7.1 Slow down" if "slow.example" in address else None
    planned(edition, readers)
    drain(edition, clock)
    assert clock.seconds == 0, "nobody had to wait"
    assert not Pace.objects.filter(rest_until__isnull=False).exists()


@pytest.mark.parametrize("backlog", [1, 2])
def test_another_drain_keeps_to_the_learned_rate(
    edition: Edition, clock: Clock, post_office: PostOffice, backlog: int
) -> None:
    relay = Relay(clock)
    post_office.on_mail = relay
    planned(edition, crowd(60))
    drain(edition, clock)
    before = relay.throttled
    planned(edition, crowd(20 * backlog, first=100))
    assert drain(edition, clock) == Drained(accepted=20 * backlog)
    assert relay.throttled <= before + 1, "it did not find out anew"


def test_workers_share_the_learned_rate() -> None:
    one, other = RateLimiter(), RateLimiter()
    letters = [(number, "example.org") for number in range(100)]
    assert len(one.admit(letters, NOW).now) == 100
    one.slow_down(THROTTLED, NOW, 10.0)
    later = NOW + timedelta(seconds=1)
    first, second = one.admit(letters, later), other.admit(letters, later)
    assert first.share is not None
    assert second.share is not None
    assert (len(first.now), len(second.now)) == (9, 9)
    assert second.share.start >= first.share.start + timedelta(seconds=0.9), "the other's letters come after them"
    assert one.admit(letters, later).full_until == second.share.start + timedelta(seconds=9 * second.share.interval)


def test_a_configured_limit_holds_beside_the_learned_one(settings: Settings) -> None:
    settings.RATE_LIMIT = (4, 60)
    limiter = RateLimiter()
    limiter.slow_down(THROTTLED, NOW, 10.0)
    letters = [(number, "example.org") for number in range(100)]
    assert len(limiter.admit(letters, NOW + timedelta(seconds=1)).now) == 4


def test_a_learned_rate_is_forgotten_and_then_costs_nothing() -> None:
    limiter = RateLimiter()
    limiter.slow_down(THROTTLED, NOW, 10.0)
    letters = [(number, "example.org") for number in range(100)]
    later = NOW + timedelta(minutes=6)
    assert len(limiter.admit(letters, later).now) == 100
    assert not limiter.is_paced
    assert not RateLimiter().is_paced


def test_the_operator_sees_what_was_learned() -> None:
    RateLimiter().slow_down(THROTTLED, NOW, 10.0)
    row = Pace.objects.get()
    assert (row.name, row.rate, row.answer, row.throttled_at) == ("", 10.0, THROTTLED, NOW)
    assert relay_rate.rate_of(row) is not None


def test_a_port_like_a_code_makes_no_refusal_pass(edition: Edition, clock: Clock, settings: Settings) -> None:
    """Port 465 stands in the reason; 554 says that it is for good."""

    def refuse(server: Server, connection: socket.socket) -> None:
        connection.sendall(b"554 Too many bad commands from your IP, since 465 days\r\n")

    with server(settings, refuse):
        planned(edition, crowd(5))
        found = drain(edition, clock)
    assert (found.is_down, clock.seconds) == (True, 0.0)


def test_a_relay_that_throttles_between_letters_is_waited_for(
    edition: Edition, clock: Clock, settings: Settings
) -> None:
    """Its first connection ends after a letter, and the next is greeted with a throttle answer."""

    def take_one(server: Server, connection: socket.socket) -> None:
        def end(command: str) -> float:
            if command.startswith("MAIL") and server.taken:
                raise ConnectionResetError
            return 0.0

        converse(server, connection, end)

    def refuse(server: Server, connection: socket.socket) -> None:
        connection.sendall(b"421 4.7.0 Rate limit exceeded, try again later\r\n")

    settings.SMTP_CONNECTIONS = 1
    with server(settings, take_one, refuse, refuse, greet):
        planned(edition, crowd(5))
        assert drain(edition, clock) == Drained(accepted=5)
    assert clock.seconds < 10


# --- throttle answers that are about a few readers -------------------------------------------------------------------
FROM_US = "450 4.7.1 too many messages from your IP [192.0.2.1]"
OF_READER = "451 4.7.1 Rate limit exceeded for this recipient, try later"


def at(domain: str, readers: list[Subscriber]) -> list[Subscriber]:
    for reader in readers:
        reader.email = reader.email_key = f"reader{reader.id}@{domain}"
        reader.save()
    return readers


def at_ten_domains(count: int, first: int) -> list[Subscriber]:
    readers = crowd(count, first=first)
    for number in range(10):
        at(f"good{number}.example", readers[number::10])
    return readers


@pytest.mark.parametrize(
    ("place", "answer"),
    [
        ("on_data", OF_READER),
        ("on_rcpt", FROM_US),
        ("on_rcpt", "451 4.7.1 Recipient account receives too many messages"),
    ],
)
@pytest.mark.parametrize("servers", [1, 3])
def test_three_throttled_readers_starve_nobody(
    edition: Edition, clock: Clock, post_office: PostOffice, place: str, answer: str, servers: int
) -> None:
    first = crowd(3)
    for number in range(servers):
        at(f"bad{number}.example", first[number::servers])
    planned(edition, [*first, *at_ten_domains(57, first=10)])
    setattr(post_office, place, lambda address: answer if "bad" in address else None)
    found = drain(edition, clock)
    assert (found.accepted, found.halted) == (57, "")
    assert clock.seconds < 30


def test_a_domain_that_throttles_now_and_then_slows_down_no_other(
    edition: Edition, clock: Clock, post_office: PostOffice
) -> None:
    """Each of its letters is throttled three times, and then taken."""
    tries: Counter[str] = Counter()

    def answer(address: str) -> str | None:
        tries[address] += "bad" in address
        return OF_READER if 0 < tries[address] <= 3 else None

    post_office.on_data = answer
    readers = at_ten_domains(300, first=1)
    at("bad.example", readers[::10])
    planned(edition, readers)
    assert drain(edition, clock).accepted >= 270
    assert clock.seconds < 20


def test_what_one_domain_taught_of_the_rate_is_forgotten(
    edition: Edition, clock: Clock, post_office: PostOffice
) -> None:
    planned(edition, [*at("bad.example", crowd(3)), *at_ten_domains(57, first=10)])
    post_office.on_data = lambda address: OF_READER if "bad" in address else None
    drain(edition, clock)
    assert list(Pace.objects.exclude(rest_until=None).values_list("name", flat=True)) == ["bad.example"]
    assert Pace.objects.get(name="").rate is None


def test_refusals_of_another_drain_end_none(edition: Edition, clock: Clock, post_office: PostOffice) -> None:
    """The letters at the front were refused often, and are again: the next one may be taken."""
    limiter = RateLimiter()
    for number in range(12):
        limiter.slow_down(OF_READER, NOW + timedelta(seconds=number * 40 - 450), 1.0)
    planned(edition, [*at("bad.example", crowd(3)), *at_ten_domains(57, first=10)])
    post_office.on_data = lambda address: OF_READER if "bad" in address else None
    found = drain(edition, clock)
    assert (found.accepted, found.halted) == (57, "")


def test_a_relay_that_throttles_all_domains_rests_none(edition: Edition, clock: Clock, post_office: PostOffice) -> None:
    post_office.on_data = Relay(clock)
    planned(edition, at_ten_domains(200, first=1))
    assert drain(edition, clock) == Drained(accepted=200)
    assert not Pace.objects.filter(rest_until__isnull=False).exists()
    assert clock.seconds < 200 / RATE * 1.7


@pytest.mark.parametrize("rate", [1, 3])
def test_a_slow_relay_that_throttles_all_domains_rests_none(
    edition: Edition, clock: Clock, post_office: PostOffice, rate: int
) -> None:
    post_office.on_data = Relay(clock, rate=rate)
    planned(edition, [reader for n in range(30) for reader in at(f"uni{n}.example", crowd(1, first=n + 1))])
    assert drain(edition, clock) == Drained(accepted=30)
    assert not Pace.objects.filter(rest_until__isnull=False).exists()
