"""People sign up, and click twice, while the mail server takes no letter of ours."""

from tests.faults.delivery.fault import Fault
from tests.faults.delivery.receiver import Mischief
from tests.faults.delivery.scene import Scene

# Attempts until our mistake is mended.
REFUSALS = 20


def sign_up_twice(scene: Scene) -> int:
    """Two processes handle the requests. The quiet ones are suppressed."""
    scene.environment["DOMAINS"] = "50"
    scene.run("sign_up", str(scene.readers), str(scene.quiet))
    for worker in scene.start_at_once(2, "handle_requests"):
        worker.wait()
    return 0


def refused(name: str, mischief: Mischief) -> Fault:
    return Fault(name, sign_up_twice, mischief, least=REFUSALS, tell="tell_sign_ups", finish="finish_sign_ups")


FAULTS = (
    refused("sign-ups, 553 to our address", Mischief("mail", "553 5.7.1 sender address rejected", most=REFUSALS)),
    refused("sign-ups, 554 relay access denied", Mischief("rcpt", "554 5.7.1 Relay access denied", most=REFUSALS)),
    refused("sign-ups, 421 instead of a greeting", Mischief("connect", "421 4.7.0 too busy", most=REFUSALS)),
)
