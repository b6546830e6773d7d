"""What letters need is away for a while: the mail server, the database, the broker, room on the disk."""

import time

import psycopg
from django.conf import settings
from django.db import connection, connections
from psycopg import sql

from tests.faults.delivery.fault import DOUBTFUL_PER_KILL, Fault
from tests.faults.delivery.receiver import Mischief
from tests.faults.delivery.scene import Scene, a_moment
from tests.processes import Child

WORKERS = 2
TIMES = 3
# Seconds.
AWAY = 0.1
SLOW = Mischief(slowest=0.002)


def refused(scene: Scene) -> int:
    """Nobody listens where the mail server should be; later somebody does. Gives how many drains were turned away."""
    scene.settle("edition", "plan")
    scene.close_server()
    ends = [worker.wait() for worker in scene.start_at_once(WORKERS, "send")]
    scene.open_server(Mischief())
    return sum(bool(end["halted"]) for end in ends)


def server_killed(scene: Scene) -> int:
    """The mail server is killed while it takes letters, and is back soon."""
    scene.settle("edition", "plan")
    for share in (0.3, 0.6):
        workers = scene.start_at_once(WORKERS, "send")
        scene.wait_for_letters(share)
        scene.close_server()
        for worker in workers:
            worker.wait()
        scene.open_server(SLOW)
    return 2


def cut_off(scene: Scene) -> int:
    """Every connection is cut and none let in for a moment, several times. Gives how many were cut in their work."""
    scene.settle("edition", "plan")
    workers = [scene.start("send") for _ in range(WORKERS)]
    cut = 0
    for number in range(TIMES):
        scene.wait_for_letters((number + 1) / (TIMES + 2))
        a_moment(0.01)
        cut += _cut()
        workers = [_kept_going(scene, worker) for worker in workers]
    for worker in workers:
        worker.wait()
    return cut


def _kept_going(scene: Scene, worker: Child) -> Child:
    """Another in its place where the loss of the database ended it."""
    return scene.start("send") if worker.returncode is not None else worker


def _cut() -> int:
    name = sql.Identifier(settings.DATABASES["default"]["NAME"])
    connections.close_all()
    connection.close_pool()  # type: ignore[attr-defined]
    with _administrator() as link:
        link.execute(sql.SQL("ALTER DATABASE {} WITH ALLOW_CONNECTIONS false").format(name))
        found = link.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s",
            [settings.DATABASES["default"]["NAME"]],
        ).fetchall()
        time.sleep(AWAY)
        link.execute(sql.SQL("ALTER DATABASE {} WITH ALLOW_CONNECTIONS true").format(name))
    return len(found)


def _administrator() -> "psycopg.Connection[tuple[object, ...]]":
    database = settings.DATABASES["default"]
    return psycopg.connect(
        host=database["HOST"],
        port=database["PORT"] or None,
        user=database["USER"] or None,
        password=database["PASSWORD"] or None,
        dbname="postgres",
        autocommit=True,
    )


FAULTS = (
    Fault("connection refused", refused),
    Fault("mail server killed and back", server_killed, SLOW, doubt=WORKERS * DOUBTFUL_PER_KILL),
    Fault("database connections cut", cut_off, SLOW, doubt=1, database="postgresql"),
)
