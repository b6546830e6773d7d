"""Suppressions: addresses that must never be written to again, and those whose people deleted everything.

Each is kept as a keyed hash of the address and a class of reason: who is meant can be told only of an address that
somebody names.
"""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import NamedTuple

from django.db.models import QuerySet
from django.utils import timezone

from subscriptions import email_addresses
from subscriptions.address_hashes import hash_address
from subscriptions.models import Subscriber, Suppression
from subscriptions.services.subscriber_rows import mark_unsubscribed

SuppressionReason = Suppression.Reason
# What an operator may take back. A complaint is the reader's own word.
REVERSIBLE_REASONS = (SuppressionReason.HARD_BOUNCE, SuppressionReason.WORN_OUT, SuppressionReason.PROVIDER_LIST)


class KnownAddresses(NamedTuple):
    """Of some keys of addresses, those that are kept here as hashes."""

    suppressed: set[str]
    # Of people who deleted their data, and have not come back since.
    deleted: set[str]


def classify_reason(text: str) -> SuppressionReason:
    """Return the class of a reason that a file or an earlier version wrote. An unknown one is `blocked`."""
    return SuppressionReason(text) if text in SuppressionReason.values else SuppressionReason.BLOCKED


def suppress(email: str, reason: str, run: int | None = None) -> None:
    """Write no letter to *email* again, but the deletion link they ask for.

    A complaint also ends the subscription. *run* is the run whose letter was refused.
    """
    suppress_all([email], reason, run)
    if reason == SuppressionReason.COMPLAINT:
        mark_unsubscribed(Subscriber.objects.filter(email_key=email_addresses.key(email)), timezone.now())


def suppress_all(
    emails: Collection[str], reason: str, run: int | None = None, since: Mapping[str, datetime] | None = None
) -> int:
    """Suppress many addresses and return how many were not suppressed before.

    *since* says of addresses that another installation suppressed when it did.
    """
    moments = since or {}
    hashes = {hash_address(email): moments.get(email) for email in emails}
    return suppress_hashes(hashes, reason, run)


def suppress_hashes(hashes: Mapping[str, datetime | None], reason: str, run: int | None = None) -> int:
    """Do as `suppress_all` does with addresses of which only the hash is known, each with its moment if that is."""
    reason = classify_reason(reason)
    same = Suppression.objects.filter(reason=reason) if reason == SuppressionReason.DELETED else _suppressions()
    known = set(same.filter(address_hash__in=list(hashes)).values_list("address_hash", flat=True))
    now = timezone.now()
    new = [
        Suppression(address_hash=address_hash, reason=reason, run=run, created_at=moment or now)
        for address_hash, moment in hashes.items()
        if address_hash not in known
    ]
    Suppression.objects.bulk_create(new, ignore_conflicts=True)
    return len(new)


def lift(email: str) -> bool:
    """Let letters go to *email* again, unless its reader complained. Return whether they did not before."""
    return bool(_find_reversible([email]).delete()[0])


def lift_made_since(emails: Collection[str], since: datetime) -> None:
    """Let letters go again to those of these addresses that were suppressed after *since*."""
    _find_reversible(emails).filter(created_at__gt=since).delete()


def lift_all(*, run: int | None = None, reason: str = "") -> int:
    """Let letters go again to the addresses that *run* suppressed, or for *reason*. Return how many."""
    rows = Suppression.objects.filter(reason__in=REVERSIBLE_REASONS)
    if run is not None:
        rows = rows.filter(run=run)
    if reason:
        rows = rows.filter(reason=reason)
    return sum(row.delete()[0] for row in rows.iterator())


def find_known(keys: Collection[str]) -> KnownAddresses:
    """Return which of these keys of addresses are suppressed, and which of people who deleted their data."""
    by_hash = {hash_address(key): key for key in keys}
    rows = Suppression.objects.filter(address_hash__in=list(by_hash))
    found = [(by_hash[each], reason) for each, reason in rows.values_list("address_hash", "reason")]
    return KnownAddresses(
        {key for key, reason in found if reason != SuppressionReason.DELETED},
        {key for key, reason in found if reason == SuppressionReason.DELETED},
    )


def is_suppressed(email: str) -> bool:
    """Return whether *email* must not be written to."""
    return _suppressions().filter(address_hash=hash_address(email)).exists()


def forget_deletion(email: str) -> None:
    """Keep no more that somebody with this address deleted their data: they have come back."""
    Suppression.objects.filter(address_hash=hash_address(email), reason=SuppressionReason.DELETED).delete()


def _find_reversible(emails: Collection[str]) -> QuerySet[Suppression]:
    hashes = [hash_address(email) for email in emails]
    return Suppression.objects.filter(address_hash__in=hashes, reason__in=REVERSIBLE_REASONS)


def _suppressions() -> QuerySet[Suppression]:
    return Suppression.objects.exclude(reason=SuppressionReason.DELETED)
