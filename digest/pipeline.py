"""A day in seven stages. Read STAGES first.

Every stage is idempotent and can be run alone. After a kill at any point the same call continues where it stopped.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from datetime import date, timedelta
from typing import Literal

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from digest.checks import refuse_to_send_unready
from digest.delivery import approval, drain, outages, outbox, overdue, pause
from digest.delivery.edition_renderer import EditionRenderer
from digest.delivery.outcomes import unreachable
from digest.delivery.repeated_drains import drain_repeatedly
from digest.domain import HasNote, ProgressCallback, Source
from digest.editions import build, version_embeddings
from digest.editions.find import find_edition
from digest.ingest import fetch, ledger
from digest.ingest.arxiv import ArxivSource
from digest.ingest.days_without_papers import explain_day_without_papers
from digest.ingest.missing_papers import find_missing
from digest.models import Delivery, Edition
from digest.picking import planner
from digest.picking.papers_needed import ExpectedPapers, find_expected_papers, find_needed_papers
from digest.picking.relations import relate_picks
from digest.reconciliation import books
from digest.reconciliation.counts import RunTally
from digest.run import DayRun, ProgressDisplay, Report, find_source_name
from digest.search.index import index_versions
from digest.signals import collect
from digest.sources.memory import InMemorySource
from digest.summaries import write
from digest.summaries.llm.budget import ModelUse, sum_spending

# Letters that a mail server puts off are left to a later run.
NO_WAIT = timedelta(0)

# An old database that has no index yet gets it in pieces, so that no letter waits: `index_papers` makes it at once.
MAX_INDEXED_A_RUN = 5000

Stage = Literal["fetch", "signals", "build", "pick", "summarise", "send", "reconcile"]


def run_day(
    day: date,
    source: Source,
    *,
    watch: ProgressDisplay | None = None,
    dry_run: bool = False,
    max_wait: timedelta = NO_WAIT,
) -> Report:
    """Run all stages for every confirmed reader who wants a letter on *day*, now and not at their hour."""
    return run_stages(day, source, tuple(STAGES), watch=watch, dry_run=dry_run, max_wait=max_wait)


def run_stages(
    day: date,
    source: Source,
    stages: Sequence[Stage],
    *,
    watch: ProgressDisplay | None = None,
    dry_run: bool = False,
    max_wait: timedelta = NO_WAIT,
) -> Report:
    """Run some stages of *day* in the order given. A dry run stores nothing of it.

    Letters that a mail server puts off are tried again within *max_wait*. Of a dry run only the lock that spaces
    requests to arXiv remembers that arXiv was asked.
    """
    if dry_run and "fetch" in stages:
        # The source is read before the transaction begins, so that nothing waits for a network inside it.
        source = InMemorySource(source.without_ledger() if isinstance(source, ArxivSource) else source, day)
    with _rolled_back() if dry_run else nullcontext():
        return run_in_order(DayRun(day, source.name, watch, dry_run=dry_run, max_wait=max_wait), source, stages)


def run_in_order(run: DayRun, source: Source, stages: Sequence[Stage]) -> Report:
    """Run *stages* one after the other as parts of *run* and return its report."""
    if "fetch" not in stages:
        run.report.source = find_source_name(run.day)
    for name in stages:
        with run.stage(name) as tick:
            STAGES[name](run, source, tick)
    return run.finish()


def fetch_papers(run: DayRun, source: Source, tick: ProgressCallback) -> None:
    """Store what the source announced on the day, and what earlier runs missed.

    Once letters of the day are planned, it stores only what earlier runs missed.
    """
    if isinstance(source, ArxivSource):
        source = source.with_progress(tick)
        source.recover(run.day)
    if source.name == "arxiv" and _letters_are_planned(run.day):
        run.report.source = find_source_name(run.day) or source.name
        run.report.warnings = ledger.describe_problems(run.day)
        return
    intake = fetch.ingest_entries(source.entries(run.day), run.day, source.name, tick)
    report = run.report
    report.fetched = True
    report.entries, report.stored, report.known = intake.entries, intake.stored, intake.known
    report.rejected = len(intake.rejected)
    report.rejections = [{"where": entry.where, "reason": entry.reason} for entry in intake.rejected]
    if report.entries != report.stored + report.known + report.rejected:
        report.problems.append(_("papers: announced is not stored plus known plus rejected"))
    report.warnings = ledger.describe_problems(run.day)
    report.missing = find_missing(run.day).count()
    if report.missing:
        text = _("papers: %d that a listing names could not be read yet") % report.missing
        report.add_problem(text, passing=True)
    _explain_empty_day(run)


def collect_signals(run: DayRun, source: Source, tick: ProgressCallback) -> None:
    """Collect how much attention papers get, if the source is arXiv and the edition may still change.

    Files and the sample come with their signals. A dry run collects none: its transaction would stay open meanwhile.
    """
    if source.name != "arxiv" or not settings.SIGNALS or run.report.dry_run or _letters_are_planned(run.day):
        return
    run.report.signals = {name: outcome.brief for name, outcome in collect.collect_signals(run.day, tick).items()}


def build_edition(run: DayRun, source: Source, tick: ProgressCallback) -> None:
    """Rank the day's papers and freeze them as its edition."""
    if _letters_are_planned(run.day):
        run.report.notes.append(_("Letters of the edition are planned: it stays as it is."))
    run.edition = build.build_edition(run.day, tick)
    index_versions(MAX_INDEXED_A_RUN)
    _ask_for_vectors(run, run.edition, tick)
    if isinstance(source, HasNote):
        build.set_note(run.edition, source.note, source.notes)
    run.report.edition = run.edition.entries.of_the_day().count()
    if run.edition.frozen_at is None:
        _explain_empty_day(run)
    elif settings.APPROVAL and not run.report.dry_run:
        approval.ask_for_approval(run.edition, run.now)


def pick_papers(run: DayRun, source: Source, tick: ProgressCallback) -> None:
    """Freeze what the letter of every due reader will show. Readers skipped before are due once more."""
    edition = _edition(run)
    overdue.renew_deadlines(edition, run.now)
    outbox.end_waits(edition.id)
    run.tally = RunTally(edition)
    planner.plan_everyone(edition, run.now, tick)
    run.report.take(run.tally.letters())


def summarise_papers(run: DayRun, source: Source, tick: ProgressCallback) -> None:
    """Write the summaries that letters show: of the picks, or before the picking of what would be picked."""
    edition = _edition(run)
    expected = ExpectedPapers(find_needed_papers(edition)) if run.tally else find_expected_papers(edition)
    counts = write.write_summaries(
        edition,
        expected.ranks,
        tick,
        earlier=expected.earlier,
        use_model=not run.report.dry_run,
        seconds=run.model_seconds,
    )
    related = ModelUse() if run.report.dry_run else relate_picks(edition, run.model_seconds)
    run.report.summaries = counts.as_json()
    if related.calls:
        run.report.summaries["relating"] = related.as_json()
    if counts.use.calls or related.calls:
        run.report.summaries["spent"] = sum_spending()
    if fault := counts.use.main_fault:
        text = _(
            "No call to a model brought a summary (%s). Look at the OPENAI_ settings and at the service; when it"
            " answers: python manage.py write_summaries --backfill"
        )
        run.report.add_besides(text % fault)


def send_letters(run: DayRun, source: Source, tick: ProgressCallback) -> None:
    """Send the edition's waiting letters and report why sending ended early, if it did."""
    edition = _edition(run)
    run.tally = run.tally or RunTally(edition)
    renderer = EditionRenderer(edition)
    if missing := renderer.count_missing_summaries():
        run.report.problems.append(_("summaries: none for %d of the picked papers") % missing)
    if run.report.dry_run:
        _report_dry_run(run, edition, drain.dry_run(edition, renderer, tick))
        return
    refuse_to_send_unready()
    drained = drain_repeatedly(edition, renderer, run.max_wait, run.watch.wait, tick)
    run.report.stopped = drained.stopped
    run.report.take(run.tally.letters())
    pause_reason = pause.find_pause_reason(edition.id) if drained.halted else None
    if pause_reason is None:
        if drained.is_down:
            run.report.halted = drained.halted
            run.report.add_problem(outages.find_outage(edition.id) or drained.halted)
        elif drained.halted or drained.stopped:
            run.report.halted = drained.halted or _("letters: stopped on request; run it again to go on")
            run.report.add_problem(run.report.halted, passing=True)
    elif run.report.waiting or drained.failed or drained.uncertain:  # a pause that holds no letter back is no problem
        run.report.problems.append(pause.how_to_resume(edition.day, pause_reason))


def reconcile_books(run: DayRun, source: Source, tick: ProgressCallback) -> None:
    """Report which line of the books is off, and close the edition when none is.

    Run alone, it reports the whole day.
    """
    edition = _edition(run)
    if run.report.dry_run and run.tally is not None:
        return  # the letters that were planned only to try it still wait, which says nothing of the day
    if not run.report.dry_run:
        # What drains that were killed at their end left undone.
        unreachable.judge_and_give_up(edition, run.now)
        pause.tell_operator(edition, run.now)
        run.report.notes += unreachable.describe_given_up(run.day, run.row.id)
        is_nobody_served = run.tally is not None and not run.tally.letters().counts.get("accepted")
        if is_nobody_served and (suspicion := unreachable.suspect_relay(edition, run.now)):
            run.report.add_problem(suspicion)
    edition_books = books.read_books(edition)
    run.report.explained = [line.as_json() for line in edition_books.lines]
    if run.tally is None:
        run.report.take(RunTally.of_the_day(edition).letters())
    for complaint in edition_books.complaints:
        run.report.add_problem(complaint, passing=edition_books.is_passing)
    run.report.notes += edition_books.notes
    if not run.report.dry_run:
        books.close_edition(edition, edition_books)


STAGES: Mapping[Stage, Callable[[DayRun, Source, ProgressCallback], None]] = {
    "fetch": fetch_papers,
    "signals": collect_signals,
    "build": build_edition,
    "pick": pick_papers,
    "summarise": summarise_papers,
    "send": send_letters,
    "reconcile": reconcile_books,
}


def _letters_are_planned(day: date) -> bool:
    return Delivery.objects.filter(edition__day=day).exists()


def _edition(run: DayRun) -> Edition:
    run.edition = run.edition or find_edition(run.day)
    run.report.edition = run.edition.entries.of_the_day().count()
    if run.edition.frozen_at is None:
        _explain_empty_day(run)
    if run.edition.frozen_at is None and not run.report.without_papers:
        text = _("edition: it holds none of the day's papers. Run: python manage.py build_edition --date %s")
        run.report.add_problem(text % run.day)
    return run.edition


def _ask_for_vectors(run: DayRun, edition: Edition, tick: ProgressCallback) -> None:
    """Ask the embedding model, if any, for what it was not asked yet. A paper without a vector is no problem."""
    if run.report.dry_run:
        return
    versions = version_embeddings.find_compared_versions(edition)
    seconds = min(run.model_seconds, version_embeddings.MAX_SECONDS)
    counts = version_embeddings.fill_embeddings(versions, tick, seconds=seconds)
    if counts.left:
        text = ngettext(
            "vectors: %(left)d paper has none (%(why)s)", "vectors: %(left)d papers have none (%(why)s)", counts.left
        )
        run.report.warnings.append(text % {"left": counts.left, "why": counts.problem})


def _explain_empty_day(run: DayRun) -> None:
    if without_papers := explain_day_without_papers(run.day):
        run.report.without_papers = without_papers.as_json()


def _report_dry_run(run: DayRun, edition: Edition, found: drain.DryRun) -> None:
    """Report what would become of the letters, and what would hold them back."""
    report = run.report
    report.would_send = found.would_send
    report.excluded += found.excluded.total()
    report.reasons["excluded"] = dict(Counter(report.reasons["excluded"]) + found.excluded)
    if found.broken:
        text = ngettext(
            "letters: %d cannot be made; the log says why", "letters: %d cannot be made; the log says why", found.broken
        )
        report.add_problem(text % found.broken)
    pause_reason = pause.find_pause_reason(edition.id)
    if pause_reason is not None and found.would_send:
        report.would_send, report.held_back = 0, found.would_send
        report.add_problem(pause.how_to_resume(run.day, pause_reason))


@contextmanager
def _rolled_back() -> Iterator[None]:
    """Undo everything that the block wrote to the database."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)
