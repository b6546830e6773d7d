"""A stopwatch for the benchmarks: seconds by the clock, seconds of this process on a processor, and its memory."""

import resource
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(slots=True)
class Watch:
    seconds: float = 0.0
    cpu: float = 0.0

    def figures(self, letters: int) -> dict[str, Any]:
        return {
            "letters_per_s": round(letters / self.seconds, 1),
            "letters": letters,
            "seconds": round(self.seconds, 3),
            "letters_per_cpu_s": round(letters / self.cpu, 1),
            "peak_mb": round(peak_mb()),
        }


def peak_mb() -> float:
    """The most memory that this process had."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def own_mb() -> float:
    """The memory of this process now; of what it shares with others its part alone, where the system tells that."""
    try:
        told = Path("/proc/self/smaps_rollup").read_text()
    except OSError:
        return peak_mb()
    return int(next(line for line in told.splitlines() if line.startswith("Pss:")).split()[1]) / 1024


@contextmanager
def measured(watch: Watch) -> Iterator[None]:
    """Adds what passes to *watch*."""
    began, cpu = time.perf_counter(), time.process_time()
    try:
        yield
    finally:
        watch.seconds += time.perf_counter() - began
        watch.cpu += time.process_time() - cpu
