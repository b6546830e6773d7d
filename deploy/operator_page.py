"""What the operator sees first: whether the night went well, what waits, who came and left, and what runs.

The number of queries depends on that of held-up editions alone, not on that of readers or days.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from typing import Any

from django.contrib import admin
from django.contrib.admin import AdminSite
from django.db.models import Count, Q, QuerySet, Sum, Value
from django.db.models.functions import TruncDate
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from deploy.charts import Bar, make_bars
from deploy.day_overview import DayOverview, TodaySoFar, Waiting, find_today, list_waiting, load_days, look_at_today
from deploy.machine_overview import Machine, Sources, look_at_machine, look_at_sources
from deploy.operator_actions import Button, find_buttons_of_alarm, find_buttons_of_pause, make_retry_button
from digest.alarms.conditions import FAILED, HELD_UP, LATE_AFTER
from digest.alarms.watch import find_alarms
from digest.deliverability.findings import FindingState
from digest.deliverability.hourly_check import KnownSender, find_known_sender
from digest.deliverability.letter_rates import DAYS as RATE_DAYS
from digest.delivery import outages, pause
from digest.delivery.overdue import find_longest_wait
from digest.models import ModelCall
from digest.summaries.llm.budget import sum_spending
from subscriptions.models import Subscriber, Suppression

# So many days are drawn.
CHART_DAYS = 30
HIGHEST_BAR = 100
STATE_WORDS = {
    FindingState.OK: gettext_lazy("good"),
    FindingState.ADVICE: gettext_lazy("could be better"),
    FindingState.WRONG: gettext_lazy("wrong"),
    FindingState.UNKNOWN: gettext_lazy("not known"),
}


@dataclass(frozen=True, slots=True)
class Problem:
    """Something that needs the operator, in sentences, and the buttons that mend it."""

    lines: list[str]
    buttons: list[Button]


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
class Overview:
    """Everything on the page."""

    problems: list[Problem]
    # None where it is the first of the days.
    today: TodaySoFar | None
    # The newest edition first, then the one before.
    days: list[DayOverview]
    waiting: list[Waiting]
    readers: dict[str, str]
    charts: list[Chart]
    machine: Machine
    sources: Sources
    sender: KnownSender | None
    sender_rows: list[SenderRow]


def collect_overview(now: datetime) -> Overview:
    """Return what the page shows."""
    first = now.astimezone(UTC).date() - timedelta(days=CHART_DAYS - 1)
    sender, days = find_known_sender(), load_days(now)
    readers = dict(Subscriber.objects.values_list("status").annotate(Count("pk")).order_by())
    return Overview(
        problems=_list_problems(days, now),
        today=look_at_today(now),
        days=days,
        waiting=list_waiting(days, now),
        readers={str(label): f"{readers.get(status, 0):,}" for status, label in Subscriber.Status.choices},
        charts=_draw_charts(first, now),
        machine=look_at_machine(now),
        sources=look_at_sources(find_today(now)),
        sender=sender,
        sender_rows=[_tell_longest_wait(now), *(_list_sender_rows(sender) if sender else [])],
    )


def _list_problems(days: Sequence[DayOverview], now: datetime) -> list[Problem]:
    """Return what needs the operator: editions that are held up, letters that failed, and the other alarms."""
    # Of these days the page itself counts the failed letters, as they are at this moment.
    counted_here = {f"{FAILED}{day.edition.day}" for day in days}
    alarms = [each for each in find_alarms() if not each.key.startswith(HELD_UP) and each.key not in counted_here]
    return [
        *(Problem(pause.describe_pause(each), find_buttons_of_pause(each)) for each in pause.find_paused(now)),
        *(Problem(outages.describe_outage(each), []) for each in outages.find_outages()),
        *(_describe_failures(day) for day in days if day.retriable and not day.edition.paused),
        *(Problem([alarm.text, alarm.to_do], find_buttons_of_alarm(alarm, now)) for alarm in alarms),
    ]


def _describe_failures(day: DayOverview) -> Problem:
    """Return how many letters of a day failed for a reason of ours, with the button that tries them again."""
    text = ngettext(
        "%(count)s letter of %(day)s failed for a reason that can be mended.",
        "%(count)s letters of %(day)s failed for a reason that can be mended.",
        day.retriable,
    )
    words = {"count": f"{day.retriable:,}", "day": date_format(day.edition.day, _("j F Y"))}
    what_to_do = _("Mend the cause, which stands below, and then try them again.")
    return Problem([text % words, what_to_do], [make_retry_button(day.edition.day, day.retriable)])


def _draw_charts(first: date, now: datetime) -> list[Chart]:
    spent, people = sum_spending(now), Subscriber.objects.all()
    cost = _("%(day).1f today, %(month).1f this month")
    return [
        _chart(_("Signed up"), first, now, _per_day(people, "created_at", first)),
        _chart(_("Confirmed their address"), first, now, _per_day(people, "confirmed_at", first)),
        _chart(_("Left"), first, now, _per_day(people, "unsubscribed_at", first)),
        _chart(
            _("Bounced or complained: addresses given up"),
            first,
            now,
            _per_day(Suppression.objects.exclude(reason=Suppression.Reason.DELETED), "created_at", first),
        ),
        _chart(
            _("Cost of models, in US cents"),
            first,
            now,
            _cents_per_day(first),
            cost % {"day": 100 * spent["day"]["cost"], "month": 100 * spent["month"]["cost"]},
        ),
    ]


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
