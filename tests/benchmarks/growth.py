"""What letters cost in the database: `python -m tests.benchmarks.growth`. Prints bytes for each letter of a history.

GROWTH_READERS (300) readers get the letter of one real day on every day of 90 and of 150. Their rows are written as the
planner and a drain leave them, with one report of a provider each. The size is that of the tables of letters with their
indexes, after VACUUM: then once more after `forget`. On SQLite, or on the server of DATABASE_URL.
"""

import os
import sys
import tempfile
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from tests.benchmarks import population
from tests.benchmarks.isolation import alone, set_environment

READERS = 300
HISTORIES = (90, 150)
EDITIONS_PER_INSERT = 10


def main() -> int:
    readers = int(os.environ.get("GROWTH_READERS") or READERS)
    print(f"{'days':>6}{'letters':>10}{'bytes a letter':>16}{'after forget':>14}{'shortened':>11}{'seconds':>9}")
    for days in HISTORIES:
        with tempfile.TemporaryDirectory(prefix="growth-") as folder:
            given = os.environ.get("DATABASE_URL", "")
            set_environment(Path(folder))
            made = alone(population.build, readers)
            os.environ["DATABASE_URL"] = made["database"] or os.environ["DATABASE_URL"]
            try:
                found = alone(measure, days)
            finally:
                alone(population.tear_down)
                os.environ["DATABASE_URL"] = given
        print(
            f"{days:>6}{found['letters']:>10,}{found['before']:>16,.0f}{found['after']:>14,.0f}"
            f"{found['shortened']:>11,}{found['seconds']:>9.1f}"
        )
    return 0


def measure(days: int) -> dict[str, Any]:
    """Write the history, forget what is due on the day after it, and return the bytes of a letter before and after."""
    population.set_up()
    import time

    from django.utils import timezone

    from digest import retention

    now, empty = timezone.now(), _size()
    letters = _write_history(days, now)
    before = _size() - empty
    start = time.perf_counter()
    forgotten = retention.forget_due(now, seconds=3600)
    seconds = time.perf_counter() - start
    after = _size() - empty
    shares = {"before": before / letters, "after": after / letters}
    return {"letters": letters, **shares, "shortened": forgotten["letters"], "seconds": seconds}


def _write_history(days: int, now: datetime) -> int:
    """Write letters, and reports on them, of every day before *now*. Return how many letters."""
    from digest.models import Delivery, DeliveryEvent, Edition

    picked = _choose()
    first = now - timedelta(days=days)
    for start in range(0, days, EDITIONS_PER_INSERT):
        moments = [first + timedelta(days=day) for day in range(start, min(start + EDITIONS_PER_INSERT, days))]
        editions = Edition.objects.bulk_create(
            Edition(day=moment.date(), frozen_at=moment, state="closed") for moment in moments
        )
        rows = Delivery.objects.bulk_create(_make_letters(editions, picked), batch_size=1000)
        DeliveryEvent.objects.bulk_create(_make_reports(rows), batch_size=1000)
    return Delivery.objects.exclude(state="excluded").count()


def _choose() -> list[tuple[Any, Any]]:
    """Return readers, each with what the letter of the real day shows."""
    from digest.editions.load import load_contents
    from digest.models import Edition
    from digest.picking.choose import EditionChooser
    from subscriptions import selectors

    edition = Edition.objects.get(day=population.DAY)
    people = selectors.get_readers(selectors.find_due_ids(population.DAY))
    readers = list(people.values())
    choices = EditionChooser(edition, load_contents(edition).papers).choose(readers)
    return [(reader, choice) for reader, choice in zip(readers, choices, strict=True) if choice.picks]


def _make_letters(editions: Sequence[Any], picked: Sequence[tuple[Any, Any]]) -> Iterator[Any]:
    from digest.models import Delivery
    from digest.picking.stored_picks import encode_picks

    for edition in editions:
        for reader, choice in picked:
            yield Delivery(
                edition=edition,
                subscriber_id=reader.id,
                state="accepted",
                picks=encode_picks(choice),
                notices=list(choice.notices),
                matched=choice.matched,
                language=reader.language,
                detail=reader.detail,
                attempts=1,
                not_after=edition.frozen_at + timedelta(hours=18),
                worker=f"post-worker-1/{4000 + reader.id % 8}/0f3c9a52",
                provider_id=f"<{edition.id:08}-{reader.id:08}@mail.provider.example>",
                created_at=edition.frozen_at,
                finished_at=edition.frozen_at,
            )


def _make_reports(letters: Sequence[Any]) -> Iterator[Any]:
    from hashlib import sha256

    from digest.models import DeliveryEvent

    for letter in letters:
        yield DeliveryEvent(
            delivery=letter,
            kind="delivered",
            at=letter.created_at,
            provider="Provider",
            event_id=f"{letter.id:032}",
            message_id=letter.provider_id,
            key=sha256(str(letter.id).encode()).hexdigest(),
        )


def _size() -> int:
    """Return the bytes of the tables of letters, with their indexes; on SQLite those of the whole file."""
    from django.db import connection

    with connection.cursor() as cursor:
        if connection.vendor != "postgresql":
            cursor.execute("VACUUM")
            cursor.execute("SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()")
            return int(cursor.fetchone()[0])
        total = 0
        for table in ("digest_delivery", "digest_deliveryevent"):
            cursor.execute(f"VACUUM FULL {table}")
            cursor.execute("SELECT pg_total_relation_size(%s)", [table])
            total += int(cursor.fetchone()[0])
        return total


if __name__ == "__main__":
    sys.exit(main())
