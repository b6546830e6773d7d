"""What is left to do where SUPPRESSION_KEY is lost: new hashes for all whose addresses are here."""

from collections.abc import Mapping

from django.db import transaction

from subscriptions.address_hashes import hash_address
from subscriptions.models import Subscriber, Suppression

ROWS_PER_BATCH = 500


def is_key_another_one() -> bool:
    """Return whether hashes of readers were made with another key than SUPPRESSION_KEY: the first's or the last's."""
    rows = Subscriber.objects.order_by("id").values_list("email_key", "address_hash")
    ends = [row for row in (rows.first(), rows.last()) if row is not None]
    return any(hash_address(key) != address_hash for key, address_hash in ends)


def renew_hashes() -> int:
    """Hash the addresses of all readers with the key of now, those of their suppressions too. Return of how many.

    Hashes of addresses that are nobody's here stay as they are: nobody can tell whose they are.
    """
    count = last = 0
    people = Subscriber.objects.order_by("id").only("email_key", "address_hash")
    while rows := list(people.filter(id__gt=last)[:ROWS_PER_BATCH]):
        last = rows[-1].id
        renewed = {row.address_hash: hash_address(row.email_key) for row in rows}
        with transaction.atomic():
            _move_suppressions({old: new for old, new in renewed.items() if old != new})
            for row in rows:
                row.address_hash = renewed[row.address_hash]
            Subscriber.objects.bulk_update(rows, ["address_hash"])
        count += sum(old != new for old, new in renewed.items())
    return count


def _move_suppressions(renewed: Mapping[str, str]) -> None:
    """Give suppressions of the old hashes the new ones, but for those that were made with the new key meanwhile."""
    again = Suppression.objects.filter(address_hash__in=list(renewed.values())).values_list("address_hash", "reason")
    known = set(again)
    moved = []
    for row in Suppression.objects.filter(address_hash__in=list(renewed)):
        row.address_hash = renewed[row.address_hash]
        if (row.address_hash, row.reason) not in known:
            moved.append(row)
    Suppression.objects.bulk_update(moved, ["address_hash"])
