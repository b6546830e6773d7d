"""What is kept about people for a time only: each kind of rows, how long, and what is done with those that are due.

Nothing is done in one big transaction: some rows at a time, so that nobody waits for it and it may be killed and run
again. `digest/retention.py` has the list of everything that is kept.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.db.models import F, Q, QuerySet
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _

from subscriptions.links import remembered_browsers
from subscriptions.links.tokens import RESTORE_DAYS
from subscriptions.models import AddressChange, Count, Errand, FormerInterests, RememberedBrowser, Subscriber

ROWS_PER_BATCH = 500
# Imported people are asked to confirm some at a time. Who was not asked by then will not be.
MAX_WAIT_TO_BE_ASKED = timedelta(days=90)

Status = Subscriber.Status
# Says between two batches whether to stop.
ShouldStop = Callable[[], bool]
# Is told how many rows are done.
Tick = Callable[[int, int | None], None]


@dataclass(frozen=True, slots=True)
class KeptRows:
    """One kind of what is kept for a time only."""

    # The key in reports.
    name: str
    # What it is, for an operator.
    words: str
    # How long it is kept; None where each row says itself when it ends.
    days: int | None
    # Returns how many rows are due.
    count_due: Callable[[datetime], int]
    # Deletes or shortens what is due, and returns how many rows.
    forget_due: Callable[[datetime, ShouldStop, Tick], int]


def make_kind(
    name: str,
    words: str,
    days: int | None,
    find_due: Callable[[datetime], QuerySet[Any]],
    forget: Callable[[QuerySet[Any]], object] = QuerySet.delete,
) -> KeptRows:
    """Return the kind of rows that *find_due* finds by a query. They are deleted, or what else *forget* does."""

    def forget_due(now: datetime, should_stop: ShouldStop, tick: Tick) -> int:
        done = 0
        while not should_stop():
            with transaction.atomic():
                due = find_due(now)
                ids = list(_lock(due).values_list("pk", flat=True)[:ROWS_PER_BATCH])
                if not ids:
                    break
                forget(due.model._default_manager.filter(pk__in=ids))
            done += len(ids)
            tick(done, None)
        return done

    return KeptRows(name, words, days, lambda now: find_due(now).count(), forget_due)


def list_kinds() -> list[KeptRows]:
    """Return what is kept about people for a time only, without what the digest keeps."""
    return [
        make_kind(
            "unconfirmed",
            _("people who never confirmed"),
            settings.KEEP_UNCONFIRMED_DAYS,
            _find_unconfirmed,
        ),
        make_kind(
            "interests_of_unsubscribed",
            _("interests of people who unsubscribed"),
            settings.KEEP_FORMER_INTERESTS_DAYS,
            _find_unsubscribed_with_interests,
            lambda rows: rows.update(categories="", filters="", wishes={}, new_email=""),
        ),
        make_kind("former_interests", _("interests of before"), settings.KEEP_LETTERS_DAYS, _find_former_interests),
        make_kind(
            "account_requests",
            _("account requests that nobody could answer"),
            settings.KEEP_ERRANDS_DAYS,
            lambda now: Errand.objects.filter(created_at__lte=_before(now, settings.KEEP_ERRANDS_DAYS)),
        ),
        make_kind(
            "address_changes",
            _("changes of address that are final"),
            RESTORE_DAYS,
            lambda now: AddressChange.objects.filter(changed_at__lte=_before(now, RESTORE_DAYS)),
        ),
        make_kind(
            "remembered_browsers",
            _("browsers no longer remembered"),
            remembered_browsers.VALIDITY.days,
            lambda now: RememberedBrowser.objects.filter(expires_at__lte=now),
        ),
        make_kind("request_counts", _("counts of requests"), None, lambda now: Count.objects.filter(until__lte=now)),
    ]


def _find_unconfirmed(now: datetime) -> QuerySet[Subscriber]:
    """Return people who were asked to confirm long enough ago, those too whose letter still waits."""
    before = _before(now, settings.KEEP_UNCONFIRMED_DAYS)
    asked = Q(asked_or_mailed_at__lte=before)
    never_asked = Q(asked_or_mailed_at=None, created_at__lte=before - MAX_WAIT_TO_BE_ASKED)
    unconfirmed = Subscriber.objects.filter(status=Status.PENDING)
    return unconfirmed.annotate(asked_or_mailed_at=Coalesce("mailed_at", "asked_at")).filter(asked | never_asked)


def _find_unsubscribed_with_interests(now: datetime) -> QuerySet[Subscriber]:
    kept = ~Q(categories="") | ~Q(filters="") | ~Q(wishes={}) | ~Q(new_email="")
    return _find_unsubscribed(now).filter(kept)


def _find_unsubscribed(now: datetime) -> QuerySet[Subscriber]:
    """Return people who left long enough ago. Some were imported without a moment at which they left."""
    left = Subscriber.objects.filter(status=Status.UNSUBSCRIBED)
    return left.annotate(left_at=Coalesce("unsubscribed_at", F("created_at"))).filter(
        left_at__lte=_before(now, settings.KEEP_FORMER_INTERESTS_DAYS)
    )


def _find_former_interests(now: datetime) -> QuerySet[FormerInterests]:
    """Return the interests of letters that are gone, and those of people who left."""
    is_old = Q(ended_at__lte=_before(now, settings.KEEP_LETTERS_DAYS))
    return FormerInterests.objects.filter(is_old | Q(subscriber__in=_find_unsubscribed(now).values("id")))


def _before(now: datetime, days: int) -> datetime:
    return now - timedelta(days=days)


def _lock(rows: QuerySet[Any]) -> QuerySet[Any]:
    """Lock rows until the transaction ends, without those that others hold: the next run finds them again."""
    if connection.features.has_select_for_update_skip_locked:
        return rows.select_for_update(skip_locked=True, of=("self",))
    return rows
