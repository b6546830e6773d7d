"""Several connections to a provider at once, in threads that only call it."""

import threading
from datetime import timedelta
from typing import Any

import pytest
from pytest_django import Settings

from digest.delivery.message import LetterMessage
from digest.delivery.outcomes.classify import Outcome
from digest.delivery.sending_errors import TransportDown
from digest.delivery.transports.base import create_transport
from digest.delivery.transports.envelope import Envelope
from digest.delivery.transports.provider_pool import ProviderPool
from digest.delivery.transports.sequential import SequentialTransport
from digest.delivery.workers.journal import NullJournal
from digest.domain import Letter
from subscriptions.email.mail_answers import Fault
from tests.delivery.letters import letter
from tests.delivery.provider_server import ProviderOffice


class Diary(NullJournal):
    """What was told of letters as they left, in any thread."""

    def __init__(self) -> None:
        self.lines: list[tuple[str, int]] = []

    def leaving(self, key: int) -> None:
        self.lines.append(("leaving", key))

    def answered(self, key: int, kind: str, provider_id: str = "") -> None:
        self.lines.append((kind, key))


class FakeConnection:
    """Answers as it was told to, once so many letters are under way as are wanted at a time."""

    backend, idempotent, repeatable_for = None, False, timedelta(0)

    def __init__(self, outcomes: dict[int, Outcome], together: threading.Barrier | None = None) -> None:
        self.outcomes, self.together, self.sent = outcomes, together, list[int]()
        self.closed, self.away = 0, False

    def open(self) -> None:
        if self.away:
            raise TransportDown("away")

    def send(self, message: LetterMessage) -> Outcome:
        number = int(message.to[0].split("@")[0].removeprefix("reader"))
        self.sent.append(number)
        if self.together:
            self.together.wait(5)
        return self.outcomes.get(number, Outcome("accepted"))

    def close(self) -> None:
        self.closed += 1


def callers(connections: int, connection: Any, diary: NullJournal | None = None) -> ProviderPool:
    return ProviderPool([SequentialTransport(connection, diary or NullJournal()) for _ in range(connections)])


def envelopes(count: int) -> list[Envelope]:
    return [Envelope(n, letter(f"<{n}@post.example>", f"reader{n}@example.org"), b"", b"") for n in range(count)]


def always() -> bool:
    return True


def test_every_letter_gets_its_own_outcome() -> None:
    connection, diary = FakeConnection({1: Outcome("failed", "no"), 3: Outcome("uncertain", "lost")}), Diary()
    several = callers(2, connection, diary)
    told = {envelope.key: outcome.kind for envelope, outcome in several.send_all(envelopes(5), always)}
    several.close()
    assert told == {0: "accepted", 1: "failed", 2: "accepted", 3: "uncertain", 4: "accepted"}
    assert connection.closed == 2
    assert ("failed", 1) in diary.lines
    assert ("leaving", 3) in diary.lines
    assert ("uncertain", 3) not in diary.lines, "a doubt is no answer"


def test_a_letter_that_cannot_be_made_ready_fails_alone() -> None:
    one, other = envelopes(2)
    broken = Envelope(0, Letter(one.letter.to, one.letter.message_id, b"no letter"), b"", b"")
    group = callers(2, FakeConnection({}))
    told = {each.key: outcome.kind for each, outcome in group.send_all([broken, other], always)}
    assert told == {0: "failed", 1: "accepted"}
    group.close()


def test_each_connection_has_one_letter_under_way() -> None:
    diary = Diary()
    several = callers(4, FakeConnection({}, threading.Barrier(4)), diary)
    for known, _told in enumerate(several.send_all(envelopes(12), always)):
        assert len([line for line in diary.lines if line[0] == "leaving"]) - known <= 4
    assert len(diary.lines) == 24
    several.close()


def test_no_letter_is_begun_that_is_not_wanted_any_more() -> None:
    connection = FakeConnection({})
    several = callers(3, connection)
    answers = iter([True] * 5)
    told = [envelope.key for envelope, _outcome in several.send_all(envelopes(40), lambda: next(answers, False))]
    several.close()
    assert sorted(told) == sorted(connection.sent) == [0, 1, 2, 3, 4]


def test_a_provider_that_cannot_be_reached_is_down() -> None:
    connection = FakeConnection({})
    connection.away = True
    several = callers(2, connection)
    assert {outcome for _, outcome in several.send_all(envelopes(9), always)} == {
        Outcome("down", "away", Fault.NETWORK)
    }
    assert not connection.sent
    several.close()


def test_an_error_of_our_own_is_not_swallowed_by_a_thread() -> None:
    class Broken(FakeConnection):
        def send(self, message: LetterMessage) -> Outcome:
            raise MemoryError

    several = callers(2, Broken({}))
    with pytest.raises(MemoryError):
        list(several.send_all(envelopes(3), always))
    several.close()


def test_closing_early_waits_for_letters_under_way() -> None:
    diary = Diary()
    several = callers(3, FakeConnection({}, threading.Barrier(3)), diary)
    listening = several.send_all(envelopes(9), always)
    next(listening)
    listening.close()  # type: ignore[attr-defined]
    leaving = [key for kind, key in diary.lines if kind == "leaving"]
    assert sorted(leaving) == sorted(key for kind, key in diary.lines if kind == "accepted")
    several.close()


def test_each_connection_to_a_provider_is_opened_once(settings: Settings, provider_office: ProviderOffice) -> None:
    provider_office.together, settings.API_CONNECTIONS = 5, 5
    several = create_transport(NullJournal())
    assert isinstance(several, ProviderPool)
    for _ in range(2):
        assert {outcome.kind for _, outcome in several.send_all(envelopes(20), always)} == {"accepted"}
    several.close()
    assert (provider_office.connections, provider_office.most_busy) == (5, 5)
