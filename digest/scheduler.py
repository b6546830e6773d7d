"""Two of the scheduled jobs: each night prepare a day, each minute deliver the letters whose hour has come."""

import logging
from collections.abc import Callable
from datetime import date, datetime

from django.utils import timezone

from digest import privacy
from digest.checks import refuse_to_send_unready
from digest.delivery import drain, overdue
from digest.delivery.outbox import OPEN_STATES
from digest.delivery.workers import concurrency, recovery, shutdown
from digest.domain import Source
from digest.editions import load
from digest.infra.database_retry import retry_on_disconnect
from digest.letters.prerendered.renderer import LetterRenderer
from digest.letters.sender import Sender
from digest.models import Edition
from digest.picking import deadlines, planner
from digest.picking.papers_needed import find_needed_papers
from digest.pipeline import run_in_order, run_stages
from digest.reconciliation import books
from digest.reconciliation.counts import RunTally
from digest.run import DayRun, Report
from digest.sources.memory import EmptySource
from digest.summaries import write

log = logging.getLogger(__name__)

# Asks any worker to drain the edition with this id.
RequestDrain = Callable[[int], object]

# How long letters whose hour has come wait for a model.
MODEL_WAIT_SECONDS = 30.0

# The source name of runs that only deliver or reconcile.
SCHEDULE = "schedule"


def prepare_day(day: date, source: Source) -> Report:
    """Run the stages that need no reader to be due, so that letters can go out at each reader's hour."""
    now = timezone.now()
    too_old = Edition.objects.filter(frozen_at__lt=deadlines.oldest_frozen_at(now), state="frozen")
    for edition in too_old.filter(deliveries__state__in=OPEN_STATES).distinct():
        log.error("The edition of %s has letters that never went out: reconcile --date %s", edition.day, edition.day)
    privacy.delete_expired(now)
    return run_stages(day, source, ("fetch", "signals", "build", "summarise"))


def deliver_due(now: datetime | None = None, request_drain: RequestDrain | None = None) -> int:
    """Plan the letters of readers whose hour has come, send them and the postponed ones, and return how many went.

    With *request_drain* workers send them: it is called with an edition's id once for each drain that is useful.
    """
    now = now or timezone.now()
    open_editions = Edition.objects.filter(deadlines.is_scheduled(now), paused=False).exclude(entries=None)
    return sum(_deliver_edition(edition, now, request_drain) for edition in open_editions.order_by("day"))


def drain_edition(edition_id: int, request_drain: RequestDrain) -> int:
    """Send letters of an edition together with the other workers that do, and return how many went.

    It stops if it is asked to, or if new letters show papers whose summaries in that language it has not loaded; then
    it calls *request_drain*, so that another worker continues.
    """
    refuse_to_send_unready()
    with shutdown.listen_for_signals() as is_asked_to_stop:
        edition = Edition.objects.get(id=edition_id)
        shown = find_needed_papers(edition)
        write.write_summaries(edition, shown, use_model=False)
        renderer = LetterRenderer(load.load_contents(edition), Sender.from_settings())
        shows_more = shutdown.throttle(lambda: retry_on_disconnect(lambda: find_needed_papers(edition)) != shown)
        drained = drain.drain(edition, renderer, stop=lambda: is_asked_to_stop() or shows_more())
        if drained.stopped:
            request_drain(edition_id)
        else:
            _close_if_final(edition)
    return drained.accepted


def _deliver_edition(edition: Edition, now: datetime, request_drain: RequestDrain | None) -> int:
    """Plan and send the letters of one edition as a run of its own. In most minutes there is nothing to do."""
    planned = planner.plan_due(edition, now)
    late = planned.excluded[deadlines.TOO_LATE] or overdue.has_overdue(edition, now)
    if not (late or recovery.has_work(edition, now)):
        return 0
    if request_drain is None:
        run = DayRun(edition.day, SCHEDULE)
        run.edition, run.tally = edition, RunTally(edition, planned.excluded)
        overdue.end_overdue(edition, now)
        return run_in_order(run, EmptySource(SCHEDULE), ("summarise", "send", "reconcile")).accepted
    overdue.end_overdue(edition, now)
    if planned.pending:
        # Letters wait a little for a model. Summaries that it does not write in time are requested later.
        write.write_summaries(edition, find_needed_papers(edition), seconds=MODEL_WAIT_SECONDS)
    for _drain in range(concurrency.workers_needed(edition, now)):
        request_drain(edition.id)
    _close_if_final(edition)
    return 0


def _close_if_final(edition: Edition) -> None:
    """Close the edition in a run of its own, which reports the whole day, if every letter has ended."""
    if books.is_final(edition):
        run_stages(edition.day, EmptySource(SCHEDULE), ("reconcile",))
