"""The books of an edition: due = accepted + excluded + failed + uncertain, and which line is off."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from digest.delivery import planning
from digest.delivery.outbox import OPEN, State
from digest.models import Edition


@dataclass(frozen=True, slots=True)
class Books:
    due: int
    """Readers who have a row, and readers whose hour has come and who have none."""
    accepted: int
    uncertain: int
    waiting: int
    """Rows that are not final: pending, claimed or submitting."""
    unplanned: int
    """Readers who are due some time today and have no row; their hour may still come."""
    excluded: Counter[str] = field(default_factory=Counter)
    failed: Counter[str] = field(default_factory=Counter)
    complaints: tuple[str, ...] = ()

    @property
    def balanced(self) -> bool:
        return self.due == self.accepted + self.excluded.total() + self.failed.total() + self.uncertain


def books(edition: Edition, now: datetime | None = None) -> Books:
    tally = planning.tally(edition)
    late = planning.unplanned(edition, planning.due_so_far(edition, now or timezone.now()))
    waiting = sum(_by_reason(tally, *OPEN).values())
    return Books(
        due=tally.total() + late,
        accepted=_by_reason(tally, State.ACCEPTED).total(),
        uncertain=_by_reason(tally, State.UNCERTAIN).total(),
        waiting=waiting,
        unplanned=planning.unplanned(edition),
        excluded=_by_reason(tally, State.EXCLUDED),
        failed=_by_reason(tally, State.FAILED),
        complaints=_complaints(edition, late, waiting),
    )


def close(edition: Edition, book: Books) -> bool:
    """Closes the edition once everybody who is due has a letter that is final. Gives whether it is closed."""
    if edition.frozen_at is None or not book.balanced or book.waiting or book.unplanned:
        return False
    Edition.objects.filter(id=edition.id, state="frozen").update(state="closed", closed_at=timezone.now())
    return True


def _by_reason(tally: Counter[tuple[str, str]], *states: str) -> Counter[str]:
    found: Counter[str] = Counter()
    for (state, reason), count in tally.items():
        if state in states:
            found[reason] += count
    return found


def _complaints(edition: Edition, late: int, waiting: int) -> tuple[str, ...]:
    found = []
    if late:
        text = ngettext(
            "%(count)d reader is due and has no letter planned.",
            "%(count)d readers are due and have no letter planned.",
            late,
        )
        found.append(text % {"count": late})
    if waiting:
        text = ngettext("%(count)d letter still waits to be sent.", "%(count)d letters still wait to be sent.", waiting)
        found.append(text % {"count": waiting} + _why(edition))
    return tuple(found)


def _why(edition: Edition) -> str:
    reason = Edition.objects.filter(id=edition.id, paused=True).values_list("pause_reason", flat=True).first()
    return "" if reason is None else " " + _("The edition is paused: %(reason)s") % {"reason": reason}
