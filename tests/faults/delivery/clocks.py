"""Two of the same at once, and a clock that goes wrong."""

import signal

from tests.faults.delivery.fault import DOUBTFUL_PER_KILL, Fault
from tests.faults.delivery.receiver import Mischief
from tests.faults.delivery.scene import Scene, end

HOUR = 3600
SLOW = Mischief(slowest=0.002)
# Letters claimed at a time, so that both find something to do.
FEW = "4"


def two_schedulers(scene: Scene) -> int:
    """Both plan whoever is due and send. Where drains are called for, the second sees that none is wanted."""
    scene.settle("edition")
    return _both(scene, "deliver_alone")


def two_runs(scene: Scene) -> int:
    """Both fetch, build, pick, summarise and send the same day."""
    scene.settle()
    return _both(scene, "day")


def _both(scene: Scene, command: str) -> int:
    """Gives how many drains sent beside the first one."""
    for worker in scene.start_at_once(2, command, BATCH=FEW):
        worker.wait()
        assert worker.returncode == 0
    return int(scene.run("tell")["workers"]) - 1


def set_back(scene: Scene) -> int:
    """While a scheduler sends, the clock goes back an hour; it is killed, and others go on with their clocks behind."""
    scene.settle("edition")
    first = scene.start("deliver", BATCH=FEW)
    scene.wait_for_letters(0.3)
    scene.set_clock(-HOUR)
    scene.wait_for_letters(0.5)
    hit = end(first, signal.SIGKILL)
    for second in scene.start_at_once(2, "deliver", BATCH=FEW):
        second.wait()
    scene.set_clock(HOUR)
    scene.run("deliver")
    return int(hit)


FAULTS = (
    Fault("two schedulers at once", two_schedulers, SLOW),
    Fault("two runs of the same day at once", two_runs, SLOW),
    Fault("the clock set back an hour, and a kill", set_back, SLOW, doubt=DOUBTFUL_PER_KILL),
)
