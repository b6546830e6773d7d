"""Letters past their deadline: the scheduler ends them, an operator's command gives them a new one."""

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F, Min, Q, QuerySet, Value
from django.db.models.functions import Concat, Substr

from digest.delivery import pause
from digest.delivery.outbox import OPEN_STATES
from digest.delivery.outcomes import unknown
from digest.delivery.outcomes.record import not_in_time_reason
from digest.models import Delivery, Edition
from digest.picking import shown_papers
from digest.picking.deadlines import TOO_LATE, delivery_window, is_over, is_scheduled, not_after

State = Delivery.State


def has_overdue(edition: Edition, now: datetime) -> bool:
    """Return whether a letter waits that would come too late.

    In most minutes none does: before the first letter can be overdue, the database is not asked.
    """
    if edition.frozen_at is None or now < edition.frozen_at + delivery_window():
        return False
    return _overdue(edition, now).exists()


def find_longest_wait(now: datetime) -> timedelta:
    """Return how late the oldest letter is that could leave and has not; zero where none waits."""
    going = Edition.objects.filter(is_scheduled(now), paused=False)
    can_leave = Q(not_before=None) | Q(not_before__lte=now)
    waiting = Delivery.objects.filter(can_leave, edition__in=going, state__in=OPEN_STATES)
    oldest = waiting.aggregate(Min("not_after"))["not_after__min"]
    return max(now - oldest + delivery_window(), timedelta(0)) if oldest else timedelta(0)


def end_overdue(edition: Edition, now: datetime) -> int:
    """End the waiting letters that would come too late, and return how many.

    A letter that may have left becomes uncertain, one that was never tried is skipped, the others failed.
    """
    late = _overdue(edition, now)
    uncertain = unknown.leave_uncertain(late, now)
    ended = {"not_before": None, "finished_at": now}
    untouched = late.filter(attempts=0).update(state=State.EXCLUDED, reason=TOO_LATE, **ended)
    last_answer = Substr(Concat(Value(not_in_time_reason("")), F("reason")), 1, 300)
    return uncertain + untouched + late.update(state=State.FAILED, reason=last_answer, temporary=True, **ended)


def renew_deadlines(edition: Edition, now: datetime) -> int:
    """Give overdue letters a new deadline, let skipped ones wait again, and return how many there are.

    Skipped ones whose papers a later letter chose from stay skipped. Rows of readers who were skipped before their
    papers were picked are deleted, so that they are planned anew.
    """
    if is_over(edition):
        return 0
    skipped = Delivery.objects.filter(edition=edition, state=State.EXCLUDED, reason=TOO_LATE)
    skipped.filter(picks=[]).delete()
    late = Q(state=State.PENDING, not_after__lte=now) | Q(state=State.EXCLUDED, reason=TOO_LATE)
    rows = Delivery.objects.filter(late, ~pause.is_told_later(edition), edition=edition)
    with transaction.atomic():
        shown_papers.mark_changed(Edition.objects.filter(id=edition.id))
        return rows.update(state=State.PENDING, reason="", finished_at=None, not_before=None, not_after=not_after(now))


def renew_waiting(edition: Edition, now: datetime) -> int:
    """Give overdue letters that still wait a new deadline, and return how many there are. Skipped ones stay skipped."""
    return _overdue(edition, now).update(not_after=not_after(now))


def _overdue(edition: Edition, now: datetime) -> QuerySet[Delivery]:
    return Delivery.objects.filter(edition=edition, state=State.PENDING, not_after__lte=now)
