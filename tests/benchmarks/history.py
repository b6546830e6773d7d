"""What planning costs with a history: `python -m tests.benchmarks.history --days 60 --readers 2000 --json FILE`.

Every day has the new papers of a real day, 400 papers of earlier days that were replaced and 400 that were
cross-listed. The first day's 800 stand in no earlier edition. Each day's letters are planned, claimed, submitted and
accepted by the product's own functions, with a provider's id, and the edition is closed. Then one more day is planned.

first_day_us_per_reader, later_day_us_per_reader: microseconds of a processor that planning a day takes for each reader,
in this process and in the server of a local PostgreSQL: the least of some plannings. What the product does with the
letters of each day once they are closed (keeping_us_per_reader) is part of the later day. The `…_without_index` figures
leave out reading and indexing the day's papers, which is done once for all readers.

bytes_per_letter: how much the whole database grew for each letter of the earlier days, with all indexes, after VACUUM
(FULL on PostgreSQL). The papers and editions were there before. Reports of providers are left out: `growth` has them.
decode_us_per_letter: what a drain takes to read the order of a letter from its row.
"""

import argparse
import json
import os
import random
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from tests.benchmarks import population
from tests.benchmarks.isolation import alone, set_environment

DAYS, READERS = 60, 2_000
REPLACED = CROSS_LISTED = 400
# Papers are cross-listed within days, and replaced whenever.
CROSS_LISTED_WITHIN_DAYS = 10
ROUNDS = 5
LETTERS_PER_BATCH = 200
WORKER = "post-worker-1/4007/0f3c9a52"


@dataclass(slots=True)
class PaperHistory:
    """The papers of the days so far. Every paper has the text of one of the template."""

    template: Sequence[Any]
    # The stored vector of each, as a build leaves it.
    vectors: Sequence[bytes]
    chance: random.Random = field(default_factory=lambda: random.Random(12))
    # The papers that were new on each day.
    days: list[list[int]] = field(default_factory=list)
    # By paper, its place in the template, and the id and the number of its newest version.
    newest: dict[int, tuple[int, int, int]] = field(default_factory=dict)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--days", type=int, default=DAYS, help="days of letters before the last one (60)")
    parser.add_argument("--readers", type=int, default=READERS, help="how many people get a letter (2,000)")
    parser.add_argument("--json", type=Path, help="keep the figures in this file")
    given = parser.parse_args()
    if given.days < 1 or given.readers < 1:
        parser.error("it takes a day and a reader at least")
    with tempfile.TemporaryDirectory(prefix="history-") as folder:
        set_environment(Path(folder))
        found = run(given.days, given.readers)
    for name, figure in found.items():
        print(f"{name:40}{figure:>12}")
    if given.json:
        given.json.write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")
    return 0


def run(days: int, readers: int) -> dict[str, Any]:
    made = alone(build, days, readers)
    if made["database"]:
        os.environ["DATABASE_URL"] = made["database"]
    try:
        first = alone(plan_day, 0)
        kept = alone(make_history, days)
        later = alone(plan_day, days)
    finally:
        alone(population.tear_down)
    keeping = kept["keeping_us_per_reader"]
    figures: dict[str, Any] = {
        "database": "postgresql" if made["database"] else "sqlite",
        "days": days,
        "readers": readers,
        "papers_a_day": made["papers_a_day"],
    }
    for suffix in ("", "_without_index"):
        one, other = first["us" + suffix], round(later["us" + suffix] + keeping, 1)
        figures[f"first_day_us_per_reader{suffix}"], figures[f"later_day_us_per_reader{suffix}"] = one, other
        figures[f"later_to_first{suffix}"] = round(other / one, 3)
    figures.update(kept)
    return figures


def build(days: int, readers: int) -> dict[str, Any]:
    """Make the tables, the readers, and the papers and editions of all days."""
    population.set_up()
    address = population.new_database()
    from digest.domain import FetchedPaper
    from digest.ranking.text.paper_vector import make_vector
    from digest.ranking.text.term_rarity import load_shipped_rarity

    template = [entry for entry in population.read_papers(population.DAY) if isinstance(entry, FetchedPaper)]
    rarity = load_shipped_rarity()
    vectors = [make_vector(paper.title, paper.abstract, rarity).to_bytes() for paper in template]
    history = PaperHistory(template, vectors)
    for number in range(days + 1):
        _add_edition(history, population.DAY - timedelta(days=days - number))
        _show_progress("papers of days", number + 1, days + 1)
    population._settle(readers, template)
    _analyze()
    return {"database": address, "papers_a_day": len(template) + REPLACED + CROSS_LISTED}


def plan_day(number: int) -> dict[str, float]:
    """Plan the letters of an edition, by its number, some times over. None of them stays."""
    population.set_up()
    from digest.editions.load import load_contents
    from digest.infra.gc_tuning import collect_seldom
    from digest.models import Delivery, Edition
    from digest.ranking.matching.day_index import DayIndex

    edition = Edition.objects.order_by("day")[number]
    planning: list[float] = []
    indexing: list[float] = []
    for turn in range(ROUNDS):
        with collect_seldom(), _processor_time(indexing):
            DayIndex(load_contents(edition).papers)
        with _processor_time(planning):
            readers = _plan(edition)
        Delivery.objects.filter(edition=edition).delete()
        _show_progress("plannings", turn + 1, ROUNDS)
    return {
        "us": _per_each(min(planning), readers),
        "us_without_index": _per_each(min(planning) - min(indexing), readers),
    }


def make_history(days: int) -> dict[str, Any]:
    """Plan and send the letters of all days but the last. Tell what they cost, once they are of earlier days."""
    population.set_up()
    from digest.models import Delivery, Edition

    size = _database_size()
    keeping: list[float] = []
    for number, edition in enumerate(Edition.objects.order_by("day")[:days]):
        _plan(edition)
        _send(edition)
        with _processor_time(keeping):
            _end_day(edition)
        _show_progress("letters of days", number + 1, days)
    letters = Delivery.objects.filter(state="accepted").count()
    _analyze()
    return {
        "letters": letters,
        "letters_not_sent": Delivery.objects.exclude(state="accepted").count(),
        "picks_per_letter": round(_count_picks() / letters, 1),
        "keeping_us_per_reader": _per_each(sum(keeping), letters),
        "bytes_per_letter": round((_database_size() - size) / letters, 1),
        "decode_us_per_letter": _measure_decoding(),
    }


def _add_edition(history: PaperHistory, day: date) -> None:
    """Store an edition of new, cross-listed and replaced papers. Those of the first day were in no edition before."""
    from digest.models import Edition, EditionEntry

    earlier = history.days or [_add_papers(history)]
    new = _add_papers(history)
    candidates = [paper for of_day in earlier[-CROSS_LISTED_WITHIN_DAYS:] for paper in of_day]
    crossed = history.chance.sample(candidates, min(CROSS_LISTED, len(candidates) // 2))
    candidates = sorted({paper for of_day in earlier for paper in of_day} - set(crossed))
    replaced = history.chance.sample(candidates, min(REPLACED, len(candidates)))
    picked = [*((paper, "new") for paper in new), *((paper, "cross") for paper in crossed)]
    history.chance.shuffle(picked)
    crossed_or_new = [(history.newest[paper][1], kind) for paper, kind in picked]
    _add_versions(history, {paper: history.newest[paper][0] for paper in replaced})
    shown = [*crossed_or_new, *((history.newest[paper][1], "replace") for paper in replaced)]
    morning = datetime(day.year, day.month, day.day, 4, tzinfo=UTC)
    edition = Edition.objects.create(day=day, state="frozen", frozen_at=morning)
    EditionEntry.objects.bulk_create(
        EditionEntry(edition=edition, version_id=version, rank=rank, score=0.5, section="cs.LG", kind=kind)
        for rank, (version, kind) in enumerate(shown)
    )
    history.days.append(new)


def _add_papers(history: PaperHistory) -> list[int]:
    """Store the papers of the template once more, and return their ids."""
    from digest.models import Paper

    first = len(history.newest)
    rows = Paper.objects.bulk_create(
        Paper(arxiv_id=f"26{number // 100_000:02}.{number % 100_000:05}")
        for number in range(first, first + len(history.template))
    )
    _add_versions(history, {row.pk: place for place, row in enumerate(rows)})
    return [row.pk for row in rows]


def _add_versions(history: PaperHistory, places: dict[int, int]) -> None:
    """Store the next version of papers, each with the text at its place in the template."""
    from digest.models import Version, VersionVector
    from digest.ranking.text.paper_vector import VECTOR_FORMAT

    rows = []
    for paper, place in places.items():
        text, number = history.template[place], history.newest.get(paper, (place, 0, 0))[2] + 1
        rows.append(
            Version(
                paper_id=paper,
                number=number,
                title=text.title,
                abstract=text.abstract,
                authors=list(text.authors),
                categories=list(text.categories),
                primary_category=text.categories[0],
            )
        )
    for row in Version.objects.bulk_create(rows):
        history.newest[row.paper_id] = (places[row.paper_id], row.pk, row.number)
    VersionVector.objects.bulk_create(
        VersionVector(version=row, format=VECTOR_FORMAT, content=history.vectors[places[row.paper_id]]) for row in rows
    )


def _plan(edition: Any) -> int:
    """Plan the letters of all readers, and return how many rows there are."""
    from digest.picking import planner

    planned = planner.plan_everyone(edition, edition.frozen_at)
    rows: int = planned.pending + planned.excluded.total()
    return rows


def _send(edition: Any) -> None:
    """Take the letters through the outbox, as a drain does whose provider accepts all of them."""
    from digest.delivery import outbox

    now = edition.frozen_at + timedelta(hours=1)
    while batch := outbox.claim(edition.id, WORKER, LETTERS_PER_BATCH, now):
        submitted = outbox.submit([row.id for row in batch], WORKER, now, edition.day)
        ids = {key: f"<0100019d{edition.id:08x}-{key:08x}-000000@eu-west-1.mail.example>" for key in submitted}
        outbox.mark_accepted(ids, WORKER, now)


def _end_day(edition: Any) -> None:
    """Close the books of an edition, and do what the product does with earlier editions before the next morning."""
    from digest.picking import shown_papers
    from digest.reconciliation import books

    assert books.close_edition(edition, books.read_books(edition, edition.frozen_at + timedelta(days=2)))
    shown_papers.pack_due(edition.frozen_at + timedelta(days=1))


def _count_picks() -> int:
    from digest.models import Delivery
    from digest.picking.stored_picks import list_ranks

    return sum(len(list_ranks(picks)) for picks in Delivery.objects.values_list("picks", flat=True).iterator())


def _measure_decoding() -> float:
    """Return the microseconds in which the order of a letter is made from its row, once the row is read."""
    from digest.delivery.letter_order import order_for_delivery
    from digest.models import Delivery

    rows, seconds = list(Delivery.objects.filter(state="accepted").order_by("-id")[:2000]), []
    for _ in range(ROUNDS):
        start = time.process_time()
        for row in rows:
            order_for_delivery(row)
        seconds.append(time.process_time() - start)
    return _per_each(min(seconds), len(rows))


@contextmanager
def _processor_time(seconds: list[float]) -> Iterator[None]:
    """Append the seconds of a processor that pass, of this process and of the database that serves it."""
    began = time.process_time() + _server_seconds()
    try:
        yield
    finally:
        seconds.append(time.process_time() + _server_seconds() - began)


def _server_seconds() -> float:
    """Return the processor time of our connection's process at a local PostgreSQL; 0 elsewhere."""
    from django.db import connection

    if connection.vendor != "postgresql":
        return 0.0
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        path = Path(f"/proc/{cursor.fetchone()[0]}/stat")
    if not path.is_file():
        return 0.0
    ticks = path.read_text().rpartition(")")[2].split()[11:13]
    return sum(map(int, ticks)) / os.sysconf("SC_CLK_TCK")


def _database_size() -> int:
    """Return the bytes of the whole database, without what was deleted."""
    from django.db import connection

    with connection.cursor() as cursor:
        if connection.vendor != "postgresql":
            cursor.execute("VACUUM")
            cursor.execute("SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()")
        else:
            cursor.execute("VACUUM FULL")
            cursor.execute("SELECT sum(pg_total_relation_size(relid)) FROM pg_stat_user_tables")
        return int(cursor.fetchone()[0])


def _analyze() -> None:
    """Count what the tables hold, as a database does by itself within some minutes."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def _per_each(seconds: float, number: int) -> float:
    return round(seconds / number * 1e6, 1)


def _show_progress(what: str, done: int, total: int) -> None:
    print(f"\r{what}: {done} of {total} ", end="\n" if done == total else "", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
