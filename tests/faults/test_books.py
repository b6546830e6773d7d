"""The fault suite sees what it is there to see: a letter that is lost, doubled, or in the wrong place of the books."""

from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from tests.faults.delivery import books as account
from tests.faults.delivery import receiver
from tests.faults.delivery.books import FINAL, Account, Allowed
from tests.faults.delivery.receiver import Received

STATES = {"ada": "accepted", "bao": "accepted", "chidi": "uncertain", "dana": "failed", "eve": "excluded"}
ALLOWED = Allowed(uncertain=1, failed=1, doubled=1)


def weighed(states: dict[str, str], *letters: str, allowed: Allowed = ALLOWED, **told: Any) -> Account:
    counts = Counter(states.values())
    books = {"due": len(states), "balanced": True, "states": list(states.items()), **{k: counts[k] for k in FINAL}}
    received = Received(Counter(letters), {letter: {f"<{letter}>"} for letter in letters})
    return account.settle({**books, **told}, received, readers=5, quiet=1, allowed=allowed)


def test_books_that_hold_have_nothing_wrong() -> None:
    found = weighed(STATES, "ada", "bao")
    assert (found.due, found.accepted, found.uncertain, found.lost, found.doubled, found.wrong) == (5, 2, 1, 0, 0, ())


def test_an_accepted_letter_that_nobody_received_is_lost() -> None:
    found = weighed(STATES, "ada")
    assert (found.lost, found.wrong) == (1, ("1 are lost",))


@pytest.mark.parametrize("state", ["pending", "claimed", "submitting"])
def test_a_letter_that_came_to_no_end_is_lost(state: str) -> None:
    found = weighed({**STATES, "ada": state}, "bao", balanced=False)
    assert (found.lost, found.wrong) == (1, ("the books do not balance", "1 are lost"))


def test_a_reader_without_a_row_is_lost() -> None:
    found = weighed({name: state for name, state in STATES.items() if name != "ada"}, "bao")
    assert (found.lost, found.wrong) == (1, ("5 are due", "1 are lost"))


def test_a_second_letter_is_wrong_unless_it_is_marked() -> None:
    found = weighed(STATES, "ada", "ada", "bao")
    assert (found.doubled, found.wrong) == (1, ("ada has 2 letters and is accepted",))
    marked = weighed(STATES, "ada", "bao", "chidi", "chidi")
    assert (marked.doubled, marked.wrong) == (1, ())


def test_a_fault_doubles_at_most_one_letter_a_strike() -> None:
    found = weighed(STATES, "ada", "bao", "chidi", "chidi", "chidi")
    assert (found.doubled, found.wrong) == (2, ("at most 1 may be doubled",))


@pytest.mark.parametrize("name", ["dana", "eve"])
def test_a_letter_to_somebody_who_has_none_in_the_books_is_wrong(name: str) -> None:
    assert weighed(STATES, "ada", "bao", name).wrong == (f"{name} has a letter and is {STATES[name]}",)


def test_a_fault_may_do_no_more_than_it_is_allowed() -> None:
    wrong = weighed(STATES, "ada", "bao", allowed=Allowed()).wrong
    assert wrong == ("at most 0 may fail", "at most 0 may be uncertain")


def test_the_message_id_proves_a_double(tmp_path: Path) -> None:
    log = tmp_path / "received"
    log.write_text("took ada <1>\nstruck dot ada\ntook ada <2>\ntook bao <1>\n")
    received = receiver.read(log)
    assert (received.letters, received.strikes) == (Counter(ada=2, bao=1), 1)
    found = account.settle(
        {"due": 2, "balanced": True, "states": [("ada", "uncertain"), ("bao", "accepted")], "accepted": 1}
        | {"uncertain": 1, "failed": 0, "excluded": 0},
        received,
        readers=2,
        quiet=0,
        allowed=ALLOWED,
    )
    assert found.wrong == ("ada has letters of different Message-IDs", "<1> is the Message-ID of 2")
