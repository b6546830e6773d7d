"""Relays that take only so many letters a second. The drains that meet them go on, and end with every letter out."""

from tests.faults.delivery.fault import Fault
from tests.faults.delivery.receiver import Mischief
from tests.faults.delivery.scene import Scene

RATE = 14
THROTTLED = "454 Throttling failure: Maximum sending rate exceeded."
# A letter of each second of three minutes that the relay is open for; it takes them in under two.
LETTERS = 1_500
LONGEST = 180.0


def _send_all(workers: int, scene: Scene) -> int:
    """Every drain goes on to the end: none leaves a letter to the one after it, nor takes longer than three minutes."""
    scene.settle("edition", "plan")
    drains = [worker.wait(LONGEST) for worker in scene.start_at_once(workers, "send")]
    assert sum(drained["accepted"] for drained in drains) == scene.letters, drains
    assert not any(drained["halted"] or drained["deferred"] for drained in drains), drains
    return 0


def by_one(scene: Scene) -> int:
    return _send_all(1, scene)


def by_two(scene: Scene) -> int:
    return _send_all(2, scene)


FAULTS = (
    Fault("454 to MAIL beyond 14 letters a second", by_one, Mischief("mail", THROTTLED, rate=RATE), letters=LETTERS),
    Fault("the same after the letter, two workers", by_two, Mischief("dot", THROTTLED, rate=RATE), letters=LETTERS),
)
