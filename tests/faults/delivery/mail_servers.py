"""Mail servers that misbehave: one line each."""

from tests.faults.delivery.fault import Fault, send
from tests.faults.delivery.receiver import Mischief
from tests.faults.delivery.scene import Scene

# Every so manieth letter: even if all fall to one of two workers they are fewer than make it pause the edition.
SELDOM = 40
# Bytes of a letter that does not fit into what the system keeps between two processes.
LONG = str(6_000_000)
SOME = "25@example.org"
# Seconds to wait for an answer; the product waits for minutes.
IMPATIENT = "0.2"


def send_all(scene: Scene) -> int:
    """Gives how many letters there were: every one was struck."""
    send(scene)
    return scene.taken()


def send_long(scene: Scene) -> int:
    """Long are the letters to SOME."""
    scene.environment.update(LONG_LETTER=LONG, LONG_TO=SOME)
    return send(scene)


def send_impatiently(scene: Scene) -> int:
    scene.environment["PATIENCE"] = IMPATIENT
    return send(scene)


FAULTS = (
    Fault("421 instead of a greeting", mischief=Mischief("connect", "421 4.3.2 too busy", most=3)),
    Fault("421 to MAIL", mischief=Mischief("mail", "421 4.7.0 a new connection, please", every=10)),
    Fault("421 to RCPT", mischief=Mischief("rcpt", "421 4.7.0 a new connection, please", every=10)),
    Fault("421 after the letter", mischief=Mischief("dot", "421 4.3.0 shutting down", every=10)),
    Fault("451 to MAIL", mischief=Mischief("mail", "451 4.3.0 try again", every=10)),
    Fault("450 to a recipient", mischief=Mischief("rcpt", "450 4.2.0 mailbox busy", every=10)),
    Fault("452 instead of 354", mischief=Mischief("data", "452 4.3.1 no room", every=10)),
    Fault("451 after the letter", mischief=Mischief("dot", "451 4.3.0 try again", every=10)),
    Fault("greylisting", mischief=Mischief("rcpt", "451 4.7.1 greylisted", first_time=True)),
    Fault("550 to a recipient", mischief=Mischief("rcpt", "550 5.1.1 unknown", every=SELDOM), refuses=True),
    Fault("554 after the letter", mischief=Mischief("dot", "554 5.7.1 unwanted", every=SELDOM), refuses=True),
    Fault("connection reset before the letter", mischief=Mischief("data", "reset", every=SELDOM)),
    Fault("connection reset in the letter", send_long, Mischief("middle", "reset", first_time=True, to=SOME)),
    Fault("dropped after the final dot, taken", mischief=Mischief("dot", "keep", every=SELDOM), doubt=1),
    Fault("dropped after the final dot, forgotten", mischief=Mischief("dot", "reset", every=SELDOM), doubt=1),
    Fault("no answer to RCPT", send_impatiently, Mischief("rcpt", "silence", every=SELDOM)),
    Fault("no answer after the letter", send_impatiently, Mischief("dot", "silence", every=SELDOM), doubt=1),
    Fault("answers that come slowly", send_all, Mischief(slowest=0.01)),
    Fault("answers that drip", mischief=Mischief("dot", "drip", every=SELDOM)),
)
