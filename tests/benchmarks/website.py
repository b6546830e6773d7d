"""How fast the public pages are: `python -m tests.benchmarks.website [--papers 100000] [--json FILE] [--home FOLDER]`.

Two gunicorn workers, as in production, answer on loopback, from SQLite or from a database of their own on the server of
DATABASE_URL. It holds a real day and, before it, days of made-up papers (tests/benchmarks/searching.py). For each kind
of page the table says how many requests are answered in a second when four clients ask one after the other, and the
median and 95th percentile of milliseconds when 20 requests a second come. Addresses are drawn for each request: those
of kinds that say `any` are so many that most are not in the cache of pages, nor are most papers. All of it shares the
machine, the clients too: compare figures of one run. It ends with 1 where an answer is an error, one of PAGES gets
fewer than LEAST_PER_S or takes more than MAX_P95_OF_PAGES, or one of SEARCHES more than MAX_P95_OF_SEARCHES.

With --home the site stays in that folder, and a later run measures it without making it again.
"""

import argparse
import http.client
import json
import os
import random
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import partial
from math import inf
from pathlib import Path
from typing import Any
from urllib.parse import quote

from tests.benchmarks import population, searching
from tests.benchmarks.isolation import alone, set_environment

PAPERS, PAPERS_PER_DAY = 100_000, 1_800
CLIENTS, SECONDS = 4, 5.0
RATE, SECONDS_AT_RATE = 20, 10.0
SUMMARIES_PER_DAY = 100
# What is the same for all who ask, and what each asks for in their own words: milliseconds at RATE.
LEAST_PER_S, MAX_P95_OF_PAGES, MAX_P95_OF_SEARCHES = 100.0, 100.0, 150.0
PAGES = ("front", "today", "day", "section", "category", "any paper")
SEARCHES = (
    *("search", "topic", "feed of a topic", "preview", "newest of a search", "mistyped search", "feed of a search"),
    *("similar papers", "all similar papers", "API: search"),
)
# Seconds within which gunicorn must answer.
PATIENCE = 60.0


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of page: how it is named in the table, and the addresses from which requests are drawn."""

    name: str
    addresses: Sequence[str]


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.website")
    parser.add_argument("--papers", type=int, default=PAPERS)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--home", type=Path, help="keep the site there, or measure the one that is there")
    parser.add_argument("--only", nargs="*", help="the kinds to measure")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="website-") as folder:
        home = arguments.home or Path(folder)
        is_made = (home / "addresses.json").is_file()
        home.mkdir(parents=True, exist_ok=True)
        set_environment(home)
        if is_made:
            alone(write_addresses, home)
        address = "" if is_made else alone(build, arguments.papers, home)
        os.environ["DATABASE_URL"] = address or os.environ["DATABASE_URL"]
        try:
            kinds = [Kind(*each) for each in json.loads((home / "addresses.json").read_text())]
            found = measure([kind for kind in kinds if not arguments.only or kind.name in arguments.only])
        finally:
            if address:
                alone(population.tear_down)
    print(f"{arguments.papers:,} papers, two workers, {os.cpu_count()} cores shared with the clients")
    print(f"{'':20}{'requests/s':>12}{'p50 ms':>9}{'p95 ms':>9}{'KB':>7}{'errors':>8}")
    for name, each in found.items():
        print(
            f"{name:20}{each['per_s']:>12.0f}{each['p50']:>9.1f}{each['p95']:>9.1f}{each['kb']:>7.0f}{each['errors']:>8}"
        )
    if arguments.json:
        arguments.json.write_text(json.dumps(found, indent=2) + "\n")
    faults = [fault for name, each in found.items() for fault in _find_faults(name, each)]
    print("\n".join(faults))
    return int(bool(faults))


def _find_faults(name: str, each: Mapping[str, float]) -> Iterator[str]:
    """Yield what is wrong with the figures of a kind of page, in sentences."""
    if each["errors"]:
        yield f"{name}: {each['errors']:.0f} errors."
    if name in PAGES and each["per_s"] < LEAST_PER_S:
        yield f"{name}: fewer than {LEAST_PER_S:.0f} a second."
    most = MAX_P95_OF_PAGES if name in PAGES else MAX_P95_OF_SEARCHES if name in SEARCHES else inf
    if each["p95"] > most:
        yield f"{name}: more than {most:.0f} ms at p95."


def build(papers: int, home: Path) -> str:
    """Make the tables, the papers and their addresses. Return the address of the database, if it is on a server."""
    population.set_up()
    address = population.new_database()
    from django.db import connection

    from digest.editions import build as edition_build
    from digest.editions.version_vectors import fill_vectors
    from digest.ingest.fetch import ingest_entries
    from digest.models import Edition, Version
    from digest.search.index import index_versions
    from digest.summaries import write

    searching.write_papers(papers)
    _publish_days()
    ingest_entries(population.read_papers(population.DAY), population.DAY, "benchmark")
    edition = edition_build.build_edition(population.DAY)
    write.write_summaries(edition, {"en": range(SUMMARIES_PER_DAY)}, use_model=False)
    Edition.objects.filter(pk=edition.pk).update(state="frozen")
    index_versions()
    fill_vectors(Version.objects.all())
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    write_addresses(home)
    return address


def write_addresses(home: Path) -> None:
    """Write down the addresses of each kind of page."""
    population.set_up()
    (home / "addresses.json").write_text(json.dumps([[kind.name, kind.addresses] for kind in _list_kinds()]))


def _publish_days() -> None:
    """Announce the made-up papers on workdays before the real one, each day an edition."""
    from digest.models import Announcement, Edition, EditionEntry, EditionSummary, Signal, Summary, Version

    chance = random.Random(7)
    versions = list(Version.objects.order_by("-pk").values_list("pk", "paper_id", "categories"))
    for day, start in zip(_count_workdays_back(), range(0, len(versions), PAPERS_PER_DAY), strict=False):
        of_day = versions[start : start + PAPERS_PER_DAY]
        midnight = datetime(day.year, day.month, day.day, tzinfo=UTC)
        edition = Edition.objects.create(day=day, state="closed", frozen_at=midnight)
        Announcement.objects.bulk_create(
            Announcement(version_id=pk, category=code, day=day, kind="cross" if place else "new")
            for pk, _, codes in of_day
            for place, code in enumerate(codes)
        )
        entries = EditionEntry.objects.bulk_create(
            EditionEntry(edition=edition, version_id=pk, rank=rank, score=1 / (rank + 2), section=codes[0], kind="new")
            for rank, (pk, _, codes) in enumerate(of_day)
        )
        summaries = Summary.objects.bulk_create(
            Summary(version_id=pk, language="en", writer="extractive", tldr="They find what was to be found. " * 4)
            for pk, _, _ in of_day[:SUMMARIES_PER_DAY]
        )
        EditionSummary.objects.bulk_create(
            EditionSummary(entry=entry, language="en", summary=summary)
            for entry, summary in zip(entries, summaries, strict=False)
        )
        Signal.objects.bulk_create(
            Signal(
                paper_id=paper, kind="upvotes", value=chance.randrange(200), observed_at=midnight + timedelta(days=each)
            )
            for _, paper, _ in of_day[:SUMMARIES_PER_DAY]
            for each in range(5)
        )


def _count_workdays_back() -> Iterator[date]:
    day = population.DAY
    while True:
        day -= timedelta(days=1)
        if day.weekday() < 5:
            yield day


def _list_kinds() -> Iterator[Kind]:
    from digest.models import Edition, EditionEntry, Paper
    from subscriptions.taxonomy.categories import GROUPS

    chance = random.Random(8)
    days = [str(day) for day in Edition.objects.order_by("-day").values_list("day", flat=True)]
    sections = EditionEntry.objects.filter(edition__day__in=days[1:4]).values_list("edition__day", "section")
    papers = list(Paper.objects.order_by("pk").values_list("arxiv_id", flat=True))
    # The least that an answer costs: the measure of the machine.
    yield Kind("robots.txt", ["/robots.txt"])
    yield Kind("front", ["/"])
    yield Kind("today", ["/today/"])
    yield Kind("day", [f"/editions/{day}/" for day in days[:5]])
    yield Kind("any page of a day", [f"/editions/{day}/?page={page}" for day in days for page in range(2, 30)])
    largest = Counter(each for day, each in sections if str(day) == days[1]).most_common(4)
    yield Kind("section", [f"/editions/{days[1]}/?section={each}" for each, _ in largest])
    yield Kind("any section", [f"/editions/{day}/?section={each}" for day, each in sections.distinct()])
    yield Kind("calendar", ["/editions/"])
    yield Kind("categories", ["/categories/"])
    yield Kind("category", [f"/categories/{code}/" for code in ("cs.LG", "cs.CV", "cs.CL", "hep-th")])
    yield Kind("any category", [f"/categories/{each.code}/" for group in GROUPS for each in group.categories])
    yield Kind("any author", sorted({f"/authors/{quote(name)}/" for name in _draw_authors(chance)}))
    yield Kind("feed of a day", [f"/editions/{day}/atom/" for day in days[:5]])
    yield Kind("any paper", [f"/papers/{each}/" for each in chance.sample(papers, 2000)])
    yield Kind("similar papers", [f"/papers/{each}/similar/short/" for each in chance.sample(papers, 2000)])
    phrases = sorted(set(_draw_phrases(chance)))
    yield Kind("search", [f"/search/?q={quote(phrase)}" for phrase in phrases])
    yield Kind("topic", [f"/topics/{quote(phrase)}/" for phrase in phrases])
    yield Kind("feed of a topic", [f"/topics/{quote(phrase)}/atom/" for phrase in phrases])
    yield Kind("preview", [f"/preview/?fragment=1&filters={quote(phrase)}" for phrase in phrases])
    yield Kind("newest of a search", [f"/search/?q={quote(phrase)}&order=newest" for phrase in phrases])
    yield Kind("mistyped search", [f"/search/?q={quote(each[:2] + 'x' + each[2:])}" for each in phrases])
    yield Kind("feed of a search", [f"/search/atom/?q={quote(phrase)}" for phrase in phrases])
    yield Kind("all similar papers", [f"/papers/{each}/similar/" for each in chance.sample(papers, 2000)])
    yield Kind("API: search", [f"/api/v1/search?q={quote(phrase)}" for phrase in phrases])
    yield Kind("API: paper", [f"/api/v1/papers/{each}" for each in chance.sample(papers, 2000)])


def _draw_authors(chance: random.Random) -> Iterator[str]:
    from digest.models import Version
    from digest.web.author_links import name_in_address

    versions = list(Version.objects.values_list("pk", flat=True))
    for authors in Version.objects.filter(pk__in=chance.sample(versions, 500)).values_list("authors", flat=True):
        yield from filter(None, map(name_in_address, authors[:1]))


def _draw_phrases(chance: random.Random) -> Iterator[str]:
    """Yield two neighbouring words of titles, as somebody may type them."""
    from digest.models import Version

    versions = list(Version.objects.values_list("pk", flat=True))
    for title in Version.objects.filter(pk__in=chance.sample(versions, 500)).values_list("title", flat=True):
        words = [word for word in title.split() if word.isalpha() and word.isascii()]
        if len(words) > 1:
            place = chance.randrange(len(words) - 1)
            yield f"{words[place]} {words[place + 1]}"


def measure(kinds: Sequence[Kind]) -> dict[str, dict[str, float]]:
    with _serve() as port:
        return {kind.name: _measure_kind(port, kind) for kind in kinds}


@contextmanager
def _serve() -> Iterator[int]:
    """Run the site on loopback, and yield its port."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "gunicorn", "--config", "deploy/gunicorn_settings.py"]
    command += ["--bind", f"127.0.0.1:{port}", "--log-level", "warning", "deploy.wsgi"]
    server = subprocess.Popen(command, env={**os.environ, "BEHIND_PROXY": "1"})
    try:
        _wait_until_answered(port)
        yield port
    finally:
        server.terminate()
        server.wait(timeout=PATIENCE)


def _wait_until_answered(port: int) -> None:
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        try:
            if Client(port).ask("/privacy/")[0] == http.client.OK:
                return
        except OSError:
            time.sleep(0.2)
    raise SystemExit("The site does not answer.")


class Client:
    """A browser with one connection."""

    def __init__(self, port: int) -> None:
        self._chance = random.Random()
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)

    def ask(self, address: str) -> tuple[int, int]:
        """Return the status and the length of an answer."""
        # A client of its own each time: searches are bounded for each.
        network = ".".join(str(self._chance.randrange(1, 255)) for _ in range(4))
        headers = {"Accept-Language": "en", "X-Forwarded-For": network}
        self._connection.request("GET", address, headers=headers)
        answer = self._connection.getresponse()
        return answer.status, len(answer.read())


def _measure_kind(port: int, kind: Kind) -> dict[str, float]:
    chance = random.Random(9)
    # Both workers have done everything once.
    for _ in range(20):
        Client(port).ask(chance.choice(kind.addresses))
    answered, errors, size = _ask_without_pause(port, kind)
    times, late_errors = _ask_at_rate(port, kind)
    return {
        "per_s": answered / SECONDS,
        "p50": statistics.median(times),
        "p95": statistics.quantiles(times, n=20)[-1],
        "kb": size / max(answered, 1) / 1000,
        "errors": errors + late_errors,
    }


def _ask_without_pause(port: int, kind: Kind) -> tuple[int, int, int]:
    """Return how many requests CLIENTS got answered in SECONDS, how many with an error, and the bytes of all."""
    results: list[tuple[int, int]] = []

    def keep_asking(number: int) -> None:
        client, chance = Client(port), random.Random(number)
        end = time.monotonic() + SECONDS
        while time.monotonic() < end:
            results.append(client.ask(chance.choice(kind.addresses)))

    _run_at_once([partial(keep_asking, number) for number in range(CLIENTS)])
    return len(results), sum(status != http.client.OK for status, _ in results), sum(size for _, size in results)


def _ask_at_rate(port: int, kind: Kind) -> tuple[list[float], int]:
    """Return the milliseconds of requests that come RATE a second, from when each was due, and how many failed."""
    times: list[float] = []
    failed: list[int] = []
    due_times = iter([place / RATE for place in range(int(RATE * SECONDS_AT_RATE))])
    lock, began = threading.Lock(), time.monotonic() + 0.1

    def ask_when_due(number: int) -> None:
        client, chance = Client(port), random.Random(100 + number)
        while True:
            with lock:
                due = next(due_times, None)
            if due is None:
                return
            time.sleep(max(0.0, began + due - time.monotonic()))
            status, _ = client.ask(chance.choice(kind.addresses))
            times.append(1000 * (time.monotonic() - began - due))
            failed.extend([status] if status != http.client.OK else [])

    _run_at_once([partial(ask_when_due, number) for number in range(2 * RATE)])
    return times, len(failed)


def _run_at_once(tasks: Sequence[Callable[[], Any]]) -> None:
    threads = [threading.Thread(target=task) for task in tasks]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


if __name__ == "__main__":
    sys.exit(main())
