"""The memory that many readers take: `python -m tests.benchmarks.memory [--readers 1000000] [--plan]`.

It reads that many stored readers, with five filters each, and chooses their papers in one process, or with --plan plans
their letters. It prints the seconds, and the most memory that the process had after each tenth of the readers.
"""

import argparse
import os
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.benchmarks import population
from tests.benchmarks.isolation import alone, set_environment
from tests.benchmarks.measuring import Watch, measured, peak_mb

READERS = 1_000_000
CHUNK = 1_000


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--readers", type=int, default=READERS, help="how many (1,000,000)")
    parser.add_argument("--plan", action="store_true", help="write the rows, too")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="memory-") as folder:
        set_environment(Path(folder))
        made = alone(population.build, given.readers)
        os.environ["DATABASE_URL"] = made["database"] or os.environ["DATABASE_URL"]
        try:
            found = alone(plan if given.plan else choose, given.readers)
        finally:
            alone(population.tear_down)
    print(f"{found['letters']:,} letters in {found['seconds']:,.0f} s, {found['letters_per_cpu_s']:,.0f} a CPU second")
    for readers, megabytes in found["steps"]:
        print(f"{readers:>12,} readers{megabytes:>8,.0f} MB")
    return 0


def choose(readers: int) -> dict[str, Any]:
    """Read the readers and choose their papers. Return figures, and the peak memory after so many readers."""
    population.set_up()
    from digest.infra.gc_tuning import collect_seldom
    from subscriptions import selectors
    from tests.benchmarks.choosing import Work

    def run(show: Callable[[int], None]) -> None:
        chooser, done, after = Work.prepared().chooser, 0, 0
        with collect_seldom():
            while chunk := selectors.find_due_readers(population.DAY, after_id=after, limit=CHUNK):
                chooser.choose(chunk)
                done, after = done + len(chunk), chunk[-1].id
                show(done)

    return _measure(run, readers)


def plan(readers: int) -> dict[str, Any]:
    """Plan the letters of the readers. Return the same figures."""
    population.set_up()
    from django.utils import timezone

    from digest.models import Edition
    from digest.picking import planner

    edition = Edition.objects.get(day=population.DAY)
    return _measure(
        lambda show: planner.plan_everyone(edition, timezone.now(), lambda done, _total: show(done)), readers
    )


def _measure(run: Callable[[Callable[[int], None]], object], readers: int) -> dict[str, Any]:
    steps: list[tuple[int, float]] = [(0, peak_mb())]

    def show(done: int) -> None:
        if done >= steps[-1][0] + readers / 10 or done == readers:
            steps.append((done, peak_mb()))
            print(f"{done:,} readers, {peak_mb():,.0f} MB", file=sys.stderr, flush=True)

    watch = Watch()
    with measured(watch):
        run(show)
    return {**watch.figures(readers), "steps": steps}


if __name__ == "__main__":
    sys.exit(main())
