"""One run over a day: its progress display, its report, and its row in the database."""

import logging
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import asdict, dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, Protocol

from django.utils import timezone
from django.utils.translation import gettext as _

from digest.domain import Outlook, ProgressCallback, find_worst_outlook, no_progress
from digest.models import Edition, Run
from digest.reconciliation.counts import LetterCounts, RunTally
from digest.reconciliation.explanations import describe_action
from digest.summaries.llm.requests import MAX_RUN_SECONDS

log = logging.getLogger(__name__)

LETTERS_PER_LINE = 1000
BEGUN_EVERY_MINUTE = frozenset({"pick", "summarise", "send"})


class ProgressDisplay(Protocol):
    """Shows the progress of a run, stage by stage."""

    def stage(self, name: str) -> AbstractContextManager[ProgressCallback]:
        """Show a stage from the beginning of the block to its end."""

    def wait(self, until: datetime) -> AbstractContextManager[ProgressCallback]:
        """Show, within a stage, that it waits for the next attempt at letters that were put off."""


class NoDisplay:
    """A display for runs that nobody looks at."""

    @contextmanager
    def stage(self, name: str) -> Iterator[ProgressCallback]:
        yield no_progress

    @contextmanager
    def wait(self, until: datetime) -> Iterator[ProgressCallback]:
        yield no_progress


class StageLog:
    """A display for workers, whom nobody watches: a line in the log as a stage ends, and one for each thousand letters.

    Stages that somebody begins every minute say nothing where they had nothing to do.
    """

    def __init__(self, day: date) -> None:
        self.day = day

    @contextmanager
    def stage(self, name: str) -> Iterator[ProgressCallback]:
        began, done = time.monotonic(), 0

        def tick(so_far: int, total: int | None = None) -> None:
            nonlocal done
            if name == "send" and so_far // LETTERS_PER_LINE > done // LETTERS_PER_LINE:
                log.info("%s %s: %s letters so far", self.day, name, f"{so_far:,}")
            done = so_far

        yield tick
        if done or name not in BEGUN_EVERY_MINUTE:
            log.info("%s %s: %s in %.1f s", self.day, name, f"{done:,}", time.monotonic() - began)

    @contextmanager
    def wait(self, until: datetime) -> Iterator[ProgressCallback]:
        yield no_progress


@dataclass(slots=True)
class Report:
    """Counts of one run over one day. The letters counted are this run's: earlier ones are in `already`."""

    day: date
    # Where the day's papers came from, even if an earlier run fetched them; empty if none were fetched.
    source: str = ""
    dry_run: bool = False
    # Whether this run fetched the day's papers. It does not once letters of the day are planned.
    fetched: bool = False
    # The entries of the source: stored + known + rejected.
    entries: int = 0
    stored: int = 0
    known: int = 0
    rejected: int = 0
    # Papers that a listing of the day names and that could not be read yet; later runs request them again.
    missing: int = 0
    rejections: list[dict[str, str]] = field(default_factory=list)
    # By service: for how many papers it gave a signal, or why it was unavailable. Empty if none was asked.
    signals: dict[str, int | str] = field(default_factory=dict)
    edition: int = 0
    due: int = 0
    # Readers whose letter had ended before this run: sent, excluded, failed or uncertain; and how many of each.
    already: int = 0
    already_by_state: dict[str, int] = field(default_factory=dict)
    accepted: int = 0
    excluded: int = 0
    failed: int = 0
    uncertain: int = 0
    # Neither sent nor failed: postponed by the mail server, or held back by a pause. The books are then open.
    waiting: int = 0
    # Why sending ended although letters wait; empty where it did not, or the edition is paused.
    halted: str = ""
    # Whether somebody stopped the sending, by Ctrl-C or SIGTERM.
    stopped: bool = False
    # Of run_daily: the letters of other editions that it tried again, one entry per edition.
    other_editions: list[dict[str, Any]] = field(default_factory=list)
    # Dry runs only: letters that were rendered and would have been sent, and those that something else holds back.
    would_send: int = 0
    held_back: int = 0
    reasons: dict[str, dict[str, int]] = field(
        default_factory=lambda: {name: {} for name in ("excluded", "failed", "uncertain", "waiting")}
    )
    # After reconcile, of the whole day: state, reason, count, the reason in words, what to do (empty: nothing), and
    # whether it needs somebody.
    explained: list[dict[str, Any]] = field(default_factory=list)
    # By writer; after the stage also calls, cache_hits, tokens and cost, and rejected and failed with reasons.
    summaries: dict[str, Any] = field(default_factory=lambda: {"model": 0, "extractive": 0, "imported": 0, "cached": 0})
    # Which part of the source was unavailable or late, and what is missing. Letters are sent all the same.
    warnings: list[str] = field(default_factory=list)
    # What does not balance, in words. Empty means balanced.
    problems: list[str] = field(default_factory=list)
    # Of run_daily: what is left to do besides the day's own books, in other editions and in the chores, in words.
    besides: list[str] = field(default_factory=list)
    # Those of both that pass by themselves.
    passing: list[str] = field(default_factory=list)
    # What is so besides, in sentences.
    notes: list[str] = field(default_factory=list)
    # Why nothing of the day is stored: state, outlook and words. Empty where papers are.
    without_papers: dict[str, str] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)

    def take(self, letters: LetterCounts) -> None:
        """Copy the counts of letters into the report."""
        self.due, self.already = letters.due, letters.already
        self.already_by_state = {state: count for state, count in letters.already_by_state.items() if count}
        for state in ("accepted", "excluded", "failed", "uncertain", "waiting"):
            setattr(self, state, letters.counts.get(state, 0))
        self.reasons = {state: dict(letters.reasons.get(state, {})) for state in self.reasons}

    def add_problem(self, text: str, *, passing: bool = False) -> None:
        """Add a problem once. A *passing* one needs time and nobody."""
        if text not in self.problems:
            self.problems.append(text)
            if passing:
                self.passing.append(text)

    def add_besides(self, text: str, *, passing: bool = False) -> None:
        """Add what is left to do besides the day's own books. What is *passing* needs time and nobody."""
        self.besides.append(text)
        if passing:
            self.passing.append(text)

    def describe_actions(self, outlook: Outlook) -> list[str]:
        """Return what to do about the letters, or what goes on by itself, whichever *outlook* asks for."""
        actions = describe_action(self.explained, outlook)
        return [f"{count} {_(state)}: {text}" for count, state, text in actions]

    @property
    def passing_problems(self) -> list[str]:
        """Return what needs time and nobody."""
        return [text for text in (*self.problems, *self.besides) if text in self.passing]

    @property
    def to_do(self) -> list[str]:
        """Return what somebody must see to: problems that do not pass, and letters with what to do about them."""
        is_why = self.without_papers.get("outlook") == Outlook.ACT
        without_papers = [self.without_papers["words"]] if is_why else []
        lasting = [text for text in (*self.problems, *self.besides) if text not in self.passing]
        return [*without_papers, *lasting, *self.describe_actions(Outlook.ACT)]

    @property
    def balanced(self) -> bool:
        return not self.problems

    @property
    def outlook(self) -> Outlook:
        """Return what the day still needs."""
        texts = (*self.problems, *self.besides)
        needs = [Outlook.WAIT if text in self.passing else Outlook.ACT for text in texts]
        needs += [Outlook(line["outlook"]) for line in self.explained]
        if self.without_papers:
            needs.append(Outlook(self.without_papers["outlook"]))
        return find_worst_outlook(needs)

    def as_json(self) -> dict[str, Any]:
        """Return the report as Run.report stores it."""
        return {**asdict(self), "day": self.day.isoformat(), "balanced": self.balanced, "outlook": self.outlook}


def find_source_name(day: date) -> str:
    """Return the source of the latest run that fetched papers of *day*; empty if none did."""
    names = Run.objects.filter(day=day, report__fetched=True).order_by("-id").values_list("source", flat=True)
    return names.first() or ""


class DayRun:
    """One run over one day, shared by its stages."""

    def __init__(
        self,
        day: date,
        source: str,
        watch: ProgressDisplay | None = None,
        *,
        dry_run: bool = False,
        max_wait: timedelta = timedelta(0),
        model_seconds: float = MAX_RUN_SECONDS,
    ) -> None:
        self.day = day
        self.watch = watch or NoDisplay()
        # How long the run may wait for letters that a mail server puts off, and how long for a model.
        self.max_wait, self.model_seconds = max_wait, model_seconds
        self.now: datetime = timezone.now()
        self.report = Report(day=day, source=source, dry_run=dry_run)
        self.edition: Edition | None = None
        # Set once letters are planned: it counts those of this run.
        self.tally: RunTally | None = None
        self.row = Run.objects.create(day=day, source=source[:200], started_at=self.now)

    @contextmanager
    def stage(self, name: str) -> Iterator[ProgressCallback]:
        """Time a stage and save the report so far, so that a killed run shows how far it came."""
        start = time.monotonic()
        try:
            with self.watch.stage(name) as tick:
                yield tick
        finally:
            self.report.seconds[name] = round(time.monotonic() - start, 3)
            self._save()

    def finish(self) -> Report:
        """Save the report with the end time, and return it."""
        self.row.finished_at = timezone.now()
        self.row.balanced = self.report.balanced
        self._save()
        return self.report

    def _save(self) -> None:
        self.row.report = self.report.as_json()
        self.row.save()
