"""A process that writes the summaries of twelve papers, and may kill itself after some."""

import os
import signal

from digest.models import Edition, Summary
from digest.summaries.write import write_summaries
from tests.summaries.papers import edition

PAPERS = 12


def main(answers: int) -> dict[str, int]:
    """With how many *answers* it dies; 0 where it may live, and then tells what was there before and after."""
    before = Summary.objects.filter(writer="small-1").count()
    if answers:
        edition(PAPERS)

    def die(done: int, total: int | None) -> None:
        if done == answers:
            os.kill(os.getpid(), signal.SIGKILL)

    counts = write_summaries(Edition.objects.get(), {"en": range(PAPERS)}, die)
    after = Summary.objects.filter(writer="small-1").count()
    return {"before": before, "after": after, "calls": counts.use.calls}
