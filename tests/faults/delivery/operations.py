"""What the processes of a fault do: settle readers, plan, drain, tell the books. `driver.py` calls them by name."""

import logging
import os
import time
import warnings
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote

from django.conf import settings
from django.core.management import call_command
from django.db import DatabaseError
from django.utils import timezone

from digest import pipeline, scheduler
from digest.delivery import drain, outbox, pause, repeated_drains
from digest.delivery.outbox import OPEN_STATES
from digest.delivery.transports import smtp_backend
from digest.delivery.workers import batch_size
from digest.domain import Letter, LetterOrder
from digest.editions.build import build_edition
from digest.models import Delivery, Edition
from digest.picking import planner
from digest.reconciliation.books import read_books
from digest.sources.files.sample import SampleSource
from subscriptions.account_requests.drain import drain_outbox
from subscriptions.models import Errand, Subscriber, Suppression
from subscriptions.preference_defaults import Preferences
from subscriptions.reader import Reader
from subscriptions.services import suppression
from tests.delivery.letters import TinyRenderer, letter
from tests.delivery.outbox_rows import DAY
from tests.editions.rows import announce
from tests.faults.delivery import clock

# No paper of the edition, nor of the sample, is in this category: who follows nothing else gets no letter.
QUIET = "q-fin.TR"
ROUNDS = 400
MINUTE = 60
AN_HOUR = timedelta(hours=1)
LINE = f"{'attention ' * 9}\n"


def prepare() -> None:
    """The environment says by which clock, and how patiently."""
    clock.follow()
    _note_senders()
    logging.getLogger("psycopg").setLevel(logging.CRITICAL)  # it tells of every cut, whatever LOG_LEVEL says
    if patience := os.environ.get("PATIENCE"):
        smtp_backend.FINAL_REPLY_TIMEOUT = smtp_backend.MAX_REPLY_SECONDS = settings.EMAIL_TIMEOUT = float(patience)


def _note_senders() -> None:
    """Let each drain leave its name: an accepted letter's row no longer has it."""
    mark_accepted = outbox.mark_accepted

    def note_and_mark(provider_ids: Mapping[int, str], worker: str, now: datetime) -> None:
        if provider_ids:
            folder = settings.HOME / "senders"
            folder.mkdir(exist_ok=True)
            (folder / quote(worker, safe="")).touch()
        mark_accepted(provider_ids, worker, now)

    outbox.mark_accepted = note_and_mark


def migrate() -> None:
    """Makes the tables in a database that has none."""
    call_command("migrate", verbosity=0)


def settle(readers: str, quiet: str, *steps: str) -> None:
    """Reader 1, 2, 3 …, all of them due; the first *quiet* ones get no letter. Before and after that the *steps*."""
    now = timezone.now()
    if "edition" in steps:
        announce("Attention in trees", "cs.LG", day=DAY)
        build_edition(DAY)
        Edition.objects.update(frozen_at=now - 2 * AN_HOUR)
    rows = [_row(n, now, quiet=n <= int(quiet), new=n % 2 == 0) for n in range(1, int(readers) + 1)]
    Subscriber.objects.bulk_create(rows, batch_size=500)
    if "plan" in steps:
        plan()


def _row(number: int, now: datetime, *, quiet: bool = False, new: bool = True) -> Subscriber:
    """A *new* one confirmed just now. The hour of the others has come since the edition was frozen."""
    address = f"reader{number}@{_domain(number)}"
    return Subscriber(
        email=address,
        email_key=address,
        status=Subscriber.Status.ACTIVE,
        categories=QUIET if quiet else "cs.LG",
        hour=now.astimezone(UTC).hour,
        created_at=now - 100 * AN_HOUR,
        consent_at=now,
        confirmed_at=now if new else now - 99 * AN_HOUR,
    )


def _domain(number: int) -> str:
    domains = int(os.environ.get("DOMAINS", "0"))
    return f"d{number % domains}.example" if domains else "example.org"


def more(first: str, last: str) -> None:
    """Readers who confirm while an edition is going out."""
    now = timezone.now()
    Subscriber.objects.bulk_create([_row(number, now) for number in range(int(first), int(last) + 1)])


def plan() -> None:
    planner.plan_everyone(Edition.objects.get(), timezone.now())


def send() -> dict[str, Any]:
    """One drain. A database that fails it ends it, as it ends the command or the task that it is part of."""
    _begin()
    try:
        return asdict(drain.drain(Edition.objects.get(), _Press()))
    except DatabaseError as error:
        return {"broken": str(error)}


def deliver() -> None:
    """What the scheduler does every minute, and the drains that it calls for."""
    _begin()
    scheduler.request_due_drains(timezone.now(), _drain)


def deliver_alone() -> int:
    """The same where nobody can be called."""
    _begin()
    return sum(report.accepted for report in scheduler.deliver_editions(timezone.now()))


def _drain(edition_id: int) -> int:
    return scheduler.drain_edition(edition_id, request_drain=_drain)


def listen() -> None:
    """A Celery worker, until it is asked to stop."""
    from celery.exceptions import SecurityWarning

    from deploy.celery import app

    _begin()
    warnings.simplefilter("ignore", SecurityWarning)  # a test may be run by root
    app.Worker(pool="solo", loglevel="CRITICAL", without_mingle=True, without_gossip=True, quiet=True).start()


def ask() -> None:
    """What the beat says every minute."""
    from deploy.celery import app
    from digest.tasks import request_due_drains

    app.set_current()
    request_due_drains.delay()


def day() -> dict[str, Any]:
    """The whole day of the sample, as `run_daily --source sample`."""
    _begin()
    return pipeline.run_day(DAY, SampleSource()).as_json()


def day_with_wait() -> dict[str, Any]:
    """The same as `run_daily` alone, which waits for what was put off. The clock goes on while it waits."""
    _begin()

    def set_clock(seconds: float, /) -> None:
        clock.set_by(Path(os.environ["CLOCK"]), seconds)

    repeated_drains.sleep = set_clock  # type: ignore[attr-defined, assignment]
    return pipeline.run_day(DAY, SampleSource(), max_wait=AN_HOUR).as_json()


def deliver_by_cron() -> dict[str, Any]:
    """What cron calls every ten minutes."""
    _begin()
    return scheduler.deliver_due(timezone.now()).as_json()


def sign_up(people: str, quiet: str) -> None:
    """Everybody signs up and clicks twice; the first *quiet* ones must not be written to."""
    now = timezone.now()
    addresses = [f"reader{number}@{_domain(number)}" for number in range(1, int(people) + 1)]
    for address in addresses[: int(quiet)]:
        suppression.suppress(address, "complaint")
    columns = Preferences(filters=("attention",)).columns()
    request = {"kind": Errand.Kind.SIGN_UP, "wishes": columns, "not_before": now, "created_at": now}
    Errand.objects.bulk_create([Errand(email=address, **request) for address in addresses for _click in range(2)])


def handle_requests() -> int:
    """What the scheduler does with them every minute."""
    _begin()
    return drain_outbox()


def finish_sign_ups() -> dict[str, Any]:
    """Handle account requests minute by minute until none waits, and tell."""
    for _minute in range(ROUNDS):
        if not Errand.objects.exists():
            break
        drain_outbox()
        clock.set_by(Path(os.environ["CLOCK"]), MINUTE)
    return tell_sign_ups()


def tell_sign_ups() -> dict[str, Any]:
    """What became of each sign-up: its letter left, or it must not be written to, or it is left waiting."""
    states = [(row.email, "accepted" if row.mailed_at else "waiting") for row in Subscriber.objects.all()]
    states += [(key, "excluded") for key in Suppression.objects.values_list("address_hash", flat=True)]
    counts = Counter(state for _address, state in states)
    figures = {name: counts[name] for name in ("accepted", "excluded", "failed", "uncertain")}
    return {"due": len(states), **figures, "balanced": not counts["waiting"], "states": states}


def finish() -> dict[str, Any]:
    """Drains until nothing waits, the clock set on to when the next letter may be tried, and tells.

    Where too many letters fail the edition is paused; here whoever should look at it resumes it.
    """
    for _ in range(ROUNDS):
        pause.resume_edition(Edition.objects.get(), timezone.now())
        send()
        wait = _until_next()
        if wait is None:
            break
        clock.set_by(Path(os.environ["CLOCK"]), wait)
    return tell()


def tell() -> dict[str, Any]:
    """The books, what became of each reader's letter, and how many drains had a hand in it."""
    edition = Edition.objects.get()
    book = read_books(edition)
    rows = Delivery.objects.filter(edition=edition)
    return {
        "due": book.due,
        "accepted": book.accepted,
        "excluded": book.excluded.total(),
        "failed": book.failed.total(),
        "uncertain": book.uncertain,
        "balanced": book.balanced and not book.unplanned,
        "states": list(rows.values_list("subscriber__email", "state")),
        "suppressed": Suppression.objects.count(),
        "pauses": [edition.pause_reason] if edition.paused_at else [],
        "workers": sum(1 for _name in (settings.HOME / "senders").glob("*")),
    }


WORKS: Mapping[str, Callable[..., Any]] = {
    "migrate": migrate,
    "settle": settle,
    "more": more,
    "plan_all": plan,
    "send": send,
    "deliver": deliver,
    "deliver_alone": deliver_alone,
    "listen": listen,
    "ask": ask,
    "day": day,
    "day_with_wait": day_with_wait,
    "deliver_by_cron": deliver_by_cron,
    "sign_up": sign_up,
    "handle_requests": handle_requests,
    "finish_sign_ups": finish_sign_ups,
    "tell_sign_ups": tell_sign_ups,
    "finish": finish,
    "tell": tell,
}


class _Press(TinyRenderer):
    """The letters to addresses that end with LONG_TO are of LONG_LETTER bytes and a few more."""

    def __init__(self) -> None:
        super().__init__()
        self.long_to = os.environ.get("LONG_TO", "nobody")
        self.text = LINE * (1 + int(os.environ.get("LONG_LETTER", "0")) // len(LINE))

    def letter(self, reader: Reader, order: LetterOrder) -> Letter:
        if reader.email.endswith(self.long_to):
            return letter(order.message_id, reader.email, text=self.text)
        return super().letter(reader, order)


def _begin() -> None:
    """Says by a file that this process is ready; waits for the gun, if there is one to wait for."""
    batch_size.MIN_BATCH = int(os.environ.get("BATCH", str(batch_size.MIN_BATCH)))
    (Path(os.environ["SCENE"]) / f"ready.{os.getpid()}").touch()
    if gun := os.environ.get("STARTING_GUN"):
        while not Path(gun).exists():
            time.sleep(0.001)


def _until_next() -> float | None:
    """Seconds until a letter may be tried or taken over, 0 for at once, None where none waits."""
    now = timezone.now()
    waiting = Delivery.objects.filter(state__in=OPEN_STATES).values_list("not_before", "lease_until", named=False)
    moments = [max((moment for moment in pair if moment), default=now) for pair in waiting]
    return max((min(moments) - now) / timedelta(seconds=1) + 0.001, 0.0) if moments else None
