"""Reads subscribers in bulk and returns them as Readers: the rows themselves stay in this app."""

from array import array
from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import date, datetime
from functools import lru_cache, reduce
from itertools import islice
from operator import or_
from typing import Any

from django.db import connection
from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet, Subquery

from subscriptions import email_addresses, signal_switches
from subscriptions.models import FormerInterests, Subscriber, Suppression
from subscriptions.preference_defaults import usual_popularity
from subscriptions.reader import Reader

# Pairs of time zone and hour.
HourGroups = Collection[tuple[str, int]]

READER_COLUMNS = (
    "id",
    "email",
    "categories",
    "filters",
    "popularity",
    "switched_off",
    "language",
    "timezone",
    "hour",
    "papers",
    "minimum",
    "detail",
    "epoch",
    "key",
    "days",
    "paused_until",
)
# SQLite takes at most 32,766 values in a query.
MAX_IDS_PER_QUERY = 10_000

# Steps from one time zone to the next in the index. Django's distinct() would read every reader's entry in it.
TIMEZONES_SQL = """
WITH RECURSIVE zones(zone) AS (
    SELECT min(timezone) FROM {table} WHERE status = %(status)s
    UNION ALL
    SELECT (SELECT min(timezone) FROM {table} WHERE status = %(status)s AND timezone > zone)
    FROM zones WHERE zone IS NOT NULL
)
SELECT zone FROM zones WHERE zone IS NOT NULL ORDER BY zone
"""


def find_due_readers(
    day: date, *, after_id: int = 0, limit: int = 1000, groups: HourGroups | None = None, earlier: int = 0
) -> list[Reader]:
    """Return up to *limit* active readers who chose this weekday, by id, beginning after *after_id*.

    Paused and suppressed readers are among them: they are due, and the books say why they got nothing
    (`find_exclusions`). *groups* keeps only the readers of those time zones and hours, *earlier* those who chose none
    of these days of the week (bits, Monday is 1).
    """
    rows = _filter_due(day, groups, earlier).filter(id__gt=after_id).order_by("id")
    return [_make_reader(*row) for row in rows.values_list(*READER_COLUMNS)[:limit]]


def find_due_ids(
    day: date,
    *,
    groups: HourGroups | None = None,
    among: Collection[int] | None = None,
    without: QuerySet[Any] | None = None,
    earlier: int = 0,
) -> Sequence[int]:
    """Return the ids of all due readers, sorted, eight bytes each.

    Those of a single group are read from the index in their order. *among* keeps only those ids, at most
    MAX_IDS_PER_QUERY. *without* leaves out those who have a row in it; its rows name their reader in a field
    `subscriber`. *earlier* is that of `find_due_readers`.
    """
    rows = _filter_due(day, groups, earlier, without).order_by("id")
    if among is not None:
        rows = rows.filter(id__any_of=among)
    return array("q", rows.values_list("id", flat=True).iterator(chunk_size=MAX_IDS_PER_QUERY))


def find_newly_confirmed_ids(since: datetime) -> list[int]:
    """Return, sorted, who confirmed by their own link after *since*; imports confirm people too, but not so."""
    return _list_sorted_ids(Subscriber.objects.filter(confirmed_at__gt=since, created_at__lt=F("confirmed_at")))


def find_ids_confirmed_since(ids: Collection[int], since: datetime) -> set[int]:
    """Return who of *ids* was confirmed after *since*, by themselves or by an import."""
    rows = Subscriber.objects.filter(confirmed_at__gt=since)
    return {key for chunk in _split_ids(ids) for key in rows.filter(id__any_of=chunk).values_list("id", flat=True)}


def find_changed_ids(since: datetime) -> list[int]:
    """Return, sorted, who changed their preferences after *since*, perhaps their hour."""
    return _list_sorted_ids(Subscriber.objects.filter(changed_at__gt=since))


def count_due(
    day: date, *, groups: HourGroups | None = None, without: QuerySet[Any] | None = None, earlier: int = 0
) -> int:
    """Return how many `find_due_ids` would find."""
    return _filter_due(day, groups, earlier, without).count()


def list_timezones() -> list[str]:
    """Return the time zones of all active readers, found in as many steps as there are zones."""
    sql = TIMEZONES_SQL.format(table=connection.ops.quote_name(Subscriber._meta.db_table))
    with connection.cursor() as cursor:
        cursor.execute(sql, {"status": str(Subscriber.Status.ACTIVE)})
        return [zone for (zone,) in cursor.fetchall()]


def find_exclusions(ids: Collection[int], day: date) -> dict[int, str]:
    """Return why each of *ids* must get nothing now: `deleted`, `suppressed`, `unsubscribed` or `paused`.

    Whoever may get a letter is missing.
    """
    exclusions: dict[int, str] = {}
    for chunk in _split_ids(ids):
        rows = Subscriber.objects.filter(id__any_of=chunk).annotate(
            suppressed=Exists(find_suppressions("address_hash"))
        )
        deleted = set(chunk)
        for subscriber_id, status, paused_until, suppressed in rows.values_list(
            "id", "status", "paused_until", "suppressed"
        ):
            deleted.discard(subscriber_id)
            if suppressed:
                exclusions[subscriber_id] = "suppressed"
            elif status != Subscriber.Status.ACTIVE:
                exclusions[subscriber_id] = "unsubscribed"
            elif paused_until and paused_until > day:
                exclusions[subscriber_id] = "paused"
        exclusions.update(dict.fromkeys(deleted, "deleted"))
    return exclusions


def is_not_excluded(day: date) -> Q:
    """Return a condition on rows with a field `subscriber`: that reader has no exclusion on *day*.

    It compares with what a sub-select returns, which is asked for each of these rows. With EXISTS, PostgreSQL
    may begin at all readers who want letters, and does while it does not know how many rows there are.
    """
    rows = Subscriber.objects.filter(id=OuterRef("subscriber_id"), status=Subscriber.Status.ACTIVE)
    rows = rows.filter(Q(paused_until=None) | Q(paused_until__lte=day))
    rows = rows.filter(~Exists(find_suppressions("address_hash")))
    return Q(subscriber_id=Subquery(rows.values("id")[:1]))


def find_suppressions(field: str) -> QuerySet[Suppression]:
    """Return a sub-select: the suppressions of the address whose hash is in *field* of the row around it.

    That somebody deleted their data is no suppression.
    """
    return Suppression.objects.filter(address_hash=OuterRef(field)).exclude(reason=Suppression.Reason.DELETED)


def count_given_up(runs: Collection[int]) -> dict[int, int]:
    """Return how many addresses each of *runs* gave up. Complaints, which nothing takes back, are not among them."""
    given_up = Suppression.objects.filter(run__in=runs).exclude(reason=Suppression.Reason.COMPLAINT)
    return dict(given_up.values_list("run").annotate(count=Count("id")).order_by("run"))


def is_not_suppressed() -> Q:
    """Return a condition on rows with a field `subscriber`: that reader's address is not suppressed."""
    return ~Q(Exists(find_suppressions("subscriber__address_hash")))


def is_at_domain(domains: Collection[str]) -> Q:
    """Return a condition on rows with a field `subscriber`: that reader's address is at one of *domains*."""
    at_any = reduce(or_, (Q(email_key__endswith=f"@{domain}") for domain in domains), Q(pk=None))
    return Q(Exists(Subscriber.objects.filter(at_any, id=OuterRef("subscriber_id"))))


def get_readers(ids: Collection[int]) -> dict[int, Reader]:
    """Return readers by id; whoever was deleted is missing."""
    rows = (
        row
        for chunk in _split_ids(ids)
        for row in Subscriber.objects.filter(id__any_of=chunk).values_list(*READER_COLUMNS)
    )
    return {row[0]: _make_reader(*row) for row in rows}


def find_reader_as_of(reader: Reader, moment: datetime) -> Reader:
    """Return the reader with the interests they had at *moment*, as far back as those are kept."""
    return find_readers_as_of([reader], moment)[0]


def find_readers_as_of(readers: Sequence[Reader], moment: datetime) -> list[Reader]:
    """Return each reader with the interests they had at *moment*. One query for up to MAX_IDS_PER_QUERY readers."""
    former: dict[int, tuple[str, str]] = {}
    for chunk in _split_ids([reader.id for reader in readers]):
        ended_since = FormerInterests.objects.filter(subscriber__in=chunk, ended_at__gt=moment)
        rows = ended_since.order_by("ended_at", "id").values_list("subscriber_id", "categories", "filters")
        for subscriber, categories, filters in rows:
            former.setdefault(subscriber, (categories, filters))
    return [_with_interests(reader, *former[reader.id]) if reader.id in former else reader for reader in readers]


def _with_interests(reader: Reader, categories: str, filters: str) -> Reader:
    return reader._replace(categories=tuple(categories.split()), filters=tuple(filters.split("\n")) if filters else ())


def find_reader_by_address(address: str) -> Reader | None:
    """Return the reader with this address, whatever their status."""
    row = Subscriber.objects.filter(email_key=email_addresses.key(address)).values_list(*READER_COLUMNS).first()
    return _make_reader(*row) if row else None


def find_reader_by_address_hash(address_hash: str) -> Reader | None:
    """Return the reader whose address has this keyed hash, whatever their status."""
    row = Subscriber.objects.filter(address_hash=address_hash).values_list(*READER_COLUMNS).first()
    return _make_reader(*row) if row else None


def find_ids_by_address(addresses: Iterable[str]) -> dict[str, int | None]:
    """Return the id of the reader with each of these addresses, whatever their status; None where nobody has it."""
    keys = {address: email_addresses.key(address) for address in addresses}
    distinct = sorted({key for key in keys.values() if key.isprintable()})  # no database takes NUL
    ids: dict[str, int] = {}
    for start in range(0, len(distinct), MAX_IDS_PER_QUERY):
        rows = Subscriber.objects.filter(email_key__in=distinct[start : start + MAX_IDS_PER_QUERY])
        ids.update(rows.values_list("email_key", "id"))
    return {address: ids.get(key) for address, key in keys.items()}


def count_subscribers() -> int:
    """Return how many ever signed up or were imported and are not deleted."""
    return Subscriber.objects.count()


def _filter_due(
    day: date, groups: HourGroups | None, earlier: int, without: QuerySet[Any] | None = None
) -> QuerySet[Subscriber]:
    """Return the rows of active readers who chose this weekday and none of the *earlier* ones.

    Of *groups* only, and without those in *without*.
    """
    chosen = 1 << day.weekday()
    due = Subscriber.objects.annotate(chosen_days=F("days").bitand(chosen | earlier)).filter(
        status=Subscriber.Status.ACTIVE, chosen_days=chosen
    )
    if without is not None:
        due = due.filter(~Exists(without.filter(subscriber=OuterRef("pk"))))
    return due if groups is None else due.filter(_match_groups(groups))


def _match_groups(groups: HourGroups) -> Q:
    """Return a condition of at most 24 alternatives, one per hour: SQLite allows an expression only so many."""
    zones: dict[int, list[str]] = {}
    for zone, hour in groups:
        zones.setdefault(hour, []).append(zone)
    condition = Q(pk__in=())
    for hour in sorted(zones):
        condition |= Q(hour=hour, timezone__in=sorted(zones[hour]))
    return condition


def _split_ids(ids: Collection[int]) -> Iterator[list[int]]:
    rest = iter(ids)
    while chunk := list(islice(rest, MAX_IDS_PER_QUERY)):
        yield chunk


def _make_reader(
    subscriber_id: int, email: str, categories: str, filters: str, popularity: str, switched_off: str, *rest: object
) -> Reader:
    """Return the Reader of a row of READER_COLUMNS."""
    lines = tuple(filters.split("\n")) if filters else ()
    weight = popularity or _usual_popularity(categories)
    off = tuple(switched_off.split()) if switched_off else ()
    if off:
        lines, off = signal_switches.select_filters(lines, off), signal_switches.list_families_off(off)
    names = tuple(categories.split())
    return Reader(subscriber_id, email, names, lines, *rest, weight, off)  # type: ignore[arg-type,call-arg]


@lru_cache(maxsize=4096)
def _usual_popularity(categories: str) -> str:
    return usual_popularity(categories.split())


def _list_sorted_ids(people: QuerySet[Subscriber]) -> list[int]:
    """Return the ids, in a query of their own: joined to others, a database takes these few for many."""
    return sorted(people.values_list("id", flat=True))
