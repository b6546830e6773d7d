"""A town of synthetic readers and a real day for the benchmarks of letters, in a database of their own.

Every function that needs Django imports it inside: each step is a process of its own, which sets it up first.
"""

import os
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

DAY = date(2026, 3, 18)
# The papers of these days are known from before; readers like some of them.
EARLIER_DAYS = (date(2026, 3, 12), date(2026, 3, 13), date(2026, 3, 16))
LIKES = 30
DATA = Path(__file__).resolve().parents[3] / "shared" / "data" / "papers" / "papers_dev_2026-03.jsonl.xz"
# The bundled sample has 44 papers; so often it makes about a real day.
SAMPLE_REPEATED = 20
FILTERS = 5
SHORTEST_WORD = 5
AT_ONCE = 5_000


@dataclass(frozen=True, slots=True)
class Said:
    """What interests are drawn from: a paper of the day."""

    words: Sequence[str]
    authors: Sequence[str]
    category: str


def set_up() -> None:
    os.environ["DJANGO_SETTINGS_MODULE"] = "deploy.settings"
    import django

    django.setup()


def build(readers: int) -> dict[str, Any]:
    """The tables, the day with its summaries, and the readers. Tells the address of the database to use from now on."""
    set_up()
    address = new_database()
    from django.db import connection

    from digest.editions import build as edition_build
    from digest.editions import load
    from digest.ingest.fetch import ingest_entries
    from digest.summaries import write

    for day in (*EARLIER_DAYS, DAY):
        ingest_entries(read_papers(day), day, "benchmark")
    edition = edition_build.build_edition(DAY)
    everything = range(edition.entries.count())
    write.write_summaries(edition, {"en": everything, "zh": everything}, use_model=False)
    _settle(readers, load.load_contents(edition).papers)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")  # as the database does by itself within a minute, where it is not told otherwise
    return {"database": address, "papers": len(everything), "real": DATA.is_file()}


def tear_down() -> None:
    set_up()
    from django.conf import settings
    from django.db import connection

    if connection.vendor == "postgresql":
        import psycopg

        database = settings.DATABASES["default"]
        server = {"host": database["HOST"], "port": database["PORT"] or None, "user": database["USER"] or None}
        with psycopg.connect(
            **server, password=database["PASSWORD"] or None, dbname="postgres", autocommit=True
        ) as link:
            link.execute(
                psycopg.sql.SQL("DROP DATABASE {} WITH (FORCE)").format(psycopg.sql.Identifier(database["NAME"]))
            )


def filters(random_: random.Random, papers: Sequence[Said]) -> tuple[str, ...]:
    """Five wishes as people have them: a phrase, two words, a word of a title, a person. Mostly nobody else's."""
    return tuple(_filter(random_, random_.choice(papers)) for _ in range(FILTERS))


def _filter(random_: random.Random, paper: Said) -> str:
    start = random_.randrange(len(paper.words) - 1)
    first, second = paper.words[start : start + 2]
    match random_.randrange(8):
        case 0:
            return f"title:{first}"
        case 1 if paper.authors:
            return f"author:{random_.choice(paper.authors)}"
        case 2 | 3:
            return f"{first} {random_.choice(paper.words)}"
    return f'"{first} {second}"'


def like_papers() -> None:
    """Let every reader like LIKES earlier papers, of their own categories as far as there are so many."""
    from digest.editions.version_vectors import fill_vectors
    from digest.models import Feedback, Paper, Version
    from subscriptions.models import Subscriber

    chance = random.Random(30)
    # As the builds of those days did.
    fill_vectors(Version.objects.filter(announcements__day__in=EARLIER_DAYS).distinct())
    known = Paper.objects.filter(versions__announcements__day__in=EARLIER_DAYS).distinct()
    everything = list(known.values_list("pk", flat=True))
    by_category: dict[str, list[int]] = {}
    for paper, category in Version.objects.filter(paper__in=known).values_list("paper", "primary_category"):
        by_category.setdefault(category, []).append(paper)
    readers = Subscriber.objects.order_by("pk").values_list("pk", "categories")
    for start in range(0, readers.count(), AT_ONCE):
        Feedback.objects.bulk_create(
            Feedback(subscriber_id=reader, paper_id=paper, kind="more")
            for reader, categories in readers[start : start + AT_ONCE]
            for paper in _draw_likes(chance, [by_category.get(each, []) for each in categories.split()], everything)
        )


def _draw_likes(chance: random.Random, of_categories: Sequence[Sequence[int]], everything: Sequence[int]) -> set[int]:
    own = sorted({paper for papers in of_categories for paper in papers})
    drawn = set(chance.sample(own, min(LIKES, len(own))))
    while len(drawn) < min(LIKES, len(everything)):
        drawn.add(chance.choice(everything))
    return drawn


def read_papers(day: date) -> Iterator[Any]:
    from digest.domain import FetchedPaper
    from digest.sources.files.detect import open_paths
    from digest.sources.files.sample import SampleSource

    if DATA.is_file():
        yield from open_paths([DATA]).entries(day)
        return
    for copy in range(SAMPLE_REPEATED):
        for number, entry in enumerate(SampleSource().entries(day)):
            if isinstance(entry, FetchedPaper):
                yield replace(entry, arxiv_id=f"26{day.day % 12 + 1:02}.{copy * 100 + number:05}")


def _settle(readers: int, papers: Sequence[Any]) -> None:
    """Half of the readers want ten papers with a sentence each, the others more of each, one in seven in Chinese."""
    from django.utils import timezone

    from subscriptions.models import Subscriber

    said, now, chance = _said(papers), timezone.now(), random.Random(4)
    for start in range(0, readers, AT_ONCE):
        Subscriber.objects.bulk_create(
            Subscriber(
                email=f"reader{number}@example.org",
                email_key=f"reader{number}@example.org",
                status=Subscriber.Status.ACTIVE,
                categories=" ".join(sorted({chance.choice(said).category for _ in range(2)})),
                filters="\n".join(filters(chance, said)),
                language="zh" if number % 7 == 0 else "en",
                timezone=("UTC", "Europe/Paris", "Asia/Shanghai", "America/New_York")[number % 4],
                hour=number % 24,
                detail=("tldr", "tldr", "structured", "abstract")[number // 4 % 4],
                consent_at=now,
                confirmed_at=now,
            )
            for number in range(start, min(start + AT_ONCE, readers))
        )


def _said(papers: Sequence[Any]) -> list[Said]:
    from subscriptions.filters.language import tokens

    found = []
    for paper in papers:
        words = [word for word in tokens(f"{paper.title} {paper.abstract}") if len(word) >= SHORTEST_WORD]
        last = [name.split()[-1].lower() for name in paper.authors if name.split()]
        authors = [name for name in last if name.isascii() and name.isalpha()]
        if len(words) > 1:
            found.append(Said([w for w in words if w.isalnum()] or words, authors, paper.categories[0]))
    return [each for each in found if len(each.words) > 1]


def new_database() -> str:
    """On a server a database that is not the configured one; a file is in a folder that nobody else has."""
    from django.core.management import call_command
    from django.db import connection

    if connection.vendor != "postgresql":
        call_command("migrate", verbosity=0)
        return ""
    connection.settings_dict["TEST"]["NAME"] = f"benchmark_{os.getpid()}"
    name = connection.creation.create_test_db(verbosity=0, autoclobber=True)
    return urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{name}").geturl()
