"""Everything that needs the operator, found in the database and on this machine. A function for each kind."""

import logging
import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import NamedTuple

from django.conf import settings
from django.db import DatabaseError
from django.db.models import Count, Q, QuerySet
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from digest.alarms.signs_of_life import find_silence
from digest.deliverability.findings import FindingState
from digest.deliverability.hourly_check import find_known_sender
from digest.deliverability.letter_rates import DAYS
from digest.delivery import outages, pause
from digest.delivery.outbox import OPEN_STATES
from digest.domain import Outlook
from digest.ingest.days_without_papers import find_installation_day
from digest.ingest.ledger_report import DayReport, report_days
from digest.models import Delivery, Edition, SignOfLife
from digest.models.alarms import BACKUP_FAILED, BACKUP_MADE
from digest.picking import deadlines
from digest.picking.missing_edition import describe_missing_edition
from digest.reconciliation.books import read_books
from digest.sources.arxiv.announcement_schedule import EASTERN
from digest.summaries.llm.budget import spent_today

log = logging.getLogger(__name__)

# Letters that could leave are late after so long.
LATE_AFTER = timedelta(minutes=30)
# The papers of so many days are looked at.
LOOK_BACK = timedelta(days=2)
# Books that the scheduler may close in its next minutes are none of the operator's business.
TIME_TO_CLOSE = timedelta(hours=1)
LEAST_FREE_DISK = 0.05
# A backup a night, and some time to make it. Whoever has made none for so long makes them in another way.
MAX_BACKUP_AGE, BACKUPS_GIVEN_UP_AFTER = timedelta(hours=26), timedelta(days=30)
LARGEST_SPENT_SHARE = Decimal("0.9")
# How the keys of editions begin that are paused, or that the mail server takes no letter of.
HELD_UP = ("pause ", "outage ")
# How the keys of editions begin whose letters failed. Fewer failed letters, or no larger share of all, need nobody.
FAILED, LEAST_FAILED, FAILED_SHARE = "failed ", 5, 0.01
# Of the states of a listing: those in which a source did not give what it should.
NOT_READ = {"open", "partial", "stale"}


class Condition(NamedTuple):
    """Something that needs the operator."""

    # The same as long as it lasts.
    key: str
    text: str
    to_do: str
    # Whether they were told already, by whoever saw it first.
    is_told: bool = False


def find_conditions(now: datetime) -> tuple[list[Condition], list[str]]:
    """Return everything that needs the operator now, and the kinds that could not be looked at.

    That a kind could not be looked at is a condition too. The keys of a kind begin with its name.
    """
    found: list[Condition] = []
    unknown: list[str] = []
    for kind, find in FINDERS.items():
        try:
            found += find(now)
        except DatabaseError:
            raise
        except Exception as error:  # none of the others is to be missed for it
            log.exception("Alarms of the kind %s could not be looked for.", kind)
            unknown.append(kind)
            text = _("It is not known whether something is wrong: %(kind)s (%(error)s).")
            words = {"kind": kind, "error": type(error).__name__}
            found.append(Condition(f"unknown {kind}", text % words, _("See the log.")))
    return found, unknown


def find_late_papers(now: datetime) -> Iterator[Condition]:
    """Yield the days whose papers are not there although the hour has come: PAPERS_DUE_HOUR, UTC."""
    today, installed = now.astimezone(EASTERN).date(), find_installation_day()
    for report in report_days(today - LOOK_BACK, today):
        is_due = now >= datetime.combine(report.day, time(settings.PAPERS_DUE_HOUR), UTC)
        if is_due and report.day > installed and _lacks_papers(report):
            text = _("The papers of %(day)s are not complete.") % {"day": report.day}
            yield Condition(f"papers {report.day}", text, report.advice)


def _lacks_papers(report: DayReport) -> bool:
    """Return whether somebody must see to a day whose papers should be there by now."""
    if report.without_papers:
        return report.without_papers.outlook != Outlook.FINE
    # What a listing names and nobody could read is asked for again by every run, and is worth nobody's time today.
    return report.outlook == Outlook.ACT or report.state in NOT_READ


def find_missing_edition(now: datetime) -> Iterator[Condition]:
    """Yield the day that nobody prepared although readers are due."""
    if words := describe_missing_edition(now):
        yield Condition("edition", _("A day was not prepared."), words)


def find_pauses(now: datetime) -> Iterator[Condition]:
    """Yield the editions whose letters wait for the operator. Whoever paused one has told them, or is the operator."""
    for edition in _find_scheduled(now).filter(paused=True, deliveries__state__in=OPEN_STATES).distinct():
        what, *words, to_do = pause.describe_pause(edition)
        yield Condition(f"pause {edition.day}", " ".join([what, *words]), to_do, is_told=edition.alerted_at is not None)


def find_outages(now: datetime) -> Iterator[Condition]:
    """Yield the editions whose letters wait as the mail server takes none. The drain that saw it tells of it."""
    for edition in outages.find_outages().filter(deadlines.is_scheduled(now)):
        *words, to_do = outages.describe_outage(edition)
        yield Condition(f"outage {edition.day}", " ".join(words), to_do, is_told=edition.alerted_at is not None)


def find_overdue_letters(now: datetime) -> Iterator[Condition]:
    """Yield the editions with letters that could leave and have not, LATE_AFTER their readers' hours."""
    editions = _find_scheduled(now).filter(paused=False, down_since=None)
    can_leave = Q(not_before=None) | Q(not_before__lte=now - LATE_AFTER)
    is_nobodys = Q(lease_until=None) | Q(lease_until__lte=now)
    was_due = Q(not_after__lte=now - LATE_AFTER + deadlines.delivery_window())
    late = Delivery.objects.filter(can_leave, is_nobodys, was_due, edition__in=editions, state__in=OPEN_STATES)
    for day, count in late.values_list("edition__day").annotate(letters=Count("id")).order_by("edition__day"):
        yield Condition(f"overdue {day}", _describe_overdue(day, count), _advise_on_scheduler())


def _describe_overdue(day: date, count: int) -> str:
    text = ngettext(
        "%(count)d letter of %(day)s is more than half an hour late.",
        "%(count)d letters of %(day)s are more than half an hour late.",
        count,
    )
    return text % {"count": count, "day": day}


def _advise_on_scheduler() -> str:
    return _("See whether the workers and the scheduler run, and what they log. By hand: python manage.py deliver_due")


def find_failed_letters(now: datetime) -> Iterator[Condition]:
    """Yield the editions of which many letters failed for a reason of ours: too few in a row to pause them."""
    for edition in _find_scheduled(now).filter(paused=False):
        failures = pause.find_retriable(edition)
        if edition.resumed_at:  # whoever resumed it knew of those before
            failures = failures.filter(finished_at__gt=edition.resumed_at)
        if (failed := failures.count()) < LEAST_FAILED:
            continue
        letters = Delivery.objects.filter(edition=edition).exclude(state=Delivery.State.EXCLUDED).count()
        if failed > FAILED_SHARE * letters:
            text = _("%(failed)d of %(letters)d letters of %(day)s failed for a reason that can be mended.")
            to_do = _(
                "See why: python manage.py reconcile --date %(day)s"
                " Once the cause is mended: python manage.py retry_letters --date %(day)s --yes"
            )
            words = {"failed": failed, "letters": letters, "day": edition.day}
            yield Condition(f"{FAILED}{edition.day}", text % words, to_do % words)


def find_open_books(now: datetime) -> Iterator[Condition]:
    """Yield the editions that nobody gets any more and whose books do not balance."""
    over = Edition.objects.filter(state="frozen", frozen_at__gte=now - deadlines.OPEN_BOOKS_AGE, paused=False)
    for edition in over.filter(frozen_at__lt=deadlines.oldest_frozen_at(now) - TIME_TO_CLOSE).order_by("day"):
        books = read_books(edition, now)
        if not books.balanced or books.waiting:
            text = _("The books of %(day)s do not balance.") % {"day": edition.day}
            to_do = _("Do: python manage.py reconcile --date %s") % edition.day
            yield Condition(f"books {edition.day}", " ".join([text, *books.complaints]), to_do)


def find_silent_scheduler(now: datetime) -> Iterator[Condition]:
    """Yield the scheduler if it has said nothing for too long."""
    if since := find_silence(now):
        text = _("The scheduler has done nothing since %s.") % _format_time(since)
        yield Condition("scheduler", text, _advise_on_scheduler())


def find_full_disk(now: datetime) -> Iterator[Condition]:
    """Yield the disk of PREPRINT_POST_HOME if less than LEAST_FREE_DISK of it is free."""
    usage = shutil.disk_usage(settings.HOME)
    if usage.free < LEAST_FREE_DISK * usage.total:
        text = _("Of the disk of %(folder)s only %(free)d MB are free.")
        to_do = _("Make room: what is kept how long is set by the KEEP_… settings.")
        yield Condition("disk", text % {"folder": settings.HOME, "free": usage.free // 1_000_000}, to_do)


def find_missing_backup(now: datetime) -> Iterator[Condition]:
    """Yield last night's backup, if it failed or was not made. Of who never made one a night, nobody knows."""
    signs = dict(SignOfLife.objects.filter(name__in=(BACKUP_MADE, BACKUP_FAILED)).values_list("name", "at"))
    made, failed = signs.get(BACKUP_MADE), signs.get(BACKUP_FAILED)
    if failed and (made is None or failed > made):
        text = _("The backup of %s failed.") % _format_time(failed)
        yield Condition("backup failed", text, _("See what it logged, mend that, and start it again: docs/backup.md"))
    elif made and MAX_BACKUP_AGE < now - made < BACKUPS_GIVEN_UP_AFTER:
        text = _("No backup has been made since %s.") % _format_time(made)
        yield Condition("backup late", text, _("See whether its timer or container runs: docs/backup.md"))


def find_spending(now: datetime) -> Iterator[Condition]:
    """Yield what models cost today if it nears LLM_DAILY_BUDGET."""
    budget = Decimal(settings.LLM_DAILY_BUDGET)
    if budget and (spent := spent_today(now)) > LARGEST_SPENT_SHARE * budget:
        text = _("Models cost %(spent).2f of the %(budget).2f US dollars that today may cost.")
        to_do = _("Nothing, or set LLM_DAILY_BUDGET higher. Beyond it, letters have sentences of the abstracts.")
        yield Condition(f"spending {now.astimezone(UTC).date()}", text % {"spent": spent, "budget": budget}, to_do)


def find_sender_faults(now: datetime) -> Iterator[Condition]:
    """Yield what the hourly check found for which mailbox providers refuse letters, or soon will."""
    sender = find_known_sender()
    if sender is None or not sender.is_fresh(now):
        return
    for finding in sender.problems:
        if finding.state == FindingState.WRONG:
            yield Condition(f"sender {finding.subject}", finding.text, finding.to_do)
    rates = sender.rates
    if rates.judge_complaints() == FindingState.WRONG:
        text = _("Readers complained of %(count)d of %(letters)d letters of %(days)d days.")
        words = {"count": rates.complained, "letters": rates.letters, "days": DAYS}
        to_do = _("Find out who came how, and write to nobody who did not ask: docs/deliverability.md")
        yield Condition("sender complaints", text % words, to_do)
    if rates.judge_bounces() == FindingState.WRONG:
        text = _("%(count)d of %(letters)d letters of %(days)d days came back, as there is no such address.")
        words = {"count": rates.bounced, "letters": rates.letters, "days": DAYS}
        to_do = _("See where these addresses came from, an old list perhaps: docs/deliverability.md")
        yield Condition("sender bounces", text % words, to_do)


def _format_time(moment: datetime) -> str:
    return f"{localtime(moment):%Y-%m-%d %H:%M %Z}"


def _find_scheduled(now: datetime) -> QuerySet[Edition]:
    return Edition.objects.filter(deadlines.is_scheduled(now)).order_by("day")


FINDERS: dict[str, Callable[[datetime], Iterator[Condition]]] = {
    "papers": find_late_papers,
    "edition": find_missing_edition,
    "pause": find_pauses,
    "outage": find_outages,
    "overdue": find_overdue_letters,
    "failed": find_failed_letters,
    "books": find_open_books,
    "scheduler": find_silent_scheduler,
    "disk": find_full_disk,
    "backup": find_missing_backup,
    "spending": find_spending,
    "sender": find_sender_faults,
}
