"""Letters over several connections at once: which goes over which, and what becomes of each."""

import errno
import os
import socket
from email import message_from_bytes
from email.policy import default as policy
from pathlib import Path

import pytest
from aiosmtpd.smtp import Envelope
from pytest_django import Settings

from digest.delivery import message
from digest.delivery.outcomes.classify import Outcome
from digest.delivery.transports.smtp_backend import EmailBackend
from digest.delivery.transports.smtp_pool import SmtpPool
from digest.delivery.workers import identity, journal
from digest.delivery.workers.journal import FileJournal
from digest.domain import Letter
from tests.delivery.envelopes import carried, envelope
from tests.delivery.smtp_server import PostOffice


def test_a_reply_that_cannot_be_recorded_still_counts(
    post_office: PostOffice, settings: Settings, tmp_path: Path
) -> None:
    """Forgotten, its letter would be sent a second time."""
    settings.LOGBOOKS = tmp_path
    pool = SmtpPool(EmailBackend, 4, _NoRoomForAnswers(identity.make_worker_name()))
    assert carried(pool, [envelope(n) for n in range(8)]) == dict.fromkeys(range(8), Outcome("accepted"))
    pool.close()
    assert (len(post_office.message_ids), post_office.doubles) == (8, [])


class _NoRoomForAnswers(FileJournal):
    def _write(self, line: bytes) -> None:
        if line.startswith(b"="):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        super()._write(line)


@pytest.mark.parametrize("offered", [["PIPELINING"], []])
def test_letters_arrive_once_with_and_without_pipelining(
    post_office: PostOffice, pool: SmtpPool, offered: list[str]
) -> None:
    post_office.offered = offered
    told = carried(pool, [envelope(n) for n in range(40)])
    assert told == dict.fromkeys(range(40), Outcome("accepted"))
    assert sorted(post_office.recipients) == sorted(f"reader{n}@example.org" for n in range(40))
    assert (post_office.doubles, post_office.connections) == ([], 4)


def test_a_last_dot_does_not_wait_for_an_acknowledgement(post_office: PostOffice, pool: SmtpPool) -> None:
    pool.open()
    assert [each.socket.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY) for each in pool._connections] == [1]


def test_a_few_letters_share_one_connection(post_office: PostOffice, pool: SmtpPool) -> None:
    for first in (0, 10, 20):
        assert len(carried(pool, [envelope(first + n) for n in range(4)])) == 4
    assert post_office.connections == 1


def test_connections_that_broke_while_idle_put_no_letter_off(post_office: PostOffice, pool: SmtpPool) -> None:
    """All of them do where the mail server is started anew."""
    carried(pool, [envelope(n) for n in range(16)])
    for connection in pool._connections:
        connection.socket.shutdown(socket.SHUT_RDWR)
    assert carried(pool, [envelope(n) for n in range(20, 28)]) == dict.fromkeys(range(20, 28), Outcome("accepted"))
    assert (len(post_office.message_ids), post_office.doubles) == (24, [])


def test_a_refused_letter_does_not_hinder_the_others(post_office: PostOffice, pool: SmtpPool) -> None:
    post_office.on_rcpt = lambda address: "550 5.1.1 No such user" if address[6:].startswith(("3", "7@")) else None
    told = carried(pool, [envelope(n) for n in range(12)])
    assert {key for key, outcome in told.items() if outcome.kind == "failed"} == {3, 7}
    assert len(post_office.message_ids) == 10


def test_a_letter_arrives_as_it_was_made_dots_and_all(
    post_office: PostOffice, pool: SmtpPool, monkeypatch: pytest.MonkeyPatch
) -> None:
    contents = kept_by(post_office, monkeypatch)
    sent = envelope(1, text=".a\n..\n.\nend of it.\n")
    carried(pool, [sent])
    assert contents == [sent.letter.data]


def test_a_server_without_8bitmime_gets_the_letter_in_seven_bits(
    post_office: PostOffice, pool: SmtpPool, monkeypatch: pytest.MonkeyPatch
) -> None:
    contents = kept_by(post_office, monkeypatch)
    post_office.not_offered = ["8BITMIME"]
    carried(pool, [envelope(1, text="Émilie lit 注意力。\n")])
    (content,) = contents
    assert content.isascii()
    body = message_from_bytes(content, policy=policy).get_body(("plain",))
    assert body is not None
    assert body.get_content().replace("\r\n", "\n") == "Émilie lit 注意力。\n"


def test_a_letter_that_cannot_be_made_ready_fails_alone(
    post_office: PostOffice, pool: SmtpPool, monkeypatch: pytest.MonkeyPatch
) -> None:
    def seven_bit(letter: Letter) -> bytes:
        if letter.to.startswith("reader3@"):
            raise LookupError("unknown encoding")
        return message.encode_seven_bit(letter)

    monkeypatch.setattr("digest.delivery.transports.smtp_connection.encode_seven_bit", seven_bit)
    post_office.not_offered = ["8BITMIME"]
    told = carried(pool, [envelope(n, text="注意力。\n") for n in range(12)])
    assert told.pop(3) == Outcome("failed", "assembling: LookupError: unknown encoding")
    assert told == dict.fromkeys(told, Outcome("accepted"))
    assert (len(told), len(post_office.message_ids), post_office.doubles) == (11, 11, [])


def kept_by(office: PostOffice, monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
    contents: list[bytes] = []
    keep = office._keep

    def keep_all(envelope: Envelope) -> None:
        contents.append(bytes(envelope.original_content or b""))
        keep(envelope)

    monkeypatch.setattr(office, "_keep", keep_all)
    return contents


def test_no_letter_is_begun_once_the_caller_says_stop(post_office: PostOffice, pool: SmtpPool) -> None:
    told = carried(pool, [envelope(n) for n in range(30)], lambda: len(post_office.message_ids) < 3)
    assert 3 <= len(told) < 30
    assert len(post_office.message_ids) == len(told)


def test_an_error_of_the_caller_waits_for_the_replies(post_office: PostOffice, pool: SmtpPool) -> None:
    """The question asks the database, which may be away just now: no reason to be deaf to the mail server."""
    asked = iter([True] * 6)

    def wanted() -> bool:
        if not next(asked, False):
            raise LookupError("the database is away")
        return True

    told: list[str] = []
    pool.open()
    carrying = pool.send_all([envelope(n) for n in range(30)], wanted)
    with pytest.raises(LookupError, match="away"):
        told.extend(each.letter.message_id for each, _outcome in carrying)
    assert sorted(told) == sorted(post_office.message_ids)
    assert told


def test_replies_are_recorded_after_the_caller_stopped(
    post_office: PostOffice, settings: Settings, tmp_path: Path
) -> None:
    settings.LOGBOOKS = tmp_path
    me = identity.make_worker_name()
    book = FileJournal(me)
    pool = SmtpPool(EmailBackend, 4, book)
    pool.open()
    carrying = iter(pool.send_all([envelope(n) for n in range(40)], lambda: True))
    next(carrying)
    carrying.close()  # type: ignore[attr-defined]  # a generator: so it ends where an error is raised between letters
    pool.close()
    book.close(settled=False)
    found = journal.read_journal(me)
    assert found is not None
    assert (found.doubtful, len(found.accepted)) == (frozenset(), len(post_office.message_ids))
    assert len(found.accepted) < 40


def test_a_server_with_fewer_connections_gets_all_letters(
    post_office: PostOffice, pool: SmtpPool, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[EmailBackend] = []
    really_open = EmailBackend.open

    def open_two(backend: EmailBackend) -> bool | None:
        if len(opened) == 2:
            raise ConnectionRefusedError("too many connections")
        opened.append(backend)
        return really_open(backend)

    monkeypatch.setattr(EmailBackend, "open", open_two)
    told = carried(pool, [envelope(n) for n in range(40)])
    assert {outcome.kind for outcome in told.values()} == {"accepted"}
    assert (post_office.connections, post_office.doubles) == (2, [])
