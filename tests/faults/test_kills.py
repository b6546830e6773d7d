"""Killed with SIGKILL at any edge and started again: nobody gets two letters, and nobody is forgotten."""

import os
import signal
import time
from collections.abc import Callable

import pytest

from digest.delivery.transports import mailbox
from tests.delivery.smtp_server import PostOffice
from tests.faults.conftest import READERS
from tests.faults.machine import Machine
from tests.processes import Child

pytestmark = pytest.mark.faults


@pytest.mark.parametrize(
    "edge", ["claimed:1", "claimed:2", "submitting:1", "submitting:2", "answered:1", "answered:6", "recorded:1"]
)
def test_killed_between_two_letters_everybody_gets_exactly_one(
    machine: Machine, post_office: PostOffice, edge: str
) -> None:
    """Even where the database does not know yet what left: the journal of the dead drain does."""
    machine.plan()
    machine.run_to_death("drain", KILL_AT=edge)
    machine.run("drain")
    assert machine.states() == {"accepted": READERS}
    assert (len(post_office.message_ids), post_office.doubles) == (READERS, [])


def test_killed_before_the_last_dot_that_letter_is_uncertain(machine: Machine, post_office: PostOffice) -> None:
    machine.plan()
    machine.run_to_death("drain", KILL_AT="leaving:3")
    for _ in range(2):
        machine.run("drain")
    assert machine.states() == {"accepted": READERS - 1, "uncertain": 1}
    assert (len(post_office.message_ids), post_office.doubles) == (READERS - 1, [])


def test_killed_without_its_logbook_what_it_began_is_uncertain(machine: Machine, post_office: PostOffice) -> None:
    machine.plan()
    machine.run_to_death("drain", KILL_AT="answered:2")
    for file in (machine.home / "logbooks").iterdir():
        file.unlink()
    machine.run("drain")
    assert machine.states() == {"accepted": READERS - 4, "uncertain": 4}
    assert post_office.doubles == []


def test_killed_while_it_waits_for_the_answer_the_letter_is_uncertain(
    machine: Machine, post_office: PostOffice
) -> None:
    """The gap that RFC 1047 describes: the server has the letter, and nobody is left to hear that."""
    machine.plan()
    process = interrupted_at(machine, post_office, "reader3@", signal.SIGKILL)
    assert process.returncode == -9
    machine.run("drain")
    assert machine.states() == {"accepted": READERS - 1, "uncertain": 1}
    assert (len(post_office.message_ids), post_office.doubles) == (READERS, [])


def test_preferring_doubles_to_losses_doubles_at_most_one(machine: Machine, post_office: PostOffice) -> None:
    machine.plan()
    assert interrupted_at(machine, post_office, "reader3@", signal.SIGKILL).returncode == -9
    post_office.on_data = lambda address: None
    machine.run("drain", UNCERTAIN_LETTERS="retry")
    assert machine.states() == {"accepted": READERS}
    assert len(set(post_office.message_ids)) == READERS
    assert len(post_office.doubles) == 1


@pytest.mark.parametrize(
    "edge", ["claimed:2", "submitting:1", "leaving:3", "written:3", "named:3", "sent:3", "recorded:1"]
)
def test_a_mailbox_has_one_letter_each_wherever_it_was_killed(machine: Machine, edge: str) -> None:
    machine.plan()
    machine.run_to_death("drain", KILL_AT=edge)
    machine.run("drain")
    assert machine.states() == {"accepted": READERS}
    stored = mailbox.list_letters(machine.home / "mailbox")
    assert sorted(letter.to for letter in stored) == [f"reader{n}@example.org" for n in range(1, READERS + 1)]


@pytest.mark.parametrize(("edge", "papers"), [("extended:1", 0), ("planned:1", 0), ("extended:2", 1), ("planned:2", 1)])
def test_killed_while_planning_letters_of_several_days_each_has_its_papers(
    empty_machine: Machine, edge: str, papers: int
) -> None:
    empty_machine.run("seed_weekly", str(READERS))
    empty_machine.run_to_death("plan", KILL_AT=edge)
    added = "SELECT count(*) FROM digest_editionentry WHERE announced_on IS NOT NULL"
    assert empty_machine.query(added) == [(papers,)]
    empty_machine.run("plan")
    assert empty_machine.query(added) == [(1,)]
    assert empty_machine.query("SELECT count(*) FROM digest_delivery WHERE matched = 2") == [(READERS,)]
    assert empty_machine.states() == {"pending": READERS}


def test_killed_while_planning_nobody_is_planned_twice_or_forgotten(machine: Machine) -> None:
    machine.run_to_death("plan", KILL_AT="planned:2")
    machine.run("plan")
    assert machine.states() == {"pending": READERS}
    assert machine.query("SELECT COUNT(DISTINCT subscriber_id) FROM digest_delivery") == [(READERS,)]


def test_killed_again_and_again_it_comes_to_an_end(machine: Machine, post_office: PostOffice) -> None:
    machine.plan()
    for _ in range(3):
        machine.run_to_death("drain", KILL_AT="answered:1")
    machine.run("drain")
    assert machine.states() == {"accepted": READERS}
    assert post_office.doubles == []


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_asked_to_stop_it_finishes_the_letter_in_flight(
    machine: Machine, post_office: PostOffice, number: signal.Signals
) -> None:
    machine.plan()
    process = interrupted_at(machine, post_office, "reader3@", number)
    assert process.returncode == 0
    states = machine.states()
    assert 3 <= states["accepted"] < READERS
    assert states["pending"] == READERS - states["accepted"]
    machine.run("drain")
    assert machine.states() == {"accepted": READERS}
    assert post_office.doubles == []


def test_workers_that_drain_at_once_send_every_letter_once(machine: Machine, post_office: PostOffice) -> None:
    machine.plan()
    gun = machine.home / "gun"
    workers = [machine.start("drain", BATCH="1", STARTING_GUN=str(gun)) for _ in range(3)]
    wait_until(lambda: len(list(machine.home.glob("gun.*"))) == 3)
    gun.touch()
    for worker in workers:
        worker.wait()
    assert [worker.returncode for worker in workers] == [0, 0, 0]
    assert post_office.connections > 1, "they worked side by side"
    assert machine.states() == {"accepted": READERS}
    assert (len(post_office.message_ids), post_office.doubles) == (READERS, [])


def wait_until(done: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not done():
        assert time.monotonic() < deadline
        time.sleep(0.005)


def interrupted_at(machine: Machine, office: PostOffice, address: str, number: signal.Signals) -> Child:
    """A drain that gets the signal after the whole letter to *address* and before the server's answer."""
    started: list[Child] = []
    office.on_data = _once(address, lambda: os.kill(started[0].pid, number))
    started.append(machine.start("drain"))
    started[0].wait()
    return started[0]


def _once(address: str, act: Callable[[], None]) -> Callable[[str], None]:
    def answer(recipient: str) -> None:
        if address in recipient:
            act()

    return answer
