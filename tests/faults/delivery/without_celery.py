"""Nobody but cron comes back to a letter that was put off."""

from collections.abc import Mapping
from typing import Any

from tests.faults.delivery.fault import Fault
from tests.faults.delivery.receiver import Mischief
from tests.faults.delivery.scene import Scene

GREYLISTING = Mischief("rcpt", "451 4.7.1 greylisted", first_time=True)
TEN_MINUTES = 600


def run_once(scene: Scene) -> int:
    """One `run_daily`, which waits for letters that were put off."""
    scene.settle()
    scene.run("day_with_wait")
    return 0


def run_every_ten_minutes(scene: Scene) -> int:
    """Two of cron's `deliver_due` at once, and ten minutes later two more."""
    scene.settle("edition")
    for _round in range(2):
        for worker in scene.start_at_once(2, "deliver_by_cron"):
            worker.wait()
            assert worker.returncode == 0
        scene.set_clock(TEN_MINUTES)
    return 0


def left_somebody(told: Mapping[str, Any]) -> str:
    """Every letter must be out, before anybody helps."""
    waiting = [state for _address, state in told["states"] if state not in ("accepted", "excluded")]
    return f"{len(waiting)} letters wait for somebody to come back" if waiting else ""


FAULTS = (
    Fault("greylisting, one run_daily", run_once, GREYLISTING, complain=left_somebody),
    Fault("greylisting, two deliver_due at once", run_every_ten_minutes, GREYLISTING, complain=left_somebody),
)
