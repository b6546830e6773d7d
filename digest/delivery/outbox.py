"""The states of a delivery and every step between them. Each function is one short transaction.

pending → claimed(lease) → submitting → accepted | failed | uncertain, and excluded. A step is taken only by the worker
that holds the row, so a worker that slept past its lease can do no harm.
"""

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Case, F, Q, QuerySet, Value, When
from django.utils.translation import gettext as _

from digest.delivery import workers
from digest.delivery.limits import MOST_ATTEMPTS
from digest.models import Delivery

State = Delivery.State
OPEN = (State.PENDING, State.CLAIMED, State.SUBMITTING)
LEASE = timedelta(minutes=5)
"""Longer than the slowest mail server may take over one letter: `submit` begins it anew for each.

A batch may take longer. Then its last claims run out and another drain takes them; `submit` tells the first worker that
they are no longer its own, so nobody gets two letters. Where even a submitted letter outlasts its lease it is called
uncertain, until the late answer settles it.
"""

Rows = QuerySet[Delivery]


def ready(edition_id: int, now: datetime) -> Rows:
    """What may be sent now, first planned first."""
    waiting = Delivery.objects.filter(edition_id=edition_id, state=State.PENDING)
    return waiting.filter(Q(not_before=None) | Q(not_before__lte=now)).order_by("id")


def claim(edition_id: int, worker: str, limit: int, now: datetime, lease: timedelta = LEASE) -> list[Delivery]:
    """Take up to *limit* ready deliveries for *worker*. No two workers ever get the same one."""
    with transaction.atomic():
        ids = [row.id for row in _held(ready(edition_id, now).only("id"))[:limit]]
        Delivery.objects.filter(id__in=ids, state=State.PENDING).update(
            state=State.CLAIMED, worker=worker, lease_until=now + lease
        )
    return list(_of(ids, worker, State.CLAIMED).order_by("id"))


def submit(ids: Collection[int], worker: str, now: datetime, lease: timedelta = LEASE) -> set[int]:
    """Write down that these go to the mail server next. Only the ones returned may be sent: the rest is lost to us."""
    changed = _of(ids, worker, State.CLAIMED).update(state=State.SUBMITTING, lease_until=now + lease)
    if changed == len(ids):
        return set(ids)
    return set(_of(ids, worker, State.SUBMITTING).values_list("id", flat=True))


def accepted(provider_ids: Mapping[int, str], worker: str, now: datetime) -> None:
    """By delivery id. The answer also settles a letter that was thought uncertain while we waited for it."""
    numbers = [When(id=key, then=Value(given)) for key, given in provider_ids.items()]
    if numbers:
        _finish(
            _of(provider_ids, worker, State.SUBMITTING, State.UNCERTAIN),
            State.ACCEPTED,
            "",
            now,
            provider_id=Case(*numbers),
            attempts=F("attempts") + 1,
        )


def failed(delivery_id: int, worker: str, reason: str, now: datetime) -> None:
    mine = _of([delivery_id], worker, State.CLAIMED, State.SUBMITTING, State.UNCERTAIN)
    _finish(mine, State.FAILED, reason, now, attempts=F("attempts") + 1)


def uncertain(delivery_id: int, worker: str, reason: str, now: datetime) -> None:
    mine = _of([delivery_id], worker, State.SUBMITTING)
    _finish(mine, State.UNCERTAIN, reason, now, attempts=F("attempts") + 1)


def excluded(reasons: Mapping[int, str], worker: str, now: datetime) -> None:
    """By delivery id: readers who must get nothing after all."""
    for reason in set(reasons.values()):
        ids = [key for key, given in reasons.items() if given == reason]
        _finish(_of(ids, worker, State.CLAIMED), State.EXCLUDED, reason, now)


def deferred(delivery_id: int, worker: str, reason: str, not_before: datetime) -> None:
    mine = _of([delivery_id], worker, State.SUBMITTING)
    _free(mine, reason=reason[:300], not_before=not_before, attempts=F("attempts") + 1)


def put_back(ids: Collection[int], worker: str) -> None:
    """Letters that surely did not leave, through no fault of theirs: they wait as if untouched."""
    _free(_of(ids, worker, State.CLAIMED, State.SUBMITTING))


def release(edition_id: int, worker: str) -> None:
    """Give back what *worker* claimed and did not begin."""
    _free(Delivery.objects.filter(edition_id=edition_id, worker=worker, state=State.CLAIMED))


def lost(edition_id: int, now: datetime) -> Rows:
    """Rows held by workers that ended here, or whose lease has run out."""
    held = Delivery.objects.filter(edition_id=edition_id, state__in=(State.CLAIMED, State.SUBMITTING))
    names = held.filter(lease_until__gt=now).order_by("worker").values_list("worker", flat=True).distinct()
    return held.filter(Q(lease_until__lte=now) | Q(worker__in=[name for name in names if workers.gone(name)]))


def reap(edition_id: int, now: datetime, *, idempotent: bool) -> None:
    """Take lost rows from their workers.

    A claimed one was never sent. A submitting one may have been (RFC 1047): it is sent again only if that is harmless
    or the operator said so (UNCERTAIN_LETTERS=retry), else it is uncertain from now on.
    """
    again = settings.UNCERTAIN_LETTERS == "retry"
    rows = lost(edition_id, now)
    with transaction.atomic():
        _free(rows.filter(state=State.CLAIMED))
        orphans = rows.filter(state=State.SUBMITTING)
        if idempotent or again:
            _free(orphans, attempts=F("attempts") + 1)
        else:
            reason = _("Sending was interrupted before the mail server's answer.")
            _finish(orphans, State.UNCERTAIN, reason, now, attempts=F("attempts") + 1)
        if again:
            _free(_uncertain(edition_id))


def _uncertain(edition_id: int) -> Rows:
    return Delivery.objects.filter(edition_id=edition_id, state=State.UNCERTAIN, attempts__lt=MOST_ATTEMPTS)


def _held(rows: Rows) -> Rows:
    """Locked until the transaction ends, passing over what others hold. SQLite has one writer at a time anyway."""
    if connection.features.has_select_for_update_skip_locked:
        return rows.select_for_update(skip_locked=True)
    return rows


def _of(ids: Collection[int], worker: str, *states: str) -> Rows:
    return Delivery.objects.filter(id__in=list(ids), worker=worker, state__in=states)


def _free(rows: Rows, **changes: object) -> None:
    rows.update(state=State.PENDING, worker="", lease_until=None, finished_at=None, **changes)


def _finish(rows: Rows, state: str, reason: str, now: datetime, **changes: object) -> None:
    """The worker's name stays, so that a late answer is still taken from it and from nobody else."""
    rows.update(state=state, reason=reason[:300], lease_until=None, finished_at=now, **changes)
