"""What a fault is, and how one happens: settle, let it happen, send what is left, hold the books against the truth."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.faults.delivery import books
from tests.faults.delivery.books import Account, Allowed
from tests.faults.delivery.receiver import Mischief
from tests.faults.delivery.scene import Scene

# One letter on each of a drain's connections (SMTP_CONNECTIONS) may be between its last dot and the answer.
DOUBTFUL_PER_KILL = 8


def send(scene: Scene) -> int:
    """Two workers meet the mischief of the mail server. The rest is up to whoever comes after them."""
    scene.settle("edition", "plan")
    for worker in scene.start_at_once(2, "send"):
        worker.wait()
    return 0


def there() -> str:
    return ""


def content(told: Mapping[str, Any]) -> str:
    return ""


@dataclass(frozen=True, slots=True)
class Fault:
    name: str
    # Gives how often the fault struck, besides the times that the mail server counts.
    happen: Callable[[Scene], int] = send
    mischief: Mischief = field(default_factory=Mischief)
    # Letters that may be uncertain for each time it struck.
    doubt: int = 0
    # How often it has to strike.
    least: int = 1
    # Each time that it strikes a letter may fail.
    refuses: bool = False
    # What must be besides, in words, by what `tell` told before anybody resumed a pause; empty where it is so.
    complain: Callable[[Mapping[str, Any]], str] = content
    # What is not installed here; empty where everything is.
    missing: Callable[[], str] = there
    # How many letters it takes to happen in full; 0 where any number does.
    letters: int = 0
    # The only one to which it can happen.
    database: str = ""
    # The works that tell what became of everybody, and that let what waits go on to its end.
    tell: str = "tell"
    finish: str = "finish"


@dataclass(frozen=True, slots=True)
class Outcome:
    fault: str
    struck: int = 0
    # None where the fault could not be tried; then `missing` says why.
    account: Account | None = None
    missing: str = ""
    seconds: float = 0.0
    # What must never be, in words.
    wrong: tuple[str, ...] = ()


def suffer(fault: Fault, scene: Scene) -> Outcome:
    """Lets *fault* happen to *scene*, which is fresh."""
    if missing := fault.missing():
        return Outcome(fault.name, missing=missing)
    began = time.monotonic()
    with scene.until_the_end, scene.mail_server(fault.mischief):
        struck = fault.happen(scene)
        complaint = fault.complain(scene.run(fault.tell)) if fault.complain is not content else ""
        told = scene.run(fault.finish)
    received = scene.received()
    struck += received.strikes
    allowed = Allowed(uncertain=fault.doubt * struck, failed=struck if fault.refuses else 0, doubled=struck)
    settled = books.settle(told, received, scene.readers, scene.quiet, allowed)
    wrong = settled.wrong if struck >= fault.least else (*settled.wrong, f"it should strike {fault.least} times")
    wrong = (*wrong, complaint) if complaint else wrong
    return Outcome(fault.name, struck, settled, seconds=round(time.monotonic() - began, 1), wrong=wrong)
