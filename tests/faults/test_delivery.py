"""Under every fault everybody due has one letter or a mark in the books. All: `python -m tests.faults.delivery`."""

from dataclasses import replace

import pytest

from tests.faults.delivery import table
from tests.faults.delivery.fault import Fault, suffer
from tests.faults.delivery.scene import Scene
from tests.faults.machine import Machine

pytestmark = pytest.mark.faults

READERS = 30
KILLS = 5
# Letters sent together at first, so that there is more than one group of them.
GROUP = "2"
# Faults that the command alone lets happen, because others like them are here, and each takes its time.
ELSEWHERE = (
    *("421", "45", "55", "before the letter", "forgotten", "to RCPT", "slowly", "drip", "broker", "Postfix"),
    *("database restarted", "recovered"),
    # It takes fifty letters to tell.
    "only half",
)
FAULTS = [
    replace(fault, least=1)  # on a busy machine few letters may be out before all are killed that should be
    for fault in table.faults(KILLS)
    if not any(words in fault.name for words in ELSEWHERE)
]


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_everybody_due_has_one_letter_or_a_mark_in_the_books_after(fault: Fault, empty_machine: Machine) -> None:
    if missing := fault.missing():
        pytest.skip(missing)
    scene = Scene(empty_machine, READERS)
    scene.environment["BATCH"] = GROUP
    assert suffer(fault, scene).wrong == ()
