"""Letters whose answer was lost, at providers that take each letter once: sent again while these still know them.

`Delivery.doubted_at` is when such a letter was first handed over. It waits for its repetition as any other, but
whatever else ends its waiting leaves it uncertain, never failed or excluded: it may have gone out long ago. A time that
is still to come is of a clock that was set back since: nobody knows how long ago that was.
"""

from collections.abc import Collection
from datetime import datetime, timedelta

from django.db.models import DateTimeField, ExpressionWrapper, F, Q, Value
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _

from digest.delivery import outbox
from digest.delivery.lease import LEASE_DURATION
from digest.delivery.outbox import Rows, State
from digest.models import Delivery

# For providers that would send it twice.
NO_REPEAT = timedelta(0)


def may_repeat(row: Delivery, at: datetime, window: timedelta) -> bool:
    """Return whether the provider will still recognise a letter that is sent at *at*.

    True also of a letter that is in no doubt.
    """
    return row.doubted_at is None or timedelta(0) <= at - row.doubted_at < window


def requeue_repeatable(orphans: Rows, now: datetime, window: timedelta) -> None:
    """Requeue, of the letters that dead drains were handing over, those that the provider still recognises."""
    handed_over_lately = Q(lease_until__gt=now + LEASE_DURATION - window, lease_until__lte=now + LEASE_DURATION)
    known = handed_over_lately & (Q(doubted_at=None) | Q(doubted_at__gt=now - window, doubted_at__lte=now))
    handed_over = ExpressionWrapper(F("lease_until") - Value(LEASE_DURATION), output_field=DateTimeField())
    outbox.requeue(orphans.filter(known), attempts=F("attempts") + 1, doubted_at=Coalesce("doubted_at", handed_over))


def expire_repeatable(edition_id: int, now: datetime, window: timedelta) -> None:
    """Leave uncertain what waits and is not recognised by the provider any more."""
    waiting = Delivery.objects.filter(edition_id=edition_id, state=State.PENDING)
    leave_uncertain(waiting.filter(Q(doubted_at__lte=now - window) | Q(doubted_at__gt=now)), now)


def leave_uncertain(rows: Rows, now: datetime) -> int:
    """Mark as uncertain those of *rows* that are in doubt, and return how many."""
    reason = _("The answer was lost, and it is too late to ask again.")
    return outbox.finish(rows.filter(doubted_at__isnull=False), State.UNCERTAIN, reason, now)


def leave_claimed_uncertain(ids: Collection[int], worker: str, now: datetime) -> int:
    """Mark as uncertain, of the rows that *worker* holds, those that are in doubt. Return how many."""
    return leave_uncertain(Delivery.objects.filter(id__in=list(ids), worker=worker, state=State.CLAIMED), now)
