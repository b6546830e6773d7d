"""What the operator sees first: whether the night went well, what waits, who came and left, and what runs.

The number of queries depends on that of paused editions alone, not on that of readers or days.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from typing import Any

from django.contrib import admin, messages
from django.contrib.admin import AdminSite
from django.core.exceptions import PermissionDenied
from django.db.models import Count, Q, QuerySet, Sum, Value
from django.db.models.functions import TruncDate
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST

from deploy.broker_connection import count_queued
from deploy.charts import Bar, make_bars
from digest.alarms.conditions import HELD_UP, LATE_AFTER
from digest.alarms.watch import find_alarms
from digest.dates import parse_day
from digest.deliverability.findings import FindingState
from digest.deliverability.hourly_check import KnownSender, find_known_sender
from digest.deliverability.letter_rates import DAYS as RATE_DAYS
from digest.delivery import outages, pause
from digest.delivery.overdue import find_longest_wait
from digest.delivery.webhooks.events import find_events
from digest.models import (
    Alarm,
    DeliveryEvent,
    Edition,
    EditionEntry,
    EditionSummary,
    LedgerLine,
    ModelCall,
    SignOfLife,
)
from digest.models.alarms import BACKUP_MADE
from digest.reconciliation.books import Books, read_books
from digest.summaries.llm.budget import sum_spending
from subscriptions import audit
from subscriptions.models import Subscriber, Suppression

# So many days are drawn.
CHART_DAYS = 30
# Of the reasons for which letters did not leave, so many are named.
SHOWN_REASONS = 6
HIGHEST_BAR = 100
STATE_WORDS = {
    FindingState.OK: gettext_lazy("good"),
    FindingState.ADVICE: gettext_lazy("could be better"),
    FindingState.WRONG: gettext_lazy("wrong"),
    FindingState.UNKNOWN: gettext_lazy("not known"),
}

Kind = DeliveryEvent.Kind
BOUNCES = (Kind.HARD_BOUNCE, Kind.SOFT_BOUNCE, Kind.REFUSED, Kind.SUPPRESSED)


@dataclass(frozen=True, slots=True)
class FunnelStep:
    """One step of a day's way from arXiv to inboxes."""

    name: str
    count: int
    # Of the step before that it is a part of, in percent; None where it is no part of it.
    percent: int | None = None


@dataclass(frozen=True, slots=True)
class DayOverview:
    """An edition: its funnel, its books, and whether somebody must act."""

    edition: Edition
    steps: list[FunnelStep]
    books: Books

    @property
    def reasons(self) -> list[Any]:
        """Return the lines of the books for letters that did not leave, the most frequent first."""
        lines = [line for line in self.books.lines if line.state not in ("accepted", "to_come")]
        return sorted(lines, key=lambda line: -line.count)[:SHOWN_REASONS]


@dataclass(frozen=True, slots=True)
class Chart:
    """A row of bars, one for each day."""

    title: str
    total: str
    bars: list[Bar]

    @property
    def is_empty(self) -> bool:
        return not any(bar.value for bar in self.bars)


@dataclass(frozen=True, slots=True)
class SenderRow:
    """One thing on which it depends whether letters arrive: what is so, and what to do if it is not good."""

    name: str
    state: FindingState
    text: str
    to_do: str = ""

    @property
    def word(self) -> str:
        return str(STATE_WORDS[self.state])


@dataclass(frozen=True, slots=True)
class Machine:
    """What runs: when the clock's jobs ran last, and how many tasks wait in each queue."""

    signs: list[SignOfLife]
    queues: dict[str, int]


@dataclass(frozen=True, slots=True)
class Overview:
    """Everything on the page."""

    # Without those of editions that are held up, which follow in sentences.
    alarms: list[Alarm]
    held: list[list[str]]
    # The newest edition first, then the one before.
    days: list[DayOverview]
    readers: dict[str, int]
    charts: list[Chart]
    machine: Machine
    sender: KnownSender | None
    sender_rows: list[SenderRow]
    paused: list[Edition]


def collect_overview(now: datetime) -> Overview:
    """Return what the page shows."""
    first = now.astimezone(UTC).date() - timedelta(days=CHART_DAYS - 1)
    spent, paused, sender = sum_spending(now), list(pause.find_paused(now)), find_known_sender()
    readers = dict(Subscriber.objects.values_list("status").annotate(Count("pk")).order_by())
    return Overview(
        alarms=[alarm for alarm in find_alarms() if not alarm.key.startswith(HELD_UP)],
        held=[
            *(pause.describe_pause(edition) for edition in paused),
            *(outages.describe_outage(edition) for edition in outages.find_outages()),
        ],
        days=[_overview_of(edition, now) for edition in Edition.objects.exclude(frozen_at=None).order_by("-day")[:2]],
        readers={str(label): readers.get(status, 0) for status, label in Subscriber.Status.choices},
        charts=[
            _chart(_("Joined"), first, now, _per_day(Subscriber.objects.all(), "confirmed_at", first)),
            _chart(_("Left"), first, now, _per_day(Subscriber.objects.all(), "unsubscribed_at", first)),
            _chart(_("Addresses given up"), first, now, _per_day(Suppression.objects.all(), "created_at", first)),
            _chart(
                _("Cost of models, in US cents"),
                first,
                now,
                _cents_per_day(first),
                _("%(day).2f today, %(month).2f this month, in US dollars")
                % {"day": spent["day"]["cost"], "month": spent["month"]["cost"]},
            ),
        ],
        machine=Machine(
            signs=list(SignOfLife.objects.filter(~Q(next_by=None) | Q(name=BACKUP_MADE)).order_by("name")),
            queues=count_queued(),
        ),
        sender=sender,
        sender_rows=[_tell_longest_wait(now), *(_list_sender_rows(sender) if sender else [])],
        paused=paused,
    )


def _tell_longest_wait(now: datetime) -> SenderRow:
    minutes = find_longest_wait(now) // timedelta(minutes=1)
    text = _("No letter that could leave is late.")
    if minutes:
        text = ngettext(
            "The oldest one is %(count)d minute late.", "The oldest one is %(count)d minutes late.", minutes
        )
    state = FindingState.WRONG if minutes >= LATE_AFTER // timedelta(minutes=1) else FindingState.OK
    return SenderRow(_("Letters that wait"), state, text % {"count": minutes})


def _list_sender_rows(sender: KnownSender) -> list[SenderRow]:
    rates = sender.rates
    findings = sender.report.findings if sender.report else []
    return [
        SenderRow(
            _("Came back"),
            rates.judge_bounces(),
            _tell_share(rates.bounced, rates.letters),
            _("It should be less than 2%. Amazon SES looks into senders at 5%, and stops them at 10%."),
        ),
        SenderRow(
            _("Complaints"),
            rates.judge_complaints(),
            _tell_share(rates.complained, rates.letters),
            _("Google and Yahoo ask for less than 0.1%, and never 0.3%."),
        ),
        *(SenderRow(each.subject, each.state, each.text, each.to_do) for each in findings),
    ]


def _tell_share(count: int, letters: int) -> str:
    words = {"count": f"{count:,}", "letters": f"{letters:,}", "days": RATE_DAYS}
    share = f"{count / letters if letters else 0:.2%}"
    return _("%(count)s of %(letters)s letters of %(days)d days: %(share)s") % {**words, "share": share}


def _overview_of(edition: Edition, now: datetime) -> DayOverview:
    books = read_books(edition, now, looks_for_readers=edition.state != "closed")
    announced = LedgerLine.objects.filter(day=edition.day).aggregate(named=Sum("announced"), stored=Sum("stored"))
    entries = EditionEntry.objects.of_the_day().filter(edition=edition)
    summarised = EditionSummary.objects.filter(entry__in=entries).values("entry").distinct().count()
    came_back = find_events([edition]).filter(kind__in=(*BOUNCES, Kind.COMPLAINT))
    told = Counter(dict(came_back.values_list("kind").annotate(Count("delivery", distinct=True))))
    bounced = sum(told[kind] for kind in BOUNCES)
    letters = books.accepted + books.uncertain + books.waiting + books.failed.total()
    steps = [
        FunnelStep(_("announced"), announced["named"] or 0),
        FunnelStep(_("stored"), announced["stored"] or 0, _percent(announced["stored"], announced["named"])),
        FunnelStep(_("in the edition"), entries.count()),
        FunnelStep(_("summarised"), summarised),
        FunnelStep(_("readers due"), books.due),
        FunnelStep(_("letters with papers"), letters, _percent(letters, books.due)),
        FunnelStep(_("accepted"), books.accepted, _percent(books.accepted, letters)),
        FunnelStep(_("bounced"), bounced, _percent(bounced, books.accepted)),
        FunnelStep(_("complained"), told[Kind.COMPLAINT], _percent(told[Kind.COMPLAINT], books.accepted)),
    ]
    return DayOverview(edition, steps, books)


def _percent(part: int | None, whole: int | None) -> int | None:
    return round(100 * (part or 0) / whole) if whole else None


def _chart(title: str, first: date, now: datetime, counts: dict[date, int], total: str = "") -> Chart:
    days = [first + timedelta(days=ahead) for ahead in range(CHART_DAYS)]
    values = [counts.get(day, 0) for day in days]
    return Chart(title, total or f"{sum(values):,}", make_bars([str(day) for day in days], values, HIGHEST_BAR))


def _per_day(rows: QuerySet[Any], field: str, first: date) -> dict[date, int]:
    """Return how many of *rows* have a moment in *field*, by day, UTC."""
    since = Q(**{f"{field}__gte": datetime.combine(first, time(), UTC)})
    days: Iterable[tuple[date, int]] = (
        rows.filter(since)
        .annotate(day=TruncDate(field, tzinfo=UTC))
        .values_list("day")
        .annotate(Count("pk"))
        .order_by()
    )
    return dict(days)


def _cents_per_day(first: date) -> dict[date, int]:
    """Return what models cost, by day, UTC.

    Each day's calls are found by their times: to group them by day, SQLite would ask Python for the day of every call.
    """
    midnights = [datetime.combine(first, time(), UTC) + timedelta(days=ahead) for ahead in range(CHART_DAYS + 1)]
    of_days = [
        ModelCall.objects.filter(created_at__gte=begin, created_at__lt=end)
        .order_by()
        .annotate(day=Value(str(begin.date())))
        .values_list("day")
        .annotate(cost=Sum("cost"))
        for begin, end in pairwise(midnights)
    ]
    return {date.fromisoformat(day): round(100 * (cost or 0)) for day, cost in of_days[0].union(*of_days[1:], all=True)}


def show_first_page(request: HttpRequest, site: admin.AdminSite, extra_context: dict[str, Any] | None) -> HttpResponse:
    """Return the admin's first page with the overview, for whoever may look at editions."""
    overview = collect_overview(timezone.now()) if request.user.has_perm("digest.view_edition") else None
    context = {"overview": overview, "may_change": request.user.has_perm("digest.change_edition")}
    return AdminSite.index(site, request, {**(extra_context or {}), **context})


@require_POST
def resume_letters(request: HttpRequest, day: str) -> HttpResponse:
    """Let the letters of a paused edition go, by the button of its warning."""
    if not request.user.has_perm("digest.change_edition"):
        raise PermissionDenied
    try:
        edition = Edition.objects.get(day=parse_day(day))
    except (ValueError, Edition.DoesNotExist):
        raise Http404(_("There is no edition of that day.")) from None
    state = pause.resume_edition(edition, timezone.now())
    audit.record_action(request.user.pk, [edition], "resume_edition")
    text = _("The edition of %s goes out.") % state.day
    messages.success(request, f"{text} {pause.describe_waiting(state)}".rstrip())
    return redirect("admin:index")
