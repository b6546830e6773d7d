"""Killed while letters go to a provider: once each where it knows letters by their key, and else never twice."""

from collections.abc import Iterator

import pytest

from tests.delivery.provider_server import ProviderOffice, Server
from tests.faults.conftest import READERS
from tests.faults.machine import Machine

pytestmark = pytest.mark.faults
CONNECTIONS = 2


@pytest.fixture
def provider(machine: Machine) -> Iterator[ProviderOffice]:
    """Resend, from now on, for all that the machine sends."""
    office = ProviderOffice()
    server = Server(office)
    server.start()
    machine.environment.update(
        EMAIL_BACKEND="anymail.backends.resend.EmailBackend",
        API_CONNECTIONS=str(CONNECTIONS),
        ANYMAIL_RESEND_API_URL=server.address,
        ANYMAIL_RESEND_API_KEY="key",
        ANYMAIL_POSTMARK_API_URL=server.address,
        ANYMAIL_POSTMARK_SERVER_TOKEN="token",
    )
    yield office
    server.stop()


@pytest.mark.parametrize("edge", ["submitting:1", "leaving:3", "sent:1", "sent:4", "answered:2", "recorded:1"])
def test_killed_anywhere_everybody_gets_exactly_one_letter(
    machine: Machine, provider: ProviderOffice, edge: str
) -> None:
    machine.plan()
    machine.run_to_death("drain", KILL_AT=edge)
    machine.run("drain")
    assert machine.states() == {"accepted": READERS}
    assert (len(provider.letters), provider.doubles) == (READERS, [])


def test_without_keys_open_letters_are_uncertain_not_sent_twice(machine: Machine, provider: ProviderOffice) -> None:
    machine.environment["EMAIL_BACKEND"] = "anymail.backends.postmark.EmailBackend"
    machine.plan()
    machine.run_to_death("drain", KILL_AT="sent:2")
    for _ in range(2):
        machine.run("drain")
    states = machine.states()
    assert 1 <= states["uncertain"] <= CONNECTIONS
    assert states["uncertain"] + states["accepted"] == READERS
    assert provider.doubles == []
    assert len(provider.letters) >= states["accepted"]
