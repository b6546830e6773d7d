"""What runs, on the operator's first page: the clock's jobs, the queues and their workers, the sources by day."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import Q
from django.utils.translation import gettext as _

from deploy.broker_connection import count_queued
from deploy.worker_signs import find_workers
from digest.alarms.conditions import MAX_BACKUP_AGE
from digest.deliverability.findings import FindingState
from digest.ingest.ledger_calendar import Week, load_weeks
from digest.models import LedgerLine, SignOfLife
from digest.models.alarms import BACKUP_MADE

# A task that waits while none was taken for so long has nobody who takes it.
TAKEN_WITHIN = timedelta(minutes=10)
# Workers that took a task within this time are counted.
COUNTED_WITHIN = timedelta(hours=2)
# So much of the ledger is shown: weeks, and of them lines that are not complete.
SHOWN_WEEKS, SHOWN_LINES = 2, 8


@dataclass(frozen=True, slots=True)
class JobRow:
    """A job of the clock, or the backup: when it ran last, and whether it should have since."""

    name: str
    at: datetime
    is_late: bool


@dataclass(frozen=True, slots=True)
class QueueRow:
    """A queue: how many tasks wait in it, and who takes them."""

    name: str
    waiting: int
    # Of the last two hours.
    workers: int
    # None where no worker ever took a task of it.
    taken_at: datetime | None
    state: FindingState


@dataclass(frozen=True, slots=True)
class Machine:
    """When the clock's jobs ran last, and the queues; none where the broker does not answer."""

    signs: list[JobRow]
    queues: list[QueueRow]


@dataclass(frozen=True, slots=True)
class Sources:
    """The last weeks by day, and the categories whose listings are not complete."""

    today: date
    weeks: Sequence[Week]
    open_lines: list[LedgerLine]
    # How many there are besides those.
    more: int


def look_at_machine(now: datetime) -> Machine:
    """Return what runs."""
    names = {"scheduler": _("scheduler"), BACKUP_MADE: _("backup")}
    signs = SignOfLife.objects.filter(~Q(next_by=None) | Q(name=BACKUP_MADE)).order_by("name")
    return Machine(
        [JobRow(names.get(each.name, each.name), each.at, _is_late(each, now)) for each in signs],
        [_look_at_queue(name, waiting, now) for name, waiting in count_queued().items()],
    )


def _is_late(sign: SignOfLife, now: datetime) -> bool:
    return sign.at < now - MAX_BACKUP_AGE if sign.next_by is None else sign.next_by < now


def _look_at_queue(name: str, waiting: int, now: datetime) -> QueueRow:
    seen = [sign.at for sign in find_workers(name)]
    taken_at = seen[0] if seen else None
    is_stuck = waiting > 0 and (taken_at is None or taken_at < now - TAKEN_WITHIN)
    state = FindingState.WRONG if is_stuck else FindingState.OK
    return QueueRow(name, waiting, sum(at > now - COUNTED_WITHIN for at in seen), taken_at, state)


def look_at_sources(today: date) -> Sources:
    """Return the last weeks up to *today*, and what of them is not complete, the newest first."""
    weeks = load_weeks(today, SHOWN_WEEKS)
    lines = LedgerLine.objects.filter(day__gte=weeks[-1][0].day).exclude(state__in=LedgerLine.SETTLED_STATES)
    shown = list(lines.order_by("-day", "category")[: SHOWN_LINES + 1])
    more = lines.count() - SHOWN_LINES if len(shown) > SHOWN_LINES else 0
    return Sources(today, weeks, shown[:SHOWN_LINES], more)
