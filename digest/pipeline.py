"""What happens to a day. Read STAGES first: it is the table of contents of the product.

Every stage is idempotent and can be run alone; after a kill at any instruction the same call goes on where it stopped.
"""

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from datetime import date, datetime
from typing import Literal

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from digest.checks import refuse_to_send_unready
from digest.delivery import drain as sending
from digest.delivery import pause
from digest.delivery.drain import Drained
from digest.delivery.outbox import OPEN
from digest.delivery.rate_limits import limiter
from digest.delivery.webhooks import events
from digest.delivery.workers import concurrency, shutdown
from digest.domain import Explained, Source, Tick
from digest.editions import build as building
from digest.editions import load
from digest.editions.find import edition_of
from digest.infra.database_retry import surely
from digest.ingest import ledger
from digest.ingest.arxiv import Arxiv
from digest.ingest.fetch import take_in
from digest.ingest.missing_papers import still
from digest.letters.prerendered.renderer import Press
from digest.letters.sender import Publisher
from digest.models import Delivery, Edition
from digest.picking import deadlines, planner
from digest.picking.expected_papers import demand
from digest.picking.papers_needed import wanted
from digest.progress import Watch
from digest.reconciliation.books import books, close
from digest.reconciliation.counts import Tally
from digest.report import Report
from digest.run import DayRun, fetched_from
from digest.signals.collect import observe
from digest.sources.memory import Kept, Nothing
from digest.summaries import write

log = logging.getLogger(__name__)

Stage = Literal["fetch", "signals", "build", "pick", "summarise", "send", "reconcile"]

# Asks for a drain of the edition with this id, by anybody.
Call = Callable[[int], object]

# Seconds that letters whose hour has come wait for a model.
PATIENCE = 30.0

# What a run's source is called when the clock woke it.
SCHEDULE = "schedule"


def run_day(day: date, source: Source, *, watch: Watch | None = None, dry_run: bool = False) -> Report:
    """The whole day, for every confirmed reader who wants a letter on it, now and not at their hour."""
    return run_stages(day, source, tuple(STAGES), watch=watch, dry_run=dry_run)


def run_stages(
    day: date, source: Source, stages: Sequence[Stage], *, watch: Watch | None = None, dry_run: bool = False
) -> Report:
    if dry_run and "fetch" in stages:
        source = Kept(_only_read(source), day)  # read before the transaction begins, as nothing may wait for it
    with _undone() if dry_run else nullcontext():
        return _in_turn(DayRun(day, source.name, watch, dry_run=dry_run), source, stages)


def _in_turn(run: DayRun, source: Source, stages: Sequence[Stage]) -> Report:
    if "fetch" not in stages:
        run.report.source = fetched_from(run.day)
    for name in stages:
        with run.stage(name) as tick:
            STAGES[name](run, source, tick)
    return run.finish()


def fetch(run: DayRun, source: Source, tick: Tick) -> None:
    """Takes in what was announced, and what was missed before. Once letters of the day are planned, only the latter."""
    if isinstance(source, Arxiv):
        source = source.watched(tick)
        source.recover(run.day)
    if source.name == "arxiv" and _is_going_out(run.day):
        run.report.source = fetched_from(run.day) or source.name
        run.report.warnings = ledger.troubles(run.day)
        return
    intake = take_in(source.entries(run.day), run.day, source.name, tick)
    report = run.report
    report.fetched = True
    report.entries, report.stored, report.known = intake.entries, intake.stored, intake.known
    report.rejected = len(intake.rejected)
    report.rejections = [{"where": entry.where, "reason": entry.reason} for entry in intake.rejected]
    if report.entries != report.stored + report.known + report.rejected:
        report.problems.append(_("papers: announced is not stored plus known plus rejected"))
    report.warnings = ledger.troubles(run.day)
    report.missing = still(run.day).count()
    if report.missing:
        report.problems.append(_("papers: %d that a listing names could not be read yet") % report.missing)


def signals(run: DayRun, source: Source, tick: Tick) -> None:
    """Asks how much attention papers get, where the day is live and its edition may still change.

    Files and the sample bring what was observed. A dry run asks nobody: its transaction would be held meanwhile.
    """
    if source.name != "arxiv" or not settings.SIGNALS or run.report.dry_run or _is_going_out(run.day):
        return
    run.report.signals = {name: outcome.brief for name, outcome in observe(run.day, tick).items()}


def _is_going_out(day: date) -> bool:
    return Delivery.objects.filter(edition__day=day).exists()


def _only_read(source: Source) -> Source:
    return source.only_reading() if isinstance(source, Arxiv) else source


def build(run: DayRun, source: Source, tick: Tick) -> None:
    run.edition = building.build(run.day, tick)
    if isinstance(source, Explained):
        building.explain(run.edition, source.note)
    run.report.edition = run.edition.entries.count()


def pick(run: DayRun, source: Source, tick: Tick) -> None:
    """Freezes, for every reader who is due, what their letter will show. Whoever was skipped is due once more."""
    edition = _edition(run)
    deadlines.renew(edition, run.now)
    run.tally = Tally(edition)
    planner.plan_everyone(edition, run.now, tick)
    run.report.take(run.tally.letters())


def summarise(run: DayRun, source: Source, tick: Tick) -> None:
    """Writes what somebody will see: the picks, or before anything is picked what would be."""
    edition = _edition(run)
    shown = wanted(edition) if run.tally else demand(edition)
    run.report.summaries = write.write(edition, shown, tick, use_model=not run.report.dry_run).as_json()


def send(run: DayRun, source: Source, tick: Tick) -> None:
    edition = _edition(run)
    run.tally = run.tally or Tally(edition)
    press = Press(load.load(edition), Publisher.from_settings())
    _miss_no_summary(run, press)
    if run.report.dry_run:
        run.report.would_send = sending.rehearse(edition, press, tick)
        return
    refuse_to_send_unready()
    drained = sending.drain(edition, press, tick=tick)
    run.report.take(run.tally.letters())
    run.report.problems += _left_over(edition, drained, run.report.waiting)


def _left_over(edition: Edition, drained: Drained, waiting: int) -> Iterator[str]:
    """Why the drain ended early. A pause that found nothing to hold back is no problem."""
    reason = pause.reason(edition.id) if drained.halted else None
    if reason is None:
        if drained.halted or drained.stopped:
            yield drained.halted or _("letters: stopped on request; run it again to go on")
    elif waiting or drained.failed or drained.uncertain:
        yield pause.how_to_go_on(edition.day, reason)


def reconcile(run: DayRun, source: Source, tick: Tick) -> None:
    """Says which line of the books is off, and closes the edition when none is. Run alone it reports the whole day."""
    edition = _edition(run)
    book = books(edition)
    run.report.explained = [line.as_json() for line in book.lines]
    if run.tally is None:
        run.report.take(Tally.of_the_day(edition).letters())
    if not run.report.dry_run:
        run.report.problems += [each for each in book.complaints if each not in run.report.problems]
        close(edition, book)


STAGES: Mapping[Stage, Callable[[DayRun, Source, Tick], None]] = {
    "fetch": fetch,
    "signals": signals,
    "build": build,
    "pick": pick,
    "summarise": summarise,
    "send": send,
    "reconcile": reconcile,
}


def prepare_day(day: date, source: Source) -> Report:
    """The part of a day that needs no reader to be due: afterwards letters can go out at each reader's hour."""
    _tell_what_was_left_behind()
    _forget()
    return run_stages(day, source, ("fetch", "signals", "build", "summarise"))


def deliver_due(now: datetime | None = None, call: Call | None = None) -> int:
    """Plans the letters of readers whose hour has come; sends them, and the postponed ones again. How many went.

    With *call* others send them: it is called with the id of an edition once for each `drain` that can be of use.
    """
    now = now or timezone.now()
    return sum(_deliver(edition, now, call) for edition in _going_out(now))


def drain(edition_id: int, again: Call) -> int:
    """Sends letters of an edition together with others who do. Gives how many went.

    Asked to stop, or when letters show papers that were in none before, it calls *again* for somebody to go on.
    """
    refuse_to_send_unready()
    with shutdown.noticed() as asked:
        edition = Edition.objects.get(id=edition_id)
        shown = wanted(edition)
        write.write(edition, shown, use_model=False)
        press = Press(load.load(edition), Publisher.from_settings())
        more = shutdown.now_and_then(lambda: surely(lambda: wanted(edition)) != shown)
        drained = sending.drain(edition, press, stop=lambda: asked() or more())
        if drained.stopped:
            again(edition_id)
        else:
            _close_if_final(edition)
    return drained.accepted


def _going_out(now: datetime) -> list[Edition]:
    due = Edition.objects.filter(deadlines.looked_after(now), paused=False).exclude(entries=None)
    return list(due.order_by("day"))


def _deliver(edition: Edition, now: datetime, call: Call | None) -> int:
    """A run of its own in the books, unless there is nothing to do: most minutes are quiet."""
    planned = planner.plan_due(edition, now)
    late = planned.excluded[deadlines.TOO_LATE] or deadlines.anything_overdue(edition, now)
    if not (late or planner.anything_ready(edition, now)):
        return 0
    if call:
        return _hand_over(edition, now, call, new=bool(planned.pending))
    run = DayRun(edition.day, SCHEDULE)
    run.edition, run.tally = edition, Tally(edition, planned.excluded)
    deadlines.skip(edition, now)
    return _in_turn(run, Nothing(SCHEDULE), ("summarise", "send", "reconcile")).accepted


def _hand_over(edition: Edition, now: datetime, call: Call, *, new: bool) -> int:
    """The letters of this minute wait a little for a model; what it owes then is asked for later."""
    deadlines.skip(edition, now)
    if new:
        write.write(edition, wanted(edition), seconds=PATIENCE)
    for _drain in range(concurrency.wanted(edition, now)):
        call(edition.id)
    _close_if_final(edition)
    return 0


def _close_if_final(edition: Edition) -> None:
    """The run that ends an edition, or a part of its day, reports all of it."""
    if planner.all_final(edition):
        run_stages(edition.day, Nothing(SCHEDULE), ("reconcile",))


def _tell_what_was_left_behind() -> None:
    """Letters that were still waiting when their edition became too old are an operator's to look at."""
    old = Edition.objects.filter(frozen_at__lt=deadlines.oldest(timezone.now()), state="frozen")
    for edition in old.filter(deliveries__state__in=OPEN).distinct():
        log.error("The edition of %s has letters that never went out: reconcile --date %s", edition.day, edition.day)


def _forget() -> None:
    """What is kept for a time only."""
    now = timezone.now()
    events.forget(now)
    limiter.forget(now)


def _miss_no_summary(run: DayRun, press: Press) -> None:
    """Every paper that was picked must have a summary for those who were given it."""
    there = press.contents.summaries
    missing = sum((rank, language) not in there for language, ranks in wanted(_edition(run)).items() for rank in ranks)
    if missing:
        run.report.problems.append(_("summaries: none for %d of the picked papers") % missing)


@contextmanager
def _undone() -> Iterator[None]:
    """What happens inside leaves no trace in the database."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def _edition(run: DayRun) -> Edition:
    run.edition = run.edition or edition_of(run.day)
    run.report.edition = run.edition.entries.count()
    return run.edition
