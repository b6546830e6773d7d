"""Postfix's smtp-sink as the receiving side: a mail server that nobody here wrote. It keeps every letter in a file."""

import os
import pwd
import tempfile
from pathlib import Path

from tests.benchmarks import postfix
from tests.faults.delivery.fault import DOUBTFUL_PER_KILL, Fault
from tests.faults.delivery.kills import Hunt
from tests.faults.delivery.receiver import Mischief
from tests.faults.delivery.scene import Scene

VICTIMS = 5
# Seconds: it is too quick for victims that live longer.
SOON = 0.01
LETTERS = "letters"
# smtp-sink writes the envelope above each letter.
RECIPIENT = "X-Rcpt-Args: "
GROUP = "2"
NOBODY = 65534


def killed(scene: Scene) -> int:
    """Workers are killed while they send to it. Gives how many."""
    scene.settle("edition", "plan")
    scene.close_server()
    with tempfile.TemporaryDirectory(prefix="smtp-sink-") as name:
        folder = Path(name)
        _give_away(folder)
        with postfix.sink("-D", LETTERS, folder=folder) as port:
            scene.machine.environment["EMAIL_URL"] = f"smtp://127.0.0.1:{port}"
            scene.environment["BATCH"] = GROUP
            scene.counted = folder / LETTERS, RECIPIENT.encode()
            ended = Hunt(scene, VICTIMS, lifetime=SOON).run()
            scene.run("finish")
        scene.log.write_text("".join(_lines(folder / LETTERS)), "utf-8")
    scene.open_server(Mischief())
    return ended


def _give_away(folder: Path) -> None:
    """smtp-sink does not run as root."""
    if os.getuid() == 0:
        os.chown(folder, pwd.getpwuid(NOBODY).pw_uid, -1)


def _lines(dump: Path) -> list[str]:
    """As our own server writes them."""
    found, address = [], ""
    for line in dump.read_text("utf-8").splitlines():
        if line.startswith(RECIPIENT):
            address = line.removeprefix(RECIPIENT).strip("<>")
        elif address and line.lower().startswith("message-id: "):
            found.append(f"took {address} {line.partition(': ')[2]}\n")
            address = ""
    return found


FAULTS = (
    Fault(
        "SIGKILL while Postfix's smtp-sink receives",
        killed,
        doubt=DOUBTFUL_PER_KILL,
        missing=lambda: postfix.missing("smtp-sink"),
    ),
)
