"""How fast the operator's pages are: `python -m tests.benchmarks.admin_pages [--letters 1200000] [--home FOLDER]`.

Sixty workdays of letters, each with a provider's report, on SQLite or in a database of their own on the server of
DATABASE_URL. Asked are the first page, the page of a person, and of every table in the admin the list, each link that
stands in it (filters, columns to sort by, later pages), a search, and the page of a row. The links are those that the
page itself has, so that a new table or filter is measured without being named here. The table says the milliseconds of
one process that answers one request after the other (p50, p95), of processors in it and in a local server (CPU p95: on
a busy machine it says more), how many queries the page takes, and the slowest address.

It ends with 1 if a p95 is above 300 ms. With --home the database stays in that folder, and a later run measures it
without making it again (on a server: in a database of the folder's name, which stays there).
"""

import argparse
import json
import os
import random
import re
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import quote

from tests.benchmarks import population, searching
from tests.benchmarks.isolation import alone, set_environment
from tests.benchmarks.website import Kind

LETTERS, DAYS, PAPERS_PER_DAY = 1_200_000, 60, 1_000
# Milliseconds that no page may take.
MOST = 300.0
ROUNDS = 20
HOST = "localhost:8000"
LINK = re.compile(r'href="(\?[^"]*)"')
ROW = re.compile(r'href="(/admin/[^"?]+/change/)')
HEAD = re.compile(r"(?s)<head>.*?</head>")
# Of a hundred readers so many get such a letter each day; the rest gets one that is accepted.
UNLIKE = {
    "excluded no_match": 6,
    "excluded paused": 1,
    "failed": 1,
}


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.admin_pages")
    parser.add_argument("--letters", type=int, default=LETTERS)
    parser.add_argument("--home", type=Path, help="keep the database there, or measure the one that is there")
    parser.add_argument("--rounds", type=int, default=ROUNDS, help="requests of each kind at least (20)")
    parser.add_argument("--only", default="", help="only kinds of pages whose name begins so")
    parser.add_argument("--json", type=Path)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="admin-pages-") as folder:
        home = arguments.home or Path(folder)
        made = home / "made.json"
        home.mkdir(parents=True, exist_ok=True)
        set_environment(home)
        is_made = made.is_file()
        if not is_made:
            made.write_text(json.dumps(alone(build, arguments.letters)))
        database = json.loads(made.read_text())["database"]
        os.environ["DATABASE_URL"] = database or os.environ["DATABASE_URL"]
        if is_made:
            alone(migrate)
        try:
            found = alone(measure, arguments.rounds, arguments.only)
        finally:
            if database and not arguments.home:
                alone(population.tear_down)
    print(f"{found['letters']:,} letters on {found['vendor']}, {found['megabytes']:,.0f} MB")
    print(f"{'':42}{'pages':>6}{'p50 ms':>8}{'p95 ms':>8}{'CPU p95':>9}{'queries':>9}  slowest")
    for name, each in found["kinds"].items():
        figures = f"{each['p50']:>8.0f}{each['p95']:>8.0f}{each['cpu_p95']:>9.0f}{each['queries']:>9}"
        print(f"{name:42}{each['pages']:>6}{figures}  {each['slowest']}")
    if arguments.json:
        arguments.json.write_text(json.dumps(found, indent=2) + "\n")
    return int(any(each["p95"] > MOST for each in found["kinds"].values()))


# --- the database -----------------------------------------------------------------------------------------------------
def build(letters: int) -> dict[str, Any]:
    """Make the tables and the rows. Tell the address of the database to use from now on."""
    population.set_up()
    address = population.new_database()
    from django.contrib.auth.models import User
    from django.db import connection

    User.objects.create_superuser("operator")
    searching.write_papers(DAYS * PAPERS_PER_DAY)
    _add_readers(letters // DAYS)
    _publish_days()
    _send_letters()
    _add_the_rest()
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    return {"database": address}


def migrate() -> None:
    """Bring a database that was kept up to this version."""
    population.set_up()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)


def _add_readers(readers: int) -> None:
    """Add readers who get letters, one for twenty of them who has left, and one who has not confirmed."""
    from subscriptions.models import Subscriber, Suppression
    from subscriptions.services.suppression import suppress_all

    now, chance = datetime.now(UTC), random.Random(8)
    statuses = [*["active"] * 20, "unsubscribed", "pending"]
    for start in range(0, readers * len(statuses) // 20, population.AT_ONCE):
        numbers = range(start, min(start + population.AT_ONCE, readers * len(statuses) // 20))
        rows = []
        for number in numbers:
            status = statuses[number % len(statuses)]
            since = now - timedelta(days=chance.randrange(1, 400))
            rows.append(
                Subscriber(
                    email=f"Reader{number}@example.org",
                    email_key=f"reader{number}@example.org",
                    status=status,
                    categories="cs.LG stat.ML",
                    language="zh" if number % 7 == 0 else "en",
                    timezone=("UTC", "Europe/Paris", "Asia/Shanghai", "America/New_York")[number % 4],
                    hour=number % 24,
                    created_at=since,
                    consent_at=since,
                    confirmed_at=None if status == "pending" else since,
                    unsubscribed_at=now - timedelta(days=chance.randrange(60)) if status == "unsubscribed" else None,
                )
            )
        Subscriber.objects.bulk_create(rows)
    left = Subscriber.objects.filter(status="unsubscribed").values_list("email", flat=True)
    suppress_all(list(left), Suppression.Reason.HARD_BOUNCE, run=1)


def _list_days() -> list[date]:
    """Return the workdays up to today, the last one first."""
    days, day = list[date](), datetime.now(UTC).date()
    while len(days) < DAYS:
        days += [day] if day.weekday() < 5 else []
        day -= timedelta(days=1)
    return days


def _publish_days() -> None:
    """Announce the papers, each day an edition with summaries, signals, and what a model cost."""
    from digest.models import (
        Announcement,
        Backfill,
        Edition,
        EditionEntry,
        EditionSummary,
        LedgerLine,
        Missing,
        ModelCall,
        Rejection,
        Run,
        Signal,
        Summary,
        Version,
    )

    chance = random.Random(7)
    versions = list(Version.objects.order_by("-pk").values_list("pk", "paper_id", "categories"))
    for day, start in zip(_list_days(), range(0, len(versions), PAPERS_PER_DAY), strict=True):
        of_day = versions[start : start + PAPERS_PER_DAY]
        at = datetime(day.year, day.month, day.day, 1, tzinfo=UTC)
        edition = Edition.objects.create(day=day, state="closed" if start else "frozen", frozen_at=at)
        Announcement.objects.bulk_create(
            Announcement(version_id=pk, category=code, day=day, kind="cross" if place else "new")
            for pk, _, codes in of_day
            for place, code in enumerate(codes)
        )
        entries = EditionEntry.objects.bulk_create(
            EditionEntry(edition=edition, version_id=pk, rank=rank, score=1 / (rank + 2), section=codes[0], kind="new")
            for rank, (pk, _, codes) in enumerate(of_day)
        )
        for language in ("en", "zh"):
            written = {"language": language, "prompt_version": "1", "cost": "0.0001"}
            summaries = Summary.objects.bulk_create(
                Summary(version_id=pk, writer="small-1", tldr="They find what was to be found. " * 4, **written)
                for pk, _, _ in of_day
            )
            EditionSummary.objects.bulk_create(
                EditionSummary(entry=entry, language=language, summary=summary)
                for entry, summary in zip(entries, summaries, strict=True)
            )
            ModelCall.objects.bulk_create(
                ModelCall(version_id=pk, model="small-1", state="accepted", **written) for pk, _, _ in of_day
            )
        ModelCall.objects.filter(version__in=[pk for pk, _, _ in of_day]).update(created_at=at)
        Signal.objects.bulk_create(
            Signal(paper_id=paper, kind=kind, value=chance.randrange(200), observed_at=at + later)
            for _, paper, _ in of_day
            for kind in ("upvotes", "comments")
            for later in (timedelta(0), timedelta(hours=6))
        )
        categories = sorted({code for _, _, codes in of_day for code in codes})
        LedgerLine.objects.bulk_create(
            LedgerLine(day=day, category=code, announced=10, stored=10, new=10, state="complete") for code in categories
        )
        few = {"day": day}
        Rejection.objects.bulk_create(
            Rejection(source="arxiv", where=f"line {number}", reason="no title", **few) for number in range(20)
        )
        Missing.objects.bulk_create(
            Missing(category="cs.LG", arxiv_id=f"m{number}", kind="new", resolved_at=at if number % 2 else None, **few)
            for number in range(20)
        )
        Backfill.objects.bulk_create(
            Backfill(version_id=pk, language="zh", reason="no answer", done_at=at) for pk, _, _ in of_day[::10]
        )
        Run.objects.bulk_create(Run(source="arxiv", started_at=at, balanced=True, **few) for _ in range(20))


def _send_letters() -> None:
    """Give every active reader a letter of each day, most with a provider's report. Of the last day some wait."""
    from digest.models import Delivery, DeliveryEvent, Edition
    from digest.picking.stored_picks import encode_picks
    from subscriptions.models import Subscriber
    from tests.copied_rows import copy_rows

    kinds = ["accepted", *UNLIKE, "pending"]
    templates = list(Subscriber.objects.filter(status="active").order_by("pk")[: len(kinds)])
    share = ""
    bound = 0
    for place, kind in enumerate(UNLIKE, 1):
        bound += UNLIKE[kind]
        share += f" WHEN s.id % 100 < {bound} THEN {templates[place].pk}"
    for edition in Edition.objects.order_by("day"):
        at = edition.frozen_at or datetime.now(UTC)
        rows = [
            Delivery(
                edition=edition,
                subscriber=person,
                state=kind.split()[0],
                reason=kind.partition(" ")[2]
                if kind.startswith("excluded")
                else "552 full"
                if kind == "failed"
                else "",
                picks=[] if kind.startswith("excluded") else encode_picks(_choose()),
                matched=20,
                language=person.language,
                detail=person.detail,
                attempts=1,
                not_after=at + timedelta(hours=24),
                provider_id=f"<{edition.pk}-{person.pk}@mail.provider.example>" if kind == "accepted" else "",
                created_at=at,
                finished_at=None if kind == "pending" else at,
            )
            for person, kind in zip(templates, kinds, strict=True)
        ]
        Delivery.objects.bulk_create(rows)
        waiting = f" WHEN s.id % 20 = 11 THEN {templates[-1].pk}" if edition.state == "frozen" else ""
        copy_rows(
            "digest_delivery",
            {
                "subscriber_id": "s.id",
                "provider_id": "CASE WHEN t.provider_id = '' THEN '' ELSE "
                f"'<{edition.pk}-' || s.id || '@mail.provider.example>' END",
            },
            "JOIN subscriptions_subscriber s ON t.subscriber_id = "
            f"CASE {share}{waiting} ELSE {templates[0].pk} END "
            f"WHERE t.edition_id = {edition.pk} AND s.status = 'active' AND s.id > {templates[-1].pk}",
        )
    first = Delivery.objects.filter(state="accepted").order_by("pk")[0]
    for kind in ("delivered", "soft_bounce", "complaint"):
        DeliveryEvent.objects.create(
            delivery=first, kind=kind, at=first.created_at, provider="Resend", message_id="<m>", key=kind
        )
    _report_letters(first.pk)


def _report_letters(first: int) -> None:
    """Report on each accepted letter: one in a hundred came back, one in a thousand is called spam."""
    from django.db import connection

    from tests.copied_rows import copy_rows

    kind = "CASE WHEN d.id % 1000 = 1 THEN 'complaint' WHEN d.id % 100 = 2 THEN 'soft_bounce' ELSE 'delivered' END"
    copy_rows(
        "digest_deliveryevent",
        {
            "delivery_id": "d.id",
            "at": "d.created_at",
            "created_at": "d.created_at",
            "message_id": "d.provider_id",
            "event_id": "'event-' || d.id",
            "key": "'key-' || d.id" if connection.vendor != "postgresql" else "md5(d.id::text) || md5('x' || d.id)",
        },
        f"JOIN digest_delivery d ON d.state = 'accepted' AND t.kind = {kind} WHERE d.id > {first}",
    )


def _choose() -> Any:
    """Return the picks of a letter with twenty papers."""
    from digest.domain import Choice, Pick, Reason

    reasons = [Reason("keyword", "graph neural network"), Reason("category", "cs.LG")]
    picks = tuple(Pick(rank, 1 / (rank + 2), (reasons[rank % 2],)) for rank in range(0, 100, 5))
    return Choice(picks=picks, matched=len(picks))


def _add_the_rest() -> None:
    """Fill the tables that grow with readers and operators: marks, the record of acts, limits of domains."""
    from django.contrib.admin.models import LogEntry
    from django.contrib.auth.models import User
    from django.contrib.contenttypes.models import ContentType

    from digest.editions.version_vectors import fill_vectors
    from digest.models import Edition, Feedback, Pace, Paper, Version
    from subscriptions.models import Subscriber

    now, chance = datetime.now(UTC), random.Random(3)
    people = list(Subscriber.objects.filter(status="active").values_list("pk", flat=True))
    papers = list(Paper.objects.values_list("pk", flat=True))
    Feedback.objects.bulk_create(
        (
            Feedback(subscriber_id=person, paper_id=paper, kind="more")
            for person in people
            for paper in chance.sample(papers, 5)
        ),
        batch_size=population.AT_ONCE,
    )
    operator, kind = User.objects.get(), ContentType.objects.get_for_model(Edition)
    LogEntry.objects.bulk_create(
        LogEntry(user=operator, content_type=kind, object_id="1", object_repr="edition 1", action_flag=2)
        for _ in range(5_000)
    )
    # As its build leaves them; those of earlier days are not asked for here.
    fill_vectors(Version.objects.filter(entries__edition=Edition.objects.order_by("-day")[0]))
    Pace.objects.bulk_create(Pace(name=f"{number}.example.org", window=now) for number in range(2_000))


# --- the pages --------------------------------------------------------------------------------------------------------
def measure(rounds: int, only: str) -> dict[str, Any]:
    """Ask for every page whose kind's name begins with *only*, and return the figures of each kind."""
    population.set_up()
    from django.contrib.auth.models import User
    from django.db import connection
    from django.test import Client
    from django.test.utils import CaptureQueriesContext

    from digest.models import Delivery

    client = Client(headers={"host": HOST, "accept-language": "en"})
    client.force_login(User.objects.get())
    found = {}
    for kind in _list_kinds(client):
        if not kind.name.startswith(only):
            continue
        times: dict[str, list[float]] = {}
        cpu: list[float] = []
        with CaptureQueriesContext(connection) as captured:
            _ask(client, kind.addresses[0])
            queries = len(captured)
        for turn in range(max(rounds, len(kind.addresses))):
            address = kind.addresses[turn % len(kind.addresses)]
            began, cpu_began = time.perf_counter(), _cpu_seconds()
            _ask(client, address)
            times.setdefault(address, []).append(1000 * (time.perf_counter() - began))
            cpu.append(1000 * (_cpu_seconds() - cpu_began))
        everything = sorted(each for of_one in times.values() for each in of_one)
        slowest = max(times, key=lambda address: statistics.median(times[address]))
        found[kind.name] = {
            "pages": len(times),
            "p50": statistics.median(everything),
            "p95": statistics.quantiles(everything, n=20)[-1],
            "cpu_p95": statistics.quantiles(cpu, n=20)[-1],
            "queries": queries,
            "slowest": f"{statistics.median(times[slowest]):.0f} ms {slowest}" if len(times) > 1 else "",
        }
    with connection.cursor() as cursor:
        is_server = connection.vendor == "postgresql"
        size = "pg_database_size(current_database())" if is_server else "page_count * page_size FROM "
        cursor.execute(f"SELECT {size}" + ("" if is_server else "pragma_page_count(), pragma_page_size()"))
        megabytes = int(cursor.fetchone()[0]) / 1_000_000
    letters = Delivery.objects.count()
    return {"vendor": connection.vendor, "letters": letters, "megabytes": megabytes, "kinds": found}


def _cpu_seconds() -> float:
    """Return what this process took of a processor so far, and its part of a local database's server."""
    from django.db import connection

    server = 0.0
    if connection.vendor == "postgresql":
        connection.ensure_connection()
        stat = Path(f"/proc/{connection.connection.info.backend_pid}/stat")
        if stat.is_file():
            server = sum(map(int, stat.read_text().rpartition(")")[2].split()[11:13])) / os.sysconf("SC_CLK_TCK")
    return time.process_time() + server


def _ask(client: Any, address: str) -> str:
    answer = client.get(address)
    if answer.status_code != 200:
        raise SystemExit(f"{address} was answered with {answer.status_code}.")
    return str(answer.content.decode())


def _list_kinds(client: Any) -> Iterator[Kind]:
    """Yield the kinds of pages, as the pages themselves link to them."""
    from django.contrib import admin

    from subscriptions.models import Subscriber

    chance = random.Random(1)
    active = Subscriber.objects.filter(status="active").order_by("pk")
    people = chance.sample(list(active.values_list("pk", "email")), 30)
    yield Kind("first page", ["/admin/"])
    yield Kind("a person", [f"/admin/person/?find={quote(email)}" for _, email in people])
    yield Kind("a person: preview", [f"/admin/person/{pk}/preview/" for pk, _ in people])
    yield Kind("sources: calendar", ["/admin/digest/ledgerline/calendar/"])
    for model in sorted(admin.site._registry, key=lambda model: str(model._meta.label_lower)):
        table = f"/admin/{model._meta.app_label}/{model._meta.model_name}/"
        page = HEAD.sub("", _ask(client, table))
        name = model._meta.label_lower
        yield Kind(name, [table])
        links = [link for link in dict.fromkeys(map(unescape, LINK.findall(page))) if link != "?"]
        later = [link for link in links if re.fullmatch(r"\?p=\d+", link)]
        sorts = [link for link in links if re.fullmatch(r"\?o=[-.\d]*", link)]
        filters = [link for link in links if link not in {*later, *sorts}]
        for what, addresses in (("later pages", later), ("sorted", sorts), ("filters", filters)):
            if addresses:
                yield Kind(f"{name}: {what}", [table + link for link in addresses])
        if admin.site._registry[model].search_fields:
            words = [*(email for _, email in people[:4]), "nobody-has-this"]
            yield Kind(f"{name}: search", [f"{table}?q={quote(word)}" for word in words])
        if rows := list(dict.fromkeys(ROW.findall(page))):
            yield Kind(f"{name}: a row", rows[:5])


if __name__ == "__main__":
    sys.exit(main())
