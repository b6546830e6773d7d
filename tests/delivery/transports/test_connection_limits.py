"""A server that takes so many letters over one connection gets the others over another, and none loses an attempt."""

import socket

import pytest
from pytest_django import Settings

from digest.delivery.drain import Drained
from digest.delivery.outcomes.classify import Outcome
from digest.delivery.transports.smtp_backend import EmailBackend
from digest.delivery.transports.smtp_pool import SmtpPool
from digest.delivery.workers.journal import NullJournal
from digest.models import Delivery
from tests.delivery.draining import drain
from tests.delivery.envelopes import carried, envelope
from tests.delivery.outbox_rows import crowd, frozen_edition, planned
from tests.delivery.smtp_server import PostOffice
from tests.delivery.talking_server import Server, converse, server

REFUSALS = (
    "452 4.5.3 Too many messages on this connection",
    "452 4.3.2 Message limit per session reached",
    "421 4.7.0 Too many messages in this session, closing",
    "421 4.3.2 Closing transmission channel",
)


@pytest.mark.parametrize("offered", [["PIPELINING"], []], ids=["pipelined", "one by one"])
@pytest.mark.parametrize("command", ["MAIL", "RCPT", "DATA"])
@pytest.mark.parametrize("refusal", REFUSALS)
def test_a_full_connection_gives_way_to_another(
    post_office: PostOffice, pool: SmtpPool, refusal: str, command: str, offered: list[str]
) -> None:
    post_office.offered, post_office.per_connection = offered, 5
    post_office.refusal, post_office.refused_command = refusal, command
    assert carried(pool, [envelope(n) for n in range(60)]) == dict.fromkeys(range(60), Outcome("accepted"))
    assert (len(post_office.message_ids), post_office.doubles) == (60, [])
    assert post_office.connections >= 12


@pytest.mark.django_db
@pytest.mark.parametrize("refusal", REFUSALS)
def test_no_attempt_is_lost_to_a_full_connection(post_office: PostOffice, refusal: str) -> None:
    post_office.per_connection, post_office.refusal = 1, refusal
    edition = frozen_edition()
    planned(edition, crowd(40))
    assert drain(edition) == Drained(accepted=40)
    assert set(Delivery.objects.values_list("attempts", "reason")) == {(1, "")}


@pytest.mark.parametrize("offered", [["PIPELINING"], []], ids=["pipelined", "one by one"])
def test_a_limit_that_is_announced_is_never_reached(
    post_office: PostOffice, pool: SmtpPool, offered: list[str]
) -> None:
    """RFC 9422: LIMITS MAILMAX."""
    post_office.offered = ["LIMITS MAILMAX=7 RCPTMAX=100 RCPTDOMAINMAX=1", *offered]
    post_office.per_connection = 7
    assert carried(pool, [envelope(n) for n in range(60)]) == dict.fromkeys(range(60), Outcome("accepted"))
    assert (post_office.refusals, post_office.doubles) == (0, [])
    assert max(post_office.taken_over.values()) == 7


def test_refused_letters_count_for_an_announced_limit(post_office: PostOffice) -> None:
    """RFC 9422, 4.1: every MAIL counts, whatever becomes of it."""
    mails: list[str] = []

    def count(address: str) -> None:
        mails.append(address)

    post_office.on_mail = count
    post_office.on_rcpt = lambda address: "550 5.1.1 No such user" if address < "reader5" else None
    post_office.offered = ["LIMITS MAILMAX=3"]
    pool = SmtpPool(EmailBackend, 1, NullJournal())
    told = carried(pool, [envelope(n) for n in range(1, 10)])
    pool.close()
    assert [key for key, outcome in sorted(told.items()) if outcome.kind == "accepted"] == [5, 6, 7, 8, 9]
    assert (len(mails), post_office.connections) == (9, 3)


@pytest.mark.parametrize("words", ["MAILMAX=0", "MAILMAX=", "MAILMAX=-3", "MAILMAX=9999999", "MAILMAX", "XMAILMAX=1"])
def test_a_limit_that_makes_no_sense_is_none(post_office: PostOffice, pool: SmtpPool, words: str) -> None:
    post_office.offered = [f"LIMITS {words}", "PIPELINING"]
    assert len(carried(pool, [envelope(n) for n in range(4)])) == 4
    assert post_office.connections == 1


def test_a_server_that_hangs_up_after_some_letters_costs_none(settings: Settings, pool: SmtpPool) -> None:
    """What it has not read resets the connection, and its 421 may never arrive."""

    def hang_up(server: Server, connection: socket.socket) -> None:
        taken = 0

        def count(command: str) -> float:
            nonlocal taken
            taken += command.startswith("DATA")
            if taken == 3 and command.startswith("MAIL"):
                connection.sendall(b"421 4.3.2 closing\r\n")
                raise ConnectionResetError
            return 0.0

        converse(server, connection, count)

    with server(settings, hang_up) as relay:
        assert carried(pool, [envelope(n) for n in range(40)]) == dict.fromkeys(range(40), Outcome("accepted"))
        assert len(relay.taken) == 40


def test_a_server_that_refuses_every_connection_puts_letters_off(post_office: PostOffice, pool: SmtpPool) -> None:
    post_office.on_mail = lambda address: "421 4.3.2 Shutting down"
    told = carried(pool, [envelope(n) for n in range(3)])
    assert {outcome.kind for outcome in told.values()} == {"deferred"}
