"""The database's server stops in the middle of a send and comes back: restarted, or killed and recovered."""

from functools import partial

from tests.faults.delivery import cluster, receiver
from tests.faults.delivery.cluster import Cluster
from tests.faults.delivery.fault import Fault
from tests.faults.delivery.scene import Scene, a_moment
from tests.processes import Child

WORKERS = 3
# Shares of the letters.
MOMENTS = (0.1, 0.25)
# Seconds for which the mail server keeps each letter waiting until then: a group takes too long to grow, so that there
# are always letters that have not begun.
PACE = 0.1
GROUPS = 30
# What the server says each time.
CAME_BACK = {"fast": "received fast shutdown request", "immediate": "automatic recovery in progress"}


def restarted(scene: Scene, mode: str) -> int:
    """No drain ends by it. Gives how often the server came back while letters waited for it."""
    server = scene.until_the_end.enter_context(cluster.running())
    scene.machine.environment["DATABASE_URL"] = server.url
    scene.run("migrate")
    scene.settle("edition", "plan")
    receiver.brake(scene.log, PACE)
    workers = [scene.start("send", BATCH=str(max(scene.letters // GROUPS, 2))) for _ in range(WORKERS)]
    struck = sum([_strikes(scene, server, mode, share, workers) for share in MOMENTS])
    receiver.brake(scene.log, 0)
    ends = [worker.wait() for worker in workers]
    assert all(end and "broken" not in end for end in ends), ends
    return min(struck, server.times(CAME_BACK[mode]))


def _strikes(scene: Scene, server: Cluster, mode: str, share: float, workers: list[Child]) -> bool:
    """Whether it met all drains at their work."""
    scene.wait_for_letters(share)
    a_moment(PACE)
    at_work = all(worker.returncode is None for worker in workers)
    server.restart(mode)
    return at_work and scene.taken() < scene.letters


FAULTS = tuple(
    Fault(name, partial(restarted, mode=mode), least=len(MOMENTS), missing=cluster.not_here)
    for name, mode in (("database restarted", "fast"), ("database killed and recovered", "immediate"))
)
