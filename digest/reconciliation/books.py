"""The books of an edition: due = accepted + excluded + failed + uncertain, and complaints where that is not so."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime

from django.utils import timezone
from django.utils.translation import ngettext

from digest.delivery import outages, pause
from digest.delivery.outbox import OPEN_STATES, State
from digest.models import Edition
from digest.picking import deadlines, due_readers, planner
from digest.reconciliation import counts
from digest.reconciliation.explanations import HOPELESS, EditionState, ExplainedCount, explain_counts


@dataclass(frozen=True, slots=True)
class Books:
    """The counts of an edition: readers who are due, and their letters by outcome."""

    # Readers who have a row, and readers whose hour has come and who have none.
    due: int
    accepted: int
    uncertain: int
    # Rows that are not final: pending, claimed or submitting.
    waiting: int
    # Readers who are due some time today and have no row; their hour may still come.
    unplanned: int
    excluded: Counter[str] = field(default_factory=Counter)
    failed: Counter[str] = field(default_factory=Counter)
    complaints: tuple[str, ...] = ()
    # The readers of the day by state and reason, each with what an operator can do.
    lines: tuple[ExplainedCount, ...] = ()
    # Whether the complaints pass by themselves: the scheduler goes on.
    is_passing: bool = False
    # What is so besides and needs nobody, in sentences.
    notes: tuple[str, ...] = ()

    @property
    def balanced(self) -> bool:
        """Return whether every due reader has a row that is accepted, excluded, failed or uncertain."""
        return self.due == self.accepted + self.excluded.total() + self.failed.total() + self.uncertain


def read_books(edition: Edition, now: datetime | None = None, *, looks_for_readers: bool = True) -> Books:
    """Return the books of the edition as they are in the database.

    *looks_for_readers*: whether readers without a row are counted. There was none when an edition was closed.
    """
    now = now or timezone.now()
    tally, hopeless = counts.count_by_state(edition), counts.count_hopeless(edition)
    hours = due_readers.hours_come(edition, now) if looks_for_readers else {}
    on_silent_days = {letter_day: hours.pop(letter_day) for letter_day in list(hours) if not letter_day.is_own}
    late_on_silent_days = planner.count_unplanned(edition, on_silent_days) if on_silent_days else 0
    late = planner.count_unplanned(edition, hours) + late_on_silent_days
    unplanned = planner.count_unplanned(edition) + late_on_silent_days if looks_for_readers else 0
    waiting = sum(_by_reason(tally, *OPEN_STATES).values())
    pause_reason = pause.find_pause_reason(edition.id)
    is_scheduled = Edition.objects.filter(deadlines.is_scheduled(now), id=edition.id).exists()
    outage = outages.find_outage(edition.id)
    state = EditionState(edition.day, paused=pause_reason is not None, is_scheduled=is_scheduled, is_down=bool(outage))
    return Books(
        due=tally.total() + late,
        accepted=_by_reason(tally, State.ACCEPTED).total(),
        uncertain=_by_reason(tally, State.UNCERTAIN).total(),
        waiting=waiting,
        unplanned=unplanned,
        excluded=_by_reason(tally, State.EXCLUDED),
        failed=_by_reason(tally, State.FAILED),
        complaints=tuple(_complaints(edition.day, late, waiting, unplanned - late, pause_reason, outage)),
        lines=explain_counts(state, _counts(tally, hopeless, late, unplanned - late)),
        is_passing=is_scheduled and pause_reason is None and not outage,
        notes=tuple(_notes(hopeless.total(), unplanned - late)),
    )


def close_edition(edition: Edition, books: Books) -> bool:
    """Close the edition once every letter has ended and no reader is to come. Return whether it is closed."""
    if edition.frozen_at is None or not books.balanced or books.waiting or books.unplanned:
        return False
    Edition.objects.filter(id=edition.id, state="frozen").update(state="closed", closed_at=timezone.now())
    return True


def _by_reason(tally: Counter[tuple[str, str]], *states: str) -> Counter[str]:
    by_reason: Counter[str] = Counter()
    for (state, reason), count in tally.items():
        if state in states:
            by_reason[reason] += count
    return by_reason


def _counts(
    tally: Counter[tuple[str, str]], hopeless: Counter[str], late: int, to_come: int
) -> Counter[tuple[str, str]]:
    counts = Counter({("unplanned", ""): late, ("to_come", ""): to_come})
    for (state, reason), count in tally.items():
        counts["waiting" if state in OPEN_STATES else state, reason] += count
    for reason, count in hopeless.items():
        counts[State.FAILED, reason] -= count
        counts[HOPELESS, reason] += count
    return counts


def _complaints(
    day: date, late: int, waiting: int, to_come: int, pause_reason: str | None, outage: str
) -> Iterator[str]:
    if late:
        text = ngettext(
            "%(count)d reader is due and has no letter planned.",
            "%(count)d readers are due and have no letter planned.",
            late,
        )
        yield text % {"count": late}
    if waiting:
        text = ngettext("%(count)d letter still waits to be sent.", "%(count)d letters still wait to be sent.", waiting)
        yield text % {"count": waiting}
    if pause_reason is not None and (late or waiting or to_come):
        yield pause.how_to_resume(day, pause_reason)
    if outage and (late or waiting or to_come):
        yield outage


def _notes(hopeless: int, to_come: int) -> Iterator[str]:
    if to_come:
        text = ngettext(
            "The hour of %(count)d reader is still to come.", "The hour of %(count)d readers is still to come.", to_come
        )
        yield text % {"count": to_come}
    if hopeless:
        text = ngettext(
            "%(count)d letter failed at a reader who cannot be reached: to try it again would not help.",
            "%(count)d letters failed at readers who cannot be reached: to try them again would not help.",
            hopeless,
        )
        yield text % {"count": hopeless}


def is_final(edition: Edition) -> bool:
    """Return whether every letter has ended and nobody has closed the edition yet."""
    frozen = Edition.objects.filter(id=edition.id, state="frozen")
    return frozen.exclude(deliveries__state__in=OPEN_STATES).exists()
