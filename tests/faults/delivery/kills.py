"""Workers that are ended at random instants, again and again, while several of them send."""

import random
import shutil
import signal
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from digest.delivery.workers import batch_size
from tests.faults.delivery import receiver
from tests.faults.delivery.fault import DOUBTFUL_PER_KILL, Fault
from tests.faults.delivery.receiver import Mischief
from tests.faults.delivery.scene import Scene, a_moment, end
from tests.processes import Child

AGAIN_AND_AGAIN = "SIGKILL at random instants"
WORKERS, FEW = 3, 5
# Seconds that the mail server takes for an answer at most, so that victims fall in every state.
SLOWEST = 0.003
# Seconds that a victim may go on for at most, once it is chosen.
LIFETIME = 0.15
# The share of letters that should be out when the last victim falls, so that none falls for nothing.
SPREAD = 0.9
# Seconds for which the mail server keeps each letter waiting while letters are ahead of the ends; FIRST at first, or a
# few letters would all be out before anybody falls.
LIGHTEST, FIRST, HARDEST = 0.002, 0.3, 1.0


@dataclass(slots=True)
class Hunt:
    """Ends workers with *number*, each replaced at once, *victims* of them if there are letters for so many."""

    scene: Scene
    victims: int
    number: signal.Signals = signal.SIGKILL
    command: str = "send"
    lifetime: float = LIFETIME
    # Called when one has ended, before another begins.
    after: Callable[[], object] = tuple
    ended: int = 0
    braking: float = FIRST
    workers: list[Child] = field(default_factory=list)

    def run(self) -> int:
        """Gives how many were ended in the middle."""
        receiver.brake(self.scene.log, self.braking)
        self.workers = [self.scene.start(self.command) for _ in range(WORKERS)]
        while self.ended < self.victims and self.scene.taken() < self.scene.letters:
            self.strike(random.randrange(WORKERS))
        receiver.brake(self.scene.log, 0)
        for worker in self.workers:
            worker.wait()
        return self.ended

    def strike(self, place: int) -> None:
        victim = self.workers[place]
        self.scene.wait_until(lambda: self.scene.is_ready(victim))
        a_moment(self.lifetime)
        self.ended += self.hits(victim)
        self.after()
        self.workers[place] = self.scene.start(self.command)
        self.keep_pace()

    def hits(self, victim: Child) -> bool:
        """A worker that is asked to stop ends as if it had finished. None ends by an error."""
        alive = victim.returncode is None
        hit = end(victim, self.number)
        assert hit or victim.returncode == 0
        return hit or (alive and self.number == signal.SIGTERM)

    def keep_pace(self) -> None:
        """The mail server becomes slower while letters are ahead of the ends, and quicker while they are behind."""
        ahead = self.scene.taken() / self.scene.letters > SPREAD * self.ended / self.victims
        self.braking = min(max(self.braking * 1.5, LIGHTEST), HARDEST) if ahead else self.braking / 2
        receiver.brake(self.scene.log, self.braking)


def faults(victims: int) -> list[Fault]:
    slow, few = Mischief(slowest=SLOWEST), max(victims // 4, 1)
    killed = Fault(AGAIN_AND_AGAIN, lambda scene: workers(scene, victims), slow, doubt=DOUBTFUL_PER_KILL, least=victims)
    return [
        killed,
        replace(killed, name="SIGKILL of schedulers", happen=lambda scene: schedulers(scene, few), least=1),
        replace(killed, name="SIGKILL, journals lost", happen=forgotten, doubt=batch_size.MAX_BATCH, least=1),
        Fault("SIGTERM at random instants", lambda scene: workers(scene, few, signal.SIGTERM), slow),
    ]


def workers(scene: Scene, victims: int, number: signal.Signals = signal.SIGKILL) -> int:
    scene.settle("edition", "plan")
    return Hunt(scene, victims, number).run()


def schedulers(scene: Scene, victims: int) -> int:
    """Nothing is planned before. The last one lives."""
    scene.settle("edition")
    killed = Hunt(scene, victims, command="deliver").run()
    scene.run("deliver")
    return killed


def forgotten(scene: Scene) -> int:
    """As when a machine dies and another one goes on: nobody can read what the dead had on their way."""
    scene.settle("edition", "plan")
    return Hunt(scene, FEW, after=lambda: shutil.rmtree(scene.home / "logbooks", ignore_errors=True)).run()
