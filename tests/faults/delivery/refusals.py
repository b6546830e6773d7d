"""Recipients that are refused: they stop nobody else, and a relay that refuses too many is not believed."""

from collections.abc import Mapping
from typing import Any

from tests.faults.delivery.fault import Fault, send
from tests.faults.delivery.receiver import Mischief
from tests.faults.delivery.scene import Scene

UNKNOWN = "550 5.1.1 unknown"
DEAD_IN_FRONT = 20
# One in so many is dead: seven of a hundred.
DEAD = 14


def send_to_many_domains(scene: Scene) -> int:
    scene.environment["DOMAINS"] = "9"
    return send(scene)


def stopped_somebody(told: Mapping[str, Any]) -> str:
    """Every letter that was not refused must be out, before anybody helps."""
    waiting = [state for _address, state in told["states"] if state not in ("accepted", "failed", "excluded")]
    return f"refused readers held back {len(waiting)} others: {told['pauses']}" if waiting or told["pauses"] else ""


def believed_the_relay(told: Mapping[str, Any]) -> str:
    if told["suppressed"]:
        return f"{told['suppressed']} were given up, though the relay was wrong"
    return "" if told["pauses"] else "nobody was told"


FAULTS = (
    Fault(
        "20 dead addresses in front",
        send_to_many_domains,
        Mischief("rcpt", UNKNOWN, most=DEAD_IN_FRONT),
        refuses=True,
        complain=stopped_somebody,
    ),
    Fault(
        "7% dead addresses",
        send_to_many_domains,
        Mischief("rcpt", UNKNOWN, every=DEAD),
        refuses=True,
        complain=stopped_somebody,
    ),
    Fault(
        "a relay that knows only half",
        send_to_many_domains,
        Mischief("rcpt", UNKNOWN, every=2),
        refuses=True,
        complain=believed_the_relay,
    ),
)
