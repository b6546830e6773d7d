"""Crash recovery: take over the letters of dead drains. Their journals tell which letters left (RFC 1047)."""

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
from digest.picking import shown_papers

# A journal that no drain has locked is deleted after so long.
JOURNAL_MAX_AGE_SECONDS = 3600.0


def orphaned_deliveries(edition_id: int, now: datetime) -> Rows:
    """Return the rows held by drains that ended, and those whose lease has run out."""
    held = Delivery.objects.filter(edition_id=edition_id, state__in=(State.CLAIMED, State.SUBMITTING))
    names = held.filter(lease_until__gt=now).order_by("worker").values_list("worker", flat=True).distinct()
    return held.filter(
        Q(lease_until__lte=now)
        | Q(worker__in=[name for name in names if (identity.is_gone(name) or journal.is_left_behind(name))])
    )


def recover_deliveries(
    edition_id: int, now: datetime, *, idempotent: bool, window: timedelta = unknown.NO_REPEAT
) -> None:
    """Requeue or finish the letters of dead drains, and end the waiting ones that may not be repeated any more.

    A claimed letter was never sent. A submitting one may have been: it is sent again only where that is harmless, else
    it becomes uncertain. Where the drain left its journal, only the letters that were on their way are in doubt. With
    UNCERTAIN_LETTERS=retry every uncertain letter of the edition that has attempts left is requeued. *window* is how
    long the provider recognises a letter that it may have taken, and takes it only once.
    """
    rows = orphaned_deliveries(edition_id, now)
    for worker in list(rows.order_by("worker").values_list("worker", flat=True).distinct()):
        contents = journal.read_journal(worker)
        with transaction.atomic():
            _recover_from_worker(
                rows.filter(worker=worker), worker, contents, now, idempotent=idempotent, window=window
            )
        if contents:
            journal.delete_journal(worker)
    unknown.expire_repeatable(edition_id, now, window)
    if settings.UNCERTAIN_LETTERS == "retry":
        uncertain = Delivery.objects.filter(edition_id=edition_id, state=State.UNCERTAIN)
        with transaction.atomic():
            shown_papers.mark_changed(Edition.objects.filter(id=edition_id))
            outbox.requeue(uncertain.filter(attempts__lt=MAX_ATTEMPTS))
    _delete_old_journals()


def _delete_old_journals() -> None:
    """Delete the journals of drains that were killed when the database knew every outcome."""
    if not (old := journal.abandoned_journals(JOURNAL_MAX_AGE_SECONDS)):
        return
    submitting = Delivery.objects.filter(state=State.SUBMITTING).order_by("worker").values_list("worker", flat=True)
    needed = set(map(journal.journal_path, submitting.distinct()))
    for path in old - needed:
        with suppress(OSError):  # the folder is another user's, or the disk is read-only: no reason to send nothing
            path.unlink(missing_ok=True)


def _recover_from_worker(
    rows: Rows, worker: str, contents: JournalContents | None, now: datetime, *, idempotent: bool, window: timedelta
) -> None:
    outbox.requeue(rows.filter(state=State.CLAIMED))
    orphans = rows.filter(state=State.SUBMITTING)
    if contents:
        accepted_ids = orphans.filter(id__in=list(contents.accepted)).values_list("id", flat=True)
        outbox.mark_accepted({key: contents.accepted[key] for key in accepted_ids}, worker, now)
        outbox.requeue(orphans.exclude(id__in=contents.doubtful))
    if idempotent or settings.UNCERTAIN_LETTERS == "retry":
        outbox.requeue(orphans, attempts=F("attempts") + 1)
    else:
        unknown.requeue_repeatable(orphans, now, window)
        reason = _("Sending was interrupted before the mail server's answer.")
        outbox.finish(orphans, State.UNCERTAIN, reason, now, attempts=F("attempts") + 1)


def has_work(edition: Edition, now: datetime) -> bool:
    """Return whether a drain would find something to do."""
    return outbox.ready_deliveries(edition.id, now).exists() or orphaned_deliveries(edition.id, now).exists()
