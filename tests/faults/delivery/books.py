"""Holds the books against what the receiving side wrote down."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from tests.faults.delivery.receiver import Received

FINAL = ("accepted", "excluded", "failed", "uncertain")


@dataclass(frozen=True, slots=True)
class Allowed:
    """What a fault may do to a letter at the very most."""

    uncertain: int = 0
    failed: int = 0
    doubled: int = 0


@dataclass(frozen=True, slots=True)
class Account:
    """One line of the table."""

    due: int
    accepted: int
    excluded: int
    failed: int
    uncertain: int
    # Letters that are called accepted and that the server never had, and readers whose letter came to no end.
    lost: int
    # How often the server took a letter whole that it had taken before.
    doubled: int
    # What must never be, in words.
    wrong: tuple[str, ...] = ()


def settle(told: Mapping[str, Any], received: Received, readers: int, quiet: int, allowed: Allowed) -> Account:
    """*told* is what `works.tell` gave: of *readers* readers *quiet* ones are due no letter."""
    states: dict[str, str] = dict(told["states"])
    missing = [address for address, state in states.items() if state == "accepted" and not received.letters[address]]
    unfinished = [address for address, state in states.items() if state not in FINAL]
    doubled = sum(count - 1 for count in received.letters.values())
    lost = len(missing) + len(unfinished) + readers - len(states)
    beyond = _beyond({**told, "doubled": doubled}, allowed)
    wrong = (*_books(told, lost, readers, quiet), *beyond, *_letters(states, received))
    figures = {name: int(told[name]) for name in ("due", *FINAL)}
    return Account(**figures, lost=lost, doubled=doubled, wrong=wrong)


def _books(told: Mapping[str, Any], lost: int, readers: int, quiet: int) -> Iterator[str]:
    if not told["balanced"] or told["due"] != sum(told[name] for name in FINAL):
        yield "the books do not balance"
    if told["due"] != readers:
        yield f"{readers} are due"
    if told["excluded"] != quiet:
        yield f"{quiet} are due no letter"
    if lost:
        yield f"{lost} are lost"


def _beyond(told: Mapping[str, Any], allowed: Allowed) -> Iterator[str]:
    if told["failed"] > allowed.failed:
        yield f"at most {allowed.failed} may fail"
    if told["uncertain"] > allowed.uncertain:
        yield f"at most {allowed.uncertain} may be uncertain"
    if told["doubled"] > allowed.doubled:
        yield f"at most {allowed.doubled} may be doubled"


def _letters(states: Mapping[str, str], received: Received) -> Iterator[str]:
    """A letter that the server has is accepted or, at the least, uncertain; a second one is always uncertain."""
    for address, count in sorted(received.letters.items()):
        state = states.get(address, "in no book")
        if count > 1 and state != "uncertain":
            yield f"{address} has {count} letters and is {state}"
        elif state not in ("accepted", "uncertain"):
            yield f"{address} has a letter and is {state}"
        if len(received.ids[address]) > 1:
            yield f"{address} has letters of different Message-IDs"
    owners = Counter(message_id for ids in received.ids.values() for message_id in ids)
    yield from (f"{message_id} is the Message-ID of {count}" for message_id, count in owners.items() if count > 1)
