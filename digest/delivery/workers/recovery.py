"""What dead drains held, taken over: from their logbooks it is known which letters went out (RFC 1047)."""

from contextlib import suppress
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import F, Q
from django.utils.translation import gettext as _

from digest.delivery import outbox
from digest.delivery.outbox import Rows, State
from digest.delivery.outcomes import unknown
from digest.delivery.outcomes.retry import MAX_ATTEMPTS
from digest.delivery.workers import identity, journal
from digest.delivery.workers.journal import JournalContents
from digest.models import Delivery, Edition

# Seconds after which a logbook that nobody holds may go.
JOURNAL_MAX_AGE_SECONDS = 3600.0


def orphaned_deliveries(edition_id: int, now: datetime) -> Rows:
    """Rows held by drains that ended, or whose lease has run out."""
    held = Delivery.objects.filter(edition_id=edition_id, state__in=(State.CLAIMED, State.SUBMITTING))
    names = held.filter(lease_until__gt=now).order_by("worker").values_list("worker", flat=True).distinct()
    return held.filter(
        Q(lease_until__lte=now)
        | Q(worker__in=[name for name in names if (identity.is_gone(name) or journal.is_left_behind(name))])
    )


def recover_deliveries(
    edition_id: int, now: datetime, *, idempotent: bool, window: timedelta = unknown.NO_REPEAT
) -> None:
    """Take lost rows from their drains. A claimed one was never sent.

    A submitting one may have been: it is sent again only if that is harmless or the operator said so
    (UNCERTAIN_LETTERS=retry), else it is uncertain from now on. Where the drain's logbook is there, that is true of the
    letter on its way alone. For *window* the provider knows a letter that it may have taken, and takes it only once.
    """
    rows = orphaned_deliveries(edition_id, now)
    for worker in list(rows.order_by("worker").values_list("worker", flat=True).distinct()):
        known = journal.read_journal(worker)
        with transaction.atomic():
            _recover_from_worker(rows.filter(worker=worker), worker, known, now, idempotent=idempotent, window=window)
        if known:
            journal.delete_journal(worker)
    unknown.expire_repeatable(edition_id, now, window)
    if settings.UNCERTAIN_LETTERS == "retry":
        outbox.requeue(_retryable_uncertain(edition_id))
    _delete_old_journals()


def _delete_old_journals() -> None:
    """Removes the logbooks of drains that were killed when the database knew all."""
    if not (old := journal.abandoned_journals(JOURNAL_MAX_AGE_SECONDS)):
        return
    begun = Delivery.objects.filter(state=State.SUBMITTING).order_by("worker").values_list("worker", flat=True)
    wanted = set(map(journal.journal_path, begun.distinct()))
    for path in old - wanted:
        with suppress(OSError):  # the folder is another user's, or the disk is read-only: no reason to send nothing
            path.unlink(missing_ok=True)


def _recover_from_worker(
    rows: Rows, worker: str, known: JournalContents | None, now: datetime, *, idempotent: bool, window: timedelta
) -> None:
    outbox.requeue(rows.filter(state=State.CLAIMED))
    orphans = rows.filter(state=State.SUBMITTING)
    if known:
        outbox.mark_accepted(_accepted_orphans(orphans, known), worker, now)
        outbox.requeue(orphans.exclude(id__in=known.doubtful))
    if idempotent or settings.UNCERTAIN_LETTERS == "retry":
        outbox.requeue(orphans, attempts=F("attempts") + 1)
    else:
        unknown.requeue_repeatable(orphans, now, window)
        reason = _("Sending was interrupted before the mail server's answer.")
        outbox.finish(orphans, State.UNCERTAIN, reason, now, attempts=F("attempts") + 1)


def _accepted_orphans(orphans: Rows, known: JournalContents) -> dict[int, str]:
    keys = set(orphans.filter(id__in=list(known.accepted)).values_list("id", flat=True))
    return {key: known.accepted[key] for key in keys}


def _retryable_uncertain(edition_id: int) -> Rows:
    return Delivery.objects.filter(edition_id=edition_id, state=State.UNCERTAIN, attempts__lt=MAX_ATTEMPTS)


def has_work(edition: Edition, now: datetime) -> bool:
    """Return whether a drain would find something to do."""
    return outbox.ready_deliveries(edition.id, now).exists() or orphaned_deliveries(edition.id, now).exists()
