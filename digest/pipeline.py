"""What happens to a day. Read STAGES first: it is the table of contents of the product.

Every stage is idempotent and can be run alone; after a kill at any instruction the same call goes on where it stopped.
"""

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from datetime import date, datetime, timedelta
from typing import Literal

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from digest.assembly.letters import Press
from digest.assembly.publisher import Publisher
from digest.checks import refuse_to_send_unready
from digest.delivery import planning, sending
from digest.delivery.outbox import OPEN
from digest.delivery.reconcile import books, close
from digest.delivery.tallying import Tally
from digest.editions import building, contents
from digest.editions.demand import demand
from digest.models import Delivery, Edition
from digest.papers import ledger
from digest.papers.doors import Arxiv
from digest.papers.intake import take_in
from digest.papers.missing import still
from digest.papers.signals import observe
from digest.progress import Watch
from digest.records import Explained, Source, Tick
from digest.report import Report
from digest.runs import DayRun, fetched_from
from digest.sources.kept import Kept, Nothing
from digest.summaries import writing

log = logging.getLogger(__name__)

Stage = Literal["fetch", "signals", "build", "pick", "summarise", "send", "reconcile"]

LATEST = timedelta(hours=36)
"""An edition older than this is not begun for readers who have not had it."""

SCHEDULE = "schedule"
"""What a run's source is called when the clock woke it."""


class NotReady(Exception):
    """A stage was asked for before the one it needs; the text says which command to run."""


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
    """Freezes, for every reader who is due, what their letter will show."""
    edition = _edition(run)
    run.tally = Tally(edition)
    planning.plan_everyone(edition, run.now, tick)
    run.report.take(run.tally.letters())


def summarise(run: DayRun, source: Source, tick: Tick) -> None:
    """Writes what somebody will see: the picks, or before anything is picked what would be."""
    edition = _edition(run)
    wanted = planning.wanted(edition) if run.tally else demand(edition)
    run.report.summaries = writing.write(edition, wanted, tick, use_model=not run.report.dry_run).as_json()


def send(run: DayRun, source: Source, tick: Tick) -> None:
    edition = _edition(run)
    run.tally = run.tally or Tally(edition)
    press = Press(contents.load(edition), Publisher.from_settings())
    _miss_no_summary(run, press)
    if run.report.dry_run:
        run.report.would_send = sending.rehearse(edition, press, tick)
        return
    refuse_to_send_unready()
    drained = sending.drain(edition, press, tick=tick)
    run.report.take(run.tally.letters())
    if drained.halted or drained.stopped:
        run.report.problems.append(drained.halted or _("letters: stopped on request; run it again to go on"))


def reconcile(run: DayRun, source: Source, tick: Tick) -> None:
    """Says which line of the books is off, and closes the edition when none is. Run alone it reports the whole day."""
    edition = _edition(run)
    book = books(edition)
    if run.tally is None:
        run.report.source = fetched_from(run.day) or ""
        run.report.take(Tally.of_the_day(edition).letters())
    if not run.report.dry_run:
        run.report.problems += book.complaints
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
    return run_stages(day, source, ("fetch", "signals", "build", "summarise"))


def deliver_due(now: datetime | None = None) -> int:
    """Plans and sends the letters of readers whose hour has come, and tries the postponed ones again. How many went."""
    now = now or timezone.now()
    return sum(_deliver(edition, now) for edition in _going_out(now))


def _going_out(now: datetime) -> list[Edition]:
    recent = Edition.objects.filter(frozen_at__gte=now - LATEST, paused=False).exclude(entries=None)
    return list(recent.order_by("day"))


def _deliver(edition: Edition, now: datetime) -> int:
    """A run of its own in the books, unless there is nothing to do: most minutes are quiet."""
    planned = planning.plan_due(edition, now)
    if not planning.anything_ready(edition, now):
        return 0
    run = DayRun(edition.day, SCHEDULE)
    run.edition, run.tally = edition, Tally(edition, planned.excluded)
    return _in_turn(run, Nothing(SCHEDULE), ("summarise", "send", "reconcile")).accepted


def _tell_what_was_left_behind() -> None:
    """Letters that were still waiting when their edition became too old are an operator's to look at."""
    old = Edition.objects.filter(frozen_at__lt=timezone.now() - LATEST, state="frozen")
    for edition in old.filter(deliveries__state__in=OPEN).distinct():
        log.error("The edition of %s has letters that never went out: reconcile --date %s", edition.day, edition.day)


def _miss_no_summary(run: DayRun, press: Press) -> None:
    """Every paper that was picked must have a summary for those who were given it."""
    wanted = planning.wanted(_edition(run))
    there = press.contents.summaries
    missing = sum((rank, language) not in there for language, ranks in wanted.items() for rank in ranks)
    if missing:
        run.report.problems.append(_("summaries: %d picked papers have none") % missing)


@contextmanager
def _undone() -> Iterator[None]:
    """What happens inside leaves no trace in the database."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def _edition(run: DayRun) -> Edition:
    run.edition = run.edition or Edition.objects.filter(day=run.day).first()
    if run.edition is None:
        hint = _("There is no edition of %(day)s yet. Run: python manage.py build_edition --date %(day)s")
        raise NotReady(hint % {"day": run.day})
    run.report.edition = run.edition.entries.count()
    return run.edition
