"""Keeps the book of a run: its stages, their times, and the row in the database that outlives a crash."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime

from django.utils import timezone

from digest.domain import Tick
from digest.models import Edition, Run
from digest.progress import Unwatched, Watch
from digest.reconciliation.counts import Tally
from digest.report import Report


def fetched_from(day: date) -> str:
    """The source from which the papers of *day* came last; empty when nothing was fetched."""
    names = Run.objects.filter(day=day, report__fetched=True).order_by("-id").values_list("source", flat=True)
    return names.first() or ""


class DayRun:
    """One run over one day: what its stages share."""

    def __init__(self, day: date, source: str, watch: Watch | None = None, *, dry_run: bool = False) -> None:
        self.day = day
        self.watch = watch or Unwatched()
        self.now: datetime = timezone.now()
        self.report = Report(day=day, source=source, dry_run=dry_run)
        self.edition: Edition | None = None
        # Set when letters are planned: whose they are.
        self.tally: Tally | None = None
        self.row = Run.objects.create(day=day, source=source[:200], started_at=self.now)

    @contextmanager
    def stage(self, name: str) -> Iterator[Tick]:
        """Times a stage and writes the report so far, so that a killed run still tells how far it came."""
        start = time.monotonic()
        try:
            with self.watch.stage(name) as tick:
                yield tick
        finally:
            self.report.seconds[name] = round(time.monotonic() - start, 3)
            self._save()

    def finish(self) -> Report:
        self.row.finished_at = timezone.now()
        self.row.balanced = self.report.balanced
        self._save()
        return self.report

    def _save(self) -> None:
        self.row.report = self.report.as_json()
        self.row.save()
