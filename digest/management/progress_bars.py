"""Progress on stderr: bars that vanish on a terminal, one plain line per stage elsewhere, so that logs stay short."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from digest.domain import ProgressCallback


class ProgressBars:
    def __init__(self) -> None:
        self.console = Console(stderr=True)

        self.bar: Progress | None = None

    @contextmanager
    def stage(self, name: str) -> Iterator[ProgressCallback]:
        start = time.monotonic()
        done = 0
        with self._bar() as bar:
            self.bar = bar
            task = bar.add_task(name, total=None)

            def tick(so_far: int, total: int | None = None) -> None:
                nonlocal done
                done = so_far
                bar.update(task, completed=so_far, total=total)

            yield tick
        count = f"{done:,}" if done else ""
        print(f"  {name:<10} {count:>9}  {time.monotonic() - start:6.1f} s", file=sys.stderr, flush=True)

    @contextmanager
    def wait(self, until: datetime) -> Iterator[ProgressCallback]:
        moment = localtime(until).strftime("%H:%M:%S")
        words = _("The mail server put letters off. Next attempt at %s; Ctrl-C ends the waiting.") % moment
        self.console.print(f"  {words}")
        bar = self.bar or self._bar()
        task = bar.add_task(_("waiting"), total=None)

        def tick(done: int, total: int | None = None) -> None:
            bar.update(task, completed=done, total=total)

        try:
            yield tick
        finally:
            bar.remove_task(task)

    def _bar(self) -> Progress:
        columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
        return Progress(
            *columns,
            TimeElapsedColumn(),
            console=self.console,
            transient=True,
            disable=not self.console.is_terminal,
        )
