"""A stopwatch for the benchmarks: seconds by the clock, seconds of this process on a processor, and its memory."""

import resource
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
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
            "peak_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
        }


@contextmanager
def measured(watch: Watch) -> Iterator[None]:
    """Adds what passes to *watch*."""
    began, cpu = time.perf_counter(), time.process_time()
    try:
        yield
    finally:
        watch.seconds += time.perf_counter() - began
        watch.cpu += time.process_time() - cpu
