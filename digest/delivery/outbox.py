"""The states of a delivery and every step between them.

pending → claimed(lease) → submitting → accepted | failed | uncertain, and excluded. Each step is a conditional
statement, so it may be taken twice. A worker takes it only for rows that it holds: one that slept past its lease can do
no harm. Only recovery moves the rows of others, by `requeue` and `finish`.
"""

from collections.abc import Collection, Mapping
from datetime import date, datetime, timedelta
from typing import Any

from django.db import connection, transaction
from django.db.models import Case, DateTimeField, F, Q, QuerySet, Value, When

from digest.delivery.lease import LEASE_DURATION
from digest.models import Delivery, Edition
from digest.picking import shown_papers
from subscriptions import selectors

State = Delivery.State
OPEN_STATES = shown_papers.OPEN_STATES

RATE_LIMITED = "paced"
DOMAIN_HELD = "domain_held"
ROWS_PER_UPDATE = 200

Rows = QuerySet[Delivery]


def ready_deliveries(edition_id: int, now: datetime) -> Rows:
    """Return the deliveries that may be sent now, first planned first."""
    waiting = Delivery.objects.filter(edition_id=edition_id, state=State.PENDING)
    return waiting.filter(Q(not_before=None) | Q(not_before__lte=now)).order_by("id")


def first_postponed_until(edition_id: int, now: datetime) -> datetime | None:
    """Return when the first of the letters that must wait may be sent; None where none must."""
    later = Delivery.objects.filter(edition_id=edition_id, state=State.PENDING, not_before__gt=now)
    return later.order_by("not_before").values_list("not_before", flat=True).first()


def claim(
    edition_id: int,
    worker: str,
    limit: int,
    now: datetime,
    lease: timedelta = LEASE_DURATION,
    except_domains: Collection[str] = (),
    only: int | None = None,
) -> list[Delivery]:
    """Take up to *limit* ready deliveries for *worker*, to none of *except_domains*; of *only* one, if it is named.

    No two workers ever get the same one.
    """
    ready = ready_deliveries(edition_id, now)
    if only is not None:
        ready = ready.filter(id=only)
    if except_domains:
        ready = ready.exclude(selectors.is_at_domain(except_domains))
    with transaction.atomic():
        if connection.features.has_select_for_update_skip_locked:  # SQLite has one writer at a time anyway
            ready = ready.select_for_update(skip_locked=True)
        ids = list(ready.values_list("id", flat=True)[:limit])
        Delivery.objects.filter(id__any_of=ids, state=State.PENDING).update(
            state=State.CLAIMED, worker=worker, lease_until=now + lease
        )
    return list(_rows_held_by(ids, worker, State.CLAIMED).order_by("id"))


def submit(ids: Collection[int], worker: str, now: datetime, day: date, lease: timedelta = LEASE_DURATION) -> set[int]:
    """Write down that these go to the mail server next. Only the ones returned may be sent.

    One statement, so that whoever left before it gets nothing. The others are lost to us, or their readers have left
    since the planning, or the edition was paused.
    """
    allowed = _rows_held_by(ids, worker, State.CLAIMED).filter(
        selectors.is_not_excluded(day), edition__in=Edition.objects.filter(paused=False)
    )
    changed = allowed.update(state=State.SUBMITTING, lease_until=now + lease)
    if changed == len(ids):
        return set(ids)
    return set(_rows_held_by(ids, worker, State.SUBMITTING).values_list("id", flat=True))


def mark_accepted(provider_ids: Mapping[int, str], worker: str, now: datetime) -> None:
    """Mark deliveries as accepted. *provider_ids* are by delivery id, empty where the provider gave none.

    The answer also settles a letter that was thought uncertain while we waited for it.
    """
    cases = [When(id=key, then=Value(provider_id)) for key, provider_id in provider_ids.items() if provider_id]
    changes: dict[str, Any] = {"provider_id": Case(*cases, default=Value(""))} if cases else {}
    # An accepted letter is nobody's any more: nothing that its worker says changes it.
    changes |= {"fault": "", "temporary": False, "worker": ""}
    if provider_ids:
        mine = _rows_held_by(provider_ids, worker, State.SUBMITTING, State.UNCERTAIN)
        finish(mine, State.ACCEPTED, "", now, attempts=F("attempts") + 1, **changes)


@transaction.atomic
def mark_failed(delivery_id: int, worker: str, reason: str, now: datetime, **changes: object) -> None:
    """Mark a delivery as failed, also one that was thought uncertain since and may be on lists by now."""
    shown_papers.mark_changed(Edition.objects.filter(deliveries=delivery_id))
    mine = _rows_held_by([delivery_id], worker, State.CLAIMED, State.SUBMITTING, State.UNCERTAIN)
    finish(mine, State.FAILED, reason, now, attempts=F("attempts") + 1, **changes)


def mark_uncertain(delivery_id: int, worker: str, reason: str, now: datetime) -> None:
    """Mark a delivery as uncertain. A claimed one may have left too, when it was submitted before."""
    mine = _rows_held_by([delivery_id], worker, State.CLAIMED, State.SUBMITTING)
    finish(mine, State.UNCERTAIN, reason, now, attempts=F("attempts") + 1)


def mark_excluded(reasons: Mapping[int, str], worker: str, now: datetime) -> int:
    """Exclude readers who must get nothing after all, by delivery id and reason. Return how many."""
    count = 0
    for reason in set(reasons.values()):
        ids = [key for key, given in reasons.items() if given == reason]
        count += finish(_rows_held_by(ids, worker, State.CLAIMED), State.EXCLUDED, reason, now)
    return count


def defer(delivery_id: int, worker: str, reason: str, not_before: datetime, **changes: object) -> None:
    mine = _rows_held_by([delivery_id], worker, State.SUBMITTING)
    requeue(mine, reason=reason[:300], not_before=not_before, attempts=F("attempts") + 1, **changes)


def postpone(moments: Mapping[int, datetime], worker: str) -> None:
    """Let letters that a limit holds back wait until their moments, by delivery id.

    That is no attempt, and the last answer stays.
    """
    reason = Case(When(attempts=0, then=Value(RATE_LIMITED)), default=F("reason"))
    keys = sorted(moments)
    for some in (keys[start : start + ROWS_PER_UPDATE] for start in range(0, len(keys), ROWS_PER_UPDATE)):
        when = Case(*(When(id=key, then=Value(moments[key])) for key in some), output_field=DateTimeField())
        requeue(_rows_held_by(some, worker, State.CLAIMED), not_before=when, reason=reason)


def hold_domains(edition_id: int, domains: Collection[str], until: datetime, now: datetime) -> None:
    """Let ready letters to *domains* wait, as their servers refuse us. That is no attempt; a last answer stays."""
    reason = Case(When(attempts=0, then=Value(DOMAIN_HELD)), default=F("reason"))
    ready_deliveries(edition_id, now).filter(selectors.is_at_domain(domains)).update(not_before=until, reason=reason)


def is_only_at(edition_id: int, domains: Collection[str]) -> bool:
    """Return whether the edition has letters to no other domains."""
    letters = Delivery.objects.filter(edition_id=edition_id).exclude(state=State.EXCLUDED)
    return not letters.exclude(selectors.is_at_domain(domains)).exists()


def end_waits(edition_id: int) -> None:
    """Let letters that a mail server put off be tried now. Those that a limit holds back keep their moments."""
    put_off = Q(attempts__gt=0) | Q(reason=DOMAIN_HELD)
    Delivery.objects.filter(put_off, edition_id=edition_id, state=State.PENDING).update(not_before=None)


def put_back(ids: Collection[int], worker: str) -> None:
    """Requeue letters that did not leave through no fault of theirs. That is no attempt."""
    requeue(_rows_held_by(ids, worker, State.CLAIMED, State.SUBMITTING))


def release_claimed(edition_id: int, worker: str) -> None:
    """Give back what *worker* claimed and did not begin."""
    requeue(Delivery.objects.filter(edition_id=edition_id, worker=worker, state=State.CLAIMED))


def _rows_held_by(ids: Collection[int], worker: str, *states: str) -> Rows:
    return Delivery.objects.filter(id__any_of=ids, worker=worker, state__in=states)


def requeue(rows: Rows, **changes: object) -> None:
    """Let letters wait again, for any worker."""
    rows.update(state=State.PENDING, worker="", lease_until=None, finished_at=None, **changes)


def finish(rows: Rows, state: str, reason: str, now: datetime, **changes: object) -> int:
    """Give letters their final state, and return how many. The worker's name stays: only it may bring a late answer.

    It goes with the answer that the letter was accepted, which is the last one.
    """
    ended = {"lease_until": None, "doubted_at": None, "finished_at": now}
    return rows.update(state=state, reason=reason[:300], **ended, **changes)
