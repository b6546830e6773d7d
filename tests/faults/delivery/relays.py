"""Relays that take only so much. The drains that meet them go on, and leave no letter to the ones after them."""

import time

from tests.faults.delivery.fault import Fault
from tests.faults.delivery.receiver import Mischief
from tests.faults.delivery.scene import Scene

RATE = 14
THROTTLED = "454 Throttling failure: Maximum sending rate exceeded."
# A relay of that rate takes them in under two minutes.
LETTERS = 1_500
LONGEST = 180.0
PER_CONNECTION = 20
# Enough that a connection comes to its limit.
SOME_LETTERS = 500
# Seconds; one connection that is waited for costs thirty.
SOON = 25.0


def _send_all(workers: int, scene: Scene, longest: float) -> int:
    """Every drain goes on to the end: it puts off no letter, and none is left afterwards."""
    scene.settle("edition", "plan")
    drains = scene.start_at_once(workers, "send")
    began = time.monotonic()
    found = [worker.wait(longest) for worker in drains]
    assert time.monotonic() - began < longest
    assert sum(drained["accepted"] for drained in found) == scene.letters, found
    assert not any(drained["halted"] or drained["deferred"] for drained in found), found
    return 0


def by_one(scene: Scene) -> int:
    return _send_all(1, scene, LONGEST)


def by_two(scene: Scene) -> int:
    return _send_all(2, scene, LONGEST)


def by_two_soon(scene: Scene) -> int:
    return _send_all(2, scene, SOON)


FAULTS = (
    # Each takes two minutes and more: once, where workers share a server, is enough.
    Fault(
        "454 to MAIL beyond 14 letters a second",
        by_one,
        Mischief("mail", THROTTLED, rate=RATE),
        letters=LETTERS,
        database="postgresql",
    ),
    Fault(
        "the same after the letter, two workers",
        by_two,
        Mischief("dot", THROTTLED, rate=RATE),
        letters=LETTERS,
        database="postgresql",
    ),
    Fault(
        "452 after 20 letters over a connection",
        by_two_soon,
        Mischief("mail", "452 4.5.3 too many messages on this connection", per_connection=PER_CONNECTION),
        letters=SOME_LETTERS,
    ),
    Fault(
        "421 after 20 letters over a connection",
        by_two_soon,
        Mischief("mail", "421 4.7.0 closing", per_connection=PER_CONNECTION),
        letters=SOME_LETTERS,
    ),
    Fault("every other connection not greeted", by_two_soon, Mischief("connect", "silence", every=2)),
)
