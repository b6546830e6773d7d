"""What the clock does, through Celery or cron: prepare a day at night, deliver what is due, and the chores.

In cron mode the commands `prepare_day`, `deliver_due` and `run_daily` call the functions of these names, which do all
of it. With Celery each job is a task of its own (tasks.py), and workers send what `request_due_drains` plans.
"""

import logging
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.db import DatabaseError
from django.db.models import Case, Count, Min, QuerySet, Value, When
from django.utils import timezone
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from digest import retention
from digest.alarms.signs_of_life import CELERY_INTERVAL, CRON_INTERVAL, DAILY_INTERVAL, is_my_turn, leave_sign
from digest.alarms.watch import watch
from digest.checks import refuse_to_send_unready
from digest.deliverability import hourly_check
from digest.delivery import drain, outages, outbox, overdue, pause
from digest.delivery.edition_renderer import EditionRenderer
from digest.delivery.outbox import OPEN_STATES
from digest.delivery.workers import concurrency, recovery, shutdown
from digest.domain import Outlook, Source, find_worst_outlook
from digest.models import Delivery, Edition
from digest.picking import deadlines, planner, shown_papers, welcome
from digest.picking.letter_days import find_edition_for
from digest.picking.missing_edition import describe_missing_edition
from digest.picking.papers_needed import find_needed_papers
from digest.picking.relations import relate_picks
from digest.pipeline import STAGES, run_in_order, run_stages
from digest.reconciliation import books
from digest.reconciliation.counts import RunTally
from digest.run import DayRun, ProgressDisplay, Report, StageLog
from digest.sentences import join_reasons
from digest.sources.memory import EmptySource
from digest.summaries import backfill, write
from subscriptions.account_requests.drain import drain_outbox
from subscriptions.account_requests.outbox import describe_waiting
from subscriptions.services import imported_confirmations, reminders

log = logging.getLogger(__name__)

# Asks any worker to drain the edition with this id.
RequestDrain = Callable[[int], object]

# How long letters whose hour has come wait for a model.
MODEL_WAIT_SECONDS = 30.0

# The source name of runs that only deliver or reconcile.
SCHEDULE = "schedule"

# How long the daily run tries the letters of an edition again: Friday's until Monday, at a somewhat later hour.
RETRIED_BY_DAILY_RUN = timedelta(days=3, hours=12)

# In cron mode a model is asked for what it owes by the first run of an hour: cron starts one every ten minutes.
CATCH_UP_MINUTES = 10


@dataclass(slots=True)
class Chores:
    """What was done beside the letters of the day: the numbers of requests and reminders, and what failed.

    Reminders are all letters to people who have not confirmed, those who were imported too.
    """

    account_requests: int = 0
    reminders: int = 0
    summaries: int = 0
    problems: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Delivered:
    """The outcome of one run of `deliver_due` in cron mode."""

    # Of each edition in which there was something to do.
    editions: list[Report] = field(default_factory=list)
    # Why editions wait that are paused, or that the mail server takes no letter of, and what to do.
    held_back: list[str] = field(default_factory=list)
    # How many letters wait for their next try or for a limit, and until when.
    waiting: list[str] = field(default_factory=list)
    # What to do where nobody prepared the day; empty where its edition is there, or none is needed.
    missing_edition: str = ""
    chores: Chores = field(default_factory=Chores)

    @property
    def problems(self) -> list[str]:
        """Return what somebody must see to: letters that failed or are held back, and chores that failed.

        A letter that waits for its next attempt, for a limit or for the next run is none.
        """
        said = {text for report in self.editions for text in report.to_do}
        of_editions = [f"{report.day}: {text}" for report in self.editions for text in report.to_do]
        held_back = [text for text in self.held_back if text not in said]
        missing = [self.missing_edition] if self.missing_edition else []
        return [*of_editions, *held_back, *missing, *self.chores.problems]

    def as_json(self) -> dict[str, Any]:
        """Return the outcome as `deliver_due --json` prints it."""
        editions = [report.as_json() for report in self.editions]
        told = {"waiting": self.waiting, "problems": self.problems, "outlook": self.outlook}
        return {"editions": editions, **asdict(self.chores), **told}

    @property
    def outlook(self) -> Outlook:
        """Return whether somebody must act. What waits is left to the run in ten minutes: for cron that is fine."""
        is_besides = self.held_back or self.missing_edition or self.chores.problems
        besides = Outlook.ACT if is_besides else Outlook.FINE
        worst = find_worst_outlook([besides, *(report.outlook for report in self.editions)])
        return Outlook.ACT if worst == Outlook.ACT else Outlook.FINE


def prepare_day(day: date, source: Source, watch: ProgressDisplay | None = None) -> Report:
    """Run the stages that need no reader to be due, so that letters can go out at each reader's hour."""
    now = timezone.now()
    too_old = Edition.objects.filter(frozen_at__isnull=False, state="frozen").exclude(deadlines.is_in_time(now))
    for edition in too_old.filter(deliveries__state__in=OPEN_STATES).distinct():
        log.error("The edition of %s has letters that never went out: reconcile --date %s", edition.day, edition.day)
    return run_stages(day, source, ("fetch", "signals", "build", "summarise"), watch=watch)


def send_welcomes(now: datetime) -> int:
    """Plan the first letters of readers who have just confirmed, send these alone, and return how many went.

    A mail server that takes none leaves them to the drains of the edition.
    """
    sent = 0
    for planned in welcome.plan_welcomes(now):
        edition = planned.edition
        write.write_summaries(edition, find_needed_papers(edition), seconds=MODEL_WAIT_SECONDS)
        relate_picks(edition)
        sent += drain.drain(edition, EditionRenderer(edition, write_missing=True), only=planned.delivery_id).accepted
        _close_if_final(edition)
    return sent


def request_due_drains(now: datetime, request_drain: RequestDrain) -> None:
    """Plan the letters of readers whose hour has come, and let workers send them and the postponed ones.

    It calls *request_drain* with an edition's id, once for each drain that is useful. First letters that no web process
    planned, as it was killed, are planned too.
    """
    leave_sign("scheduler", now, CELERY_INTERVAL)
    welcome.plan_welcomes(now)
    for edition in _find_open_editions(now):
        _request_delivery(edition, now, request_drain)


def deliver_editions(now: datetime) -> Iterator[Report]:
    """Plan the letters of readers whose hour has come, and send them and the postponed ones in this process.

    Yield the report of each edition with something to do. Any number of processes may do so at once. What was put off
    is left to the next call.
    """
    welcome.plan_welcomes(now)
    for edition in _find_open_editions(now):
        planned, has_work = _plan_edition(edition, now)
        if has_work:
            run = DayRun(edition.day, SCHEDULE, model_seconds=MODEL_WAIT_SECONDS)
            run.edition, run.tally = edition, RunTally(edition, planned.excluded)
            overdue.end_overdue(edition, now)
            yield run_in_order(run, EmptySource(SCHEDULE), ("summarise", "send", "reconcile"))


def find_held_back(now: datetime, besides: Collection[date] = ()) -> list[str]:
    """Return why letters wait in editions that are paused, or that the mail server takes none of, and what to do.

    Editions of the days *besides* are told of elsewhere.
    """
    editions = Edition.objects.filter(deadlines.is_scheduled(now), paused=True, deliveries__state__in=OPEN_STATES)
    paused = editions.exclude(day__in=besides).order_by("day").distinct()
    down = outages.find_outages().filter(deadlines.is_scheduled(now)).exclude(day__in=besides)
    return [
        *(pause.how_to_resume(edition.day, edition.pause_reason) for edition in paused),
        *(join_reasons(outages.describe_outage(edition)) for edition in down),
    ]


def find_waiting(now: datetime) -> list[str]:
    """Return how many letters of each open edition wait for their next try or for a limit, and until when."""
    is_limited = Case(When(reason=outbox.RATE_LIMITED, then=Value(True)), default=Value(False))
    waiting = Delivery.objects.filter(
        edition__in=_find_open_editions(now), state=outbox.State.PENDING, not_before__gt=now
    )
    groups = waiting.annotate(limited=is_limited).values_list("edition__day", "limited")
    counted = groups.annotate(letters=Count("id"), first=Min("not_before")).order_by("edition__day", "limited")
    sentences = []
    for day, limited, count, first in counted:
        if limited:
            text = ngettext(
                "%(count)d letter of %(day)s waits for a limit, until %(until)s.",
                "%(count)d letters of %(day)s wait for a limit, the first until %(until)s.",
                count,
            )
        else:
            text = ngettext(
                "%(count)d letter of %(day)s waits for its next try, until %(until)s.",
                "%(count)d letters of %(day)s wait for their next try, the first until %(until)s.",
                count,
            )
        sentences.append(text % {"count": count, "day": day, "until": f"{localtime(first):%Y-%m-%d %H:%M %Z}"})
    return sentences


def retry_other_editions(day: date, now: datetime, watch: ProgressDisplay | None = None) -> Iterator[Report]:
    """Try again what waits in editions of other days than *day*. Yield the report of each that had something to do.

    The daily run is the only one in its mode, so letters get a new deadline as from every command that sends. It plans
    nobody: who had no letter of an earlier day gets today's. After RETRIED_BY_DAILY_RUN what still waits is ended.
    """
    editions = Edition.objects.filter(frozen_at__gte=now - deadlines.OPEN_BOOKS_AGE, state="frozen", paused=False)
    for edition in editions.filter(deliveries__state__in=OPEN_STATES).exclude(day=day).distinct().order_by("day"):
        run = DayRun(edition.day, SCHEDULE, watch)
        run.edition, run.tally = edition, RunTally(edition)
        if edition.frozen_at is not None and edition.frozen_at >= now - RETRIED_BY_DAILY_RUN:
            overdue.renew_waiting(edition, now)
            outbox.end_waits(edition.id)
        else:
            overdue.end_overdue(edition, now)
        report = run_in_order(run, EmptySource(SCHEDULE), ("summarise", "send"))
        books.close_edition(edition, books.read_books(edition, now))
        yield report


def serve_silent_day(day: date, now: datetime, watch: ProgressDisplay | None = None) -> list[Report]:
    """Send the letters of a day without papers: those of the edition before, to whom they come on this day.

    Return the report of that edition, if anybody was due.
    """
    found = find_edition_for(day)
    if found is None or found[0].paused:
        return []
    edition, letter_day = found
    planned = planner.plan_everyone(edition, now, letter_day=letter_day)
    if planned == planner.PlanCounts():
        return []
    run = DayRun(edition.day, SCHEDULE, watch)
    run.edition, run.tally = edition, RunTally(edition, planned.excluded)
    return [run_in_order(run, EmptySource(SCHEDULE), ("summarise", "send", "reconcile"))]


def run_daily(day: date, source: Source, now: datetime, max_wait: timedelta, watch: ProgressDisplay) -> Report:
    """Run a whole day in the mode of one run a day: with what waits in other editions, and the chores.

    Letters of the day that a mail server puts off are tried again within *max_wait*. The report is the day's; what is
    left to do in other editions and in the chores is in its `besides`. Raises SourceUnavailable, after all the rest.
    """
    leave_sign("run_daily", now, DAILY_INTERVAL)
    others: list[Report] = []
    for other in retry_other_editions(day, now, watch):
        others.append(other)
        if other.stopped:
            return _finish_daily_report(Report(day, stopped=True), others, Chores())
    chores = do_chores(now)
    chores.problems += find_held_back(now, besides=[day])
    report = run_stages(day, source, tuple(STAGES), watch=watch, max_wait=max_wait)
    if not report.stopped:
        others += serve_silent_day(day, now, watch)
        catch_up_summaries(chores)
    return _finish_daily_report(report, others, chores)


def deliver_due(now: datetime) -> Delivered:
    """Do what the cron job of every ten minutes does: deliver what is due in all open editions, then the chores.

    It may run any number of times at once.
    """
    leave_sign("deliver_due", now, CRON_INTERVAL)
    delivered = Delivered()
    for report in deliver_editions(now):
        delivered.editions.append(report)
        if report.stopped:
            return delivered
    delivered.held_back = find_held_back(now, besides=[report.day for report in delivered.editions])
    delivered.waiting = find_waiting(now)
    delivered.missing_edition = describe_missing_edition(now)
    delivered.chores = do_chores(now)
    if now.minute < CATCH_UP_MINUTES:
        catch_up_summaries(delivered.chores)
    return delivered


def do_chores(now: datetime) -> Chores:
    """Handle account requests, send reminders, and keep house, as Celery does in tasks of its own."""
    chores = Chores()
    chores.reminders = _attempt(_("reminders"), lambda: reminders.request_reminders(now), chores)
    chores.reminders += _attempt(_("confirmations"), lambda: imported_confirmations.ask_imported(now), chores)
    chores.account_requests = _attempt(_("account requests"), lambda: drain_outbox(now), chores)
    if waiting := describe_waiting(now):
        chores.problems.append(waiting)
    _attempt(_("lists of the papers that readers have seen"), lambda: shown_papers.pack_due(now), chores)
    _attempt(_("deletion of what has expired"), lambda: sum(retention.forget_due(now).values()), chores)
    _attempt(_("the sender's records"), lambda: check_sender(now), chores)
    _attempt(_("alarms"), lambda: watch(now), chores)
    return chores


def check_sender(now: datetime) -> None:
    """Look up what receivers look up about the sender, if nobody has in this hour. It may take half a minute."""
    if is_my_turn("sender", now, hourly_check.INTERVAL):
        hourly_check.renew_check(now)


def catch_up_summaries(chores: Chores) -> None:
    """Write the summaries that a model still owes. It may take half an hour."""
    chores.summaries = _attempt(_("summaries"), backfill.catch_up_summaries, chores)


def drain_edition(edition_id: int, request_drain: RequestDrain) -> int:
    """Send letters of an edition together with the other workers that do, and return how many went.

    It stops if it is asked to, or if new letters show papers whose summaries in that language it has not loaded; then
    it calls *request_drain*, so that another worker continues.
    """
    refuse_to_send_unready()
    with shutdown.listen_for_signals() as is_asked_to_stop:
        edition = Edition.objects.get(id=edition_id)
        renderer = EditionRenderer(edition, write_missing=True)
        is_outdated = shutdown.throttle(renderer.is_outdated)
        with StageLog(edition.day).stage("send") as tick:
            drained = drain.drain(edition, renderer, stop=lambda: is_asked_to_stop() or is_outdated(), tick=tick)
        if drained.stopped:
            request_drain(edition_id)
        else:
            _close_if_final(edition)
    return drained.accepted


def _attempt(name: str, work: Callable[[], int | None], chores: Chores) -> int:
    """Do one chore and return its number. One that fails is reported and holds up none of the others."""
    try:
        return work() or 0
    except (ImproperlyConfigured, DatabaseError):
        raise
    except Exception as error:  # a mail server that is away, for one: the next run tries again
        log.warning("%s: %s %s", name, type(error).__name__, error)
        chores.problems.append(f"{name}: {str(error) or type(error).__name__}")
        return 0


def _finish_daily_report(report: Report, others: Sequence[Report], chores: Chores) -> Report:
    """Add to a day's report what became of other editions, and what is left to do for an operator."""
    names = ("accepted", "excluded", "failed", "uncertain", "waiting")
    report.other_editions = [
        {"day": other.day.isoformat(), **{name: getattr(other, name) for name in names}} for other in others
    ]
    if report.stopped and not report.seconds:
        report.add_problem(_("letters: stopped on request; run it again to go on"), passing=True)
    for other in others:
        if other.waiting:
            text = _("letters: %(count)d of %(day)s still wait to be sent")
            report.add_besides(text % {"count": other.waiting, "day": other.day}, passing=other.outlook != Outlook.ACT)
    for problem in chores.problems:
        report.add_besides(problem)
    return report


def _find_open_editions(now: datetime) -> QuerySet[Edition]:
    editions = Edition.objects.filter(deadlines.is_scheduled(now), paused=False).exclude(entries=None)
    return editions.order_by("day")


def _plan_edition(edition: Edition, now: datetime) -> tuple[planner.PlanCounts, bool]:
    """Plan who is due, and return the counts and whether there is something to do. In most minutes there is not."""
    planned = planner.plan_due(edition, now)
    late = planned.excluded[deadlines.TOO_LATE] or overdue.has_overdue(edition, now)
    return planned, bool(late) or recovery.has_work(edition, now)


def _request_delivery(edition: Edition, now: datetime, request_drain: RequestDrain) -> None:
    """Plan the letters of one edition, and request the drains that are useful."""
    progress = StageLog(edition.day)
    with progress.stage("pick") as tick:
        planned, has_work = _plan_edition(edition, now)
        tick(planned.pending + planned.excluded.total(), None)
    if not has_work:
        return
    overdue.end_overdue(edition, now)
    if planned.pending:
        # Letters wait a little for a model. Summaries that it does not write in time are requested later.
        with progress.stage("summarise") as tick:
            write.write_summaries(edition, find_needed_papers(edition), tick, seconds=MODEL_WAIT_SECONDS)
            relate_picks(edition)
    for _drain in range(concurrency.workers_needed(edition, now)):
        request_drain(edition.id)
    _close_if_final(edition)


def _close_if_final(edition: Edition) -> None:
    """Close the edition in a run of its own, which reports the whole day, if every letter has ended."""
    if books.is_final(edition):
        run_stages(edition.day, EmptySource(SCHEDULE), ("reconcile",), watch=StageLog(edition.day))
