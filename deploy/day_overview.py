"""The days on the operator's first page: the papers and letters of the last ones, today so far, and what waits."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Count, Sum
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from digest.delivery import pause
from digest.delivery.webhooks.events import find_events
from digest.ingest.ledger_report import report_days
from digest.models import Backfill, DeliveryEvent, Edition, EditionEntry, EditionSummary, LedgerLine, Missing
from digest.picking.papers_needed import find_needed_papers
from digest.reconciliation.books import Books, read_books
from digest.reconciliation.explanations import ExplainedCount
from digest.sources.arxiv.announcement_schedule import EASTERN
from subscriptions.account_requests.outbox import describe_waiting
from subscriptions.models import Errand

SHOWN_DAYS = 2
# Of the reasons for which letters did not leave, so many are named.
SHOWN_REASONS = 6
# The lines of the books for letters that may still leave, and for readers who have none yet.
STATES_THAT_WAIT = ("waiting", "unplanned", "to_come")
# The lines of letters that did not leave, or may not have, and the word for each. Accepted ones stand in the funnel.
WORDS_OF_UNSENT = {
    "excluded": gettext_lazy("excluded"),
    "failed": gettext_lazy("failed"),
    "uncertain": gettext_lazy("uncertain"),
}

Kind = DeliveryEvent.Kind
BOUNCES = (Kind.HARD_BOUNCE, Kind.SOFT_BOUNCE, Kind.REFUSED, Kind.SUPPRESSED)


class Counted:
    """Something that is shown with a number."""

    __slots__ = ()
    count: int

    @property
    def shown(self) -> str:
        return f"{self.count:,}"


@dataclass(frozen=True, slots=True)
class FunnelStep(Counted):
    """One step of a day's way from arXiv to inboxes."""

    name: str
    count: int
    # Of the step before that it is a part of, in percent; None where it is no part of it.
    percent: int | None = None


@dataclass(frozen=True, slots=True)
class UnsentReason(Counted):
    """Why some letters did not leave, or may not have."""

    state: str
    count: int
    words: str
    to_do: str


@dataclass(frozen=True, slots=True)
class DayOverview:
    """An edition: its funnel, its books, and whether somebody must act."""

    edition: Edition
    steps: list[FunnelStep]
    books: Books
    is_today: bool
    # How many failed letters would leave once the cause is mended.
    retriable: int

    @property
    def reasons(self) -> list[UnsentReason]:
        """Return why letters did not leave, the most frequent reasons first."""
        lines = [line for line in self.books.lines if line.state in WORDS_OF_UNSENT]
        shown = sorted(lines, key=lambda line: -line.count)[:SHOWN_REASONS]
        return [UnsentReason(str(WORDS_OF_UNSENT[line.state]), line.count, line.words, line.todo) for line in shown]

    @property
    def waiting(self) -> list[ExplainedCount]:
        """Return the lines of the books for letters that may still leave, and for readers who have none yet."""
        return [line for line in self.books.lines if line.state in STATES_THAT_WAIT]


@dataclass(frozen=True, slots=True)
class TodaySoFar:
    """A day whose letters are not planned yet."""

    day: date
    steps: list[FunnelStep]
    # What is so, and what to do if anything.
    words: str


@dataclass(frozen=True, slots=True)
class Waiting(Counted):
    """Something that waits: how much of what, why, and what to do or what goes on by itself."""

    what: str
    count: int
    why: str
    to_do: str = ""


def load_days(now: datetime) -> list[DayOverview]:
    """Return the newest editions with letters, the newest first."""
    newest = Edition.objects.exclude(frozen_at=None).order_by("-day")[:SHOWN_DAYS]
    return [_load_day(edition, now) for edition in newest]


def _load_day(edition: Edition, now: datetime) -> DayOverview:
    books = read_books(edition, now, looks_for_readers=edition.state != "closed")
    announced = LedgerLine.objects.filter(day=edition.day).aggregate(named=Sum("announced"), stored=Sum("stored"))
    entries = EditionEntry.objects.of_the_day().filter(edition=edition)
    in_edition = entries.count()
    # Behind the papers of the day stand earlier ones, for letters of several days.
    needed = {rank for ranks in find_needed_papers(edition).values() for rank in ranks if rank < in_edition}
    shown = EditionSummary.objects.filter(entry__in=entries.filter(rank__in=needed))
    summarised = shown.values("entry").distinct().count()
    came_back = find_events([edition]).filter(kind__in=(*BOUNCES, Kind.COMPLAINT))
    told = Counter(dict(came_back.values_list("kind").annotate(Count("delivery", distinct=True))))
    bounced = sum(told[kind] for kind in BOUNCES)
    letters = books.accepted + books.uncertain + books.waiting + books.failed.total()
    steps = [
        *_count_papers(announced["named"], announced["stored"], in_edition),
        FunnelStep(_("picked"), len(needed), _percent(len(needed), in_edition)),
        FunnelStep(_("summarised"), summarised, _percent(summarised, len(needed))),
        FunnelStep(_("readers due"), books.due),
        FunnelStep(_("letters with papers"), letters, _percent(letters, books.due)),
        FunnelStep(_("accepted"), books.accepted, _percent(books.accepted, letters)),
        FunnelStep(_("bounced"), bounced, _percent(bounced, books.accepted)),
        FunnelStep(_("complained"), told[Kind.COMPLAINT], _percent(told[Kind.COMPLAINT], books.accepted)),
    ]
    retriable = pause.find_retriable(edition).count() if books.failed else 0
    return DayOverview(edition, steps, books, edition.day == find_today(now), retriable)


def find_today(now: datetime) -> date:
    """Return today's date where arXiv dates its listings."""
    return now.astimezone(EASTERN).date()


def look_at_today(now: datetime) -> TodaySoFar | None:
    """Return how far today is; None once its letters are planned, as `load_days` has it then."""
    today = find_today(now)
    if Edition.objects.filter(day=today).exclude(frozen_at=None).exists():
        return None
    [report] = report_days(today, today)
    in_edition = EditionEntry.objects.of_the_day().filter(edition__day=today).count()
    steps = list(_count_papers(report.totals["announced"], report.totals["stored"], in_edition))
    # That a day should be prepared by now is an alarm: to find out who is due for it takes a look at all readers.
    words = _("The papers are here. The next run makes the edition.")
    if in_edition:
        words = _("The edition is made. Its letters leave at the hours of its readers.")
    return TodaySoFar(today, steps, report.advice or words)


def _count_papers(announced: int | None, stored: int | None, in_edition: int) -> Iterator[FunnelStep]:
    yield FunnelStep(_("announced"), announced or 0)
    yield FunnelStep(_("stored"), stored or 0, _percent(stored, announced))
    yield FunnelStep(_("in the edition"), in_edition)


def _percent(part: int | None, whole: int | None) -> int | None:
    return round(100 * (part or 0) / whole) if whole else None


def list_waiting(days: Iterable[DayOverview], now: datetime) -> list[Waiting]:
    """Return all that waits: letters, readers whose hour is to come, account letters, papers, summaries."""
    found = [
        Waiting(_("Letters of %s") % date_format(day.edition.day, _("j F Y")), line.count, line.words, line.todo)
        for day in days
        for line in day.waiting
    ]
    if errands := Errand.objects.count():
        found.append(Waiting(_("Account letters"), errands, describe_waiting(now) or _("They leave within minutes.")))
    if missing := Missing.objects.filter(resolved_at=None).count():
        why = _("A listing names them, and nobody could read them yet.")
        found.append(Waiting(_("Papers"), missing, why, _("Every run asks again.")))
    if owed := Backfill.objects.filter(done_at=None).count():
        why = _("No model has written them yet. Letters have sentences of the abstracts.")
        found.append(Waiting(_("Summaries"), owed, why, _("A model is asked again every hour.")))
    return found
