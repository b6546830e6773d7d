"""What dead drains held, taken over: from their logbooks it is known which letters went out (RFC 1047)."""

from collections.abc import Iterable
from contextlib import suppress
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import F, Q
from django.utils.translation import gettext as _

from digest.delivery import outbox
from digest.delivery.outbox import Rows, State
from digest.delivery.outcomes import unknown
from digest.delivery.outcomes.retry import MOST_ATTEMPTS
from digest.delivery.workers import identity, journal
from digest.delivery.workers.journal import Found
from digest.models import Delivery, Edition

# Seconds after which a logbook that nobody holds may go.
OLD = 3600.0


def lost(edition_id: int, now: datetime) -> Rows:
    """Rows held by drains that ended, or whose lease has run out."""
    held = Delivery.objects.filter(edition_id=edition_id, state__in=(State.CLAIMED, State.SUBMITTING))
    names = held.filter(lease_until__gt=now).order_by("worker").values_list("worker", flat=True).distinct()
    return held.filter(Q(lease_until__lte=now) | Q(worker__in=[name for name in names if _ended(name)]))


def reap(edition_id: int, now: datetime, *, idempotent: bool, window: timedelta = unknown.NEVER) -> None:
    """Take lost rows from their drains. A claimed one was never sent.

    A submitting one may have been: it is sent again only if that is harmless or the operator said so
    (UNCERTAIN_LETTERS=retry), else it is uncertain from now on. Where the drain's logbook is there, that is true of the
    letter on its way alone. For *window* the provider knows a letter that it may have taken, and takes it only once.
    """
    rows = lost(edition_id, now)
    for worker in _names(rows):
        known = journal.found(worker)
        with transaction.atomic():
            _take(rows.filter(worker=worker), worker, known, now, idempotent=idempotent, window=window)
        if known:
            journal.discard(worker)
    unknown.give_up(edition_id, now, window)
    if settings.UNCERTAIN_LETTERS == "retry":
        outbox.free(_uncertain(edition_id))
    _tidy()


def _tidy() -> None:
    """Removes the logbooks of drains that were killed when the database knew all."""
    if not (old := journal.forsaken(OLD)):
        return
    begun = Delivery.objects.filter(state=State.SUBMITTING).order_by("worker").values_list("worker", flat=True)
    wanted = set(map(journal.path_of, begun.distinct()))
    for path in old - wanted:
        with suppress(OSError):  # the folder is another user's, or the disk is read-only: no reason to send nothing
            path.unlink(missing_ok=True)


def _take(rows: Rows, worker: str, known: Found | None, now: datetime, *, idempotent: bool, window: timedelta) -> None:
    outbox.free(rows.filter(state=State.CLAIMED))
    orphans = rows.filter(state=State.SUBMITTING)
    if known:
        outbox.accepted(_among(orphans, known), worker, now)
        outbox.free(orphans.exclude(id__in=known.doubtful))
    if idempotent or settings.UNCERTAIN_LETTERS == "retry":
        outbox.free(orphans, attempts=F("attempts") + 1)
    else:
        unknown.reopen(orphans, now, window)
        reason = _("Sending was interrupted before the mail server's answer.")
        outbox.finish(orphans, State.UNCERTAIN, reason, now, attempts=F("attempts") + 1)


def _among(orphans: Rows, known: Found) -> dict[int, str]:
    keys = set(orphans.filter(id__in=list(known.accepted)).values_list("id", flat=True))
    return {key: known.accepted[key] for key in keys}


def _names(rows: Rows) -> Iterable[str]:
    return list(rows.order_by("worker").values_list("worker", flat=True).distinct())


def _ended(worker: str) -> bool:
    return identity.gone(worker) or journal.left_behind(worker)


def _uncertain(edition_id: int) -> Rows:
    return Delivery.objects.filter(edition_id=edition_id, state=State.UNCERTAIN, attempts__lt=MOST_ATTEMPTS)


def anything_ready(edition: Edition, now: datetime) -> bool:
    """Whether a drain would find something to do."""
    return outbox.ready(edition.id, now).exists() or lost(edition.id, now).exists()
