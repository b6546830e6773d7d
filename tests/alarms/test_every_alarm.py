"""Every alarm by its real cause and by every way: a mail server of its own, a chat, a ping. Each once, and its end.

The mail server that letters go to is another one, which may be what is broken. Details of each: test_watch.py.
"""

import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from email import message_from_bytes, policy
from pathlib import Path
from types import SimpleNamespace

import pytest
import time_machine
from django.conf import settings as django_settings
from pytest_django import Settings
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from deploy.env import Environment
from digest.alarms.conditions import FINDERS
from digest.alarms.signs_of_life import CELERY_INTERVAL, leave_sign
from digest.alarms.watch import CLEAR_AFTER, WATCH_INTERVAL, update_alarms
from digest.delivery import pause
from digest.delivery.operations import retry_letters
from digest.domain import SourceUnavailable
from digest.models import Delivery, ModelCall, Paper, Run, Version
from digest.pipeline import run_stages
from subscriptions.models import Subscriber
from tests.delivery.draining import drain
from tests.delivery.outbox_rows import NOW, crowd, frozen_edition, planned
from tests.delivery.smtp_server import PostOffice, Server
from tests.pipeline.arxiv import Announced, LocalArxiv

pytestmark = pytest.mark.django_db(transaction=True)
MINUTE = timedelta(minutes=1)
TUESDAY = date(2026, 2, 3)
IN_THE_NIGHT = datetime(2026, 2, 3, 6, 0, tzinfo=UTC)
AT_NOON = datetime(2026, 2, 3, 12, 0, tzinfo=UTC)


@dataclass
class World:
    """What an alarm can come from, and what the operator heard."""

    arxiv: LocalArxiv
    # Where letters go.
    office: PostOffice
    # Where alarms go, by mail, and by ALERT_URL.
    alarm_office: PostOffice
    clock: time_machine.Traveller
    settings: Settings
    patch: pytest.MonkeyPatch
    posted: list[tuple[str, str]] = field(default_factory=list)

    def fetch(self, at: datetime) -> None:
        """Read the day from arXiv as the night does, however it goes."""
        self.clock.move_to(at)
        with suppress(SourceUnavailable):
            run_stages(TUESDAY, self.arxiv.source(), ("fetch",))

    def look(self, at: datetime, times: int = 3) -> None:
        """Look at the alarms as the clock does, every two minutes."""
        for number in range(times):
            moment = at + number * WATCH_INTERVAL
            self.clock.move_to(moment)
            update_alarms(moment)

    def heard(self) -> tuple[list[str], list[str], list[str]]:
        """Return each mail, each text in the chat, and each address that was pinged, since the last call."""
        mails = [message_from_bytes(each, policy=policy.default) for each in self.alarm_office.letters]
        assert {str(each["To"]) for each in mails} <= {"operator@example.net"}
        bodies = [each.get_body(("plain",)) for each in mails]
        texts = [f"{each['Subject']}\n{body and body.get_content()}" for each, body in zip(mails, bodies, strict=True)]
        chat = [text for path, text in self.posted if path == "/hooks/secret"]
        pings = [path for path, _text in self.posted if path != "/hooks/secret"]
        self.alarm_office.letters.clear()
        self.posted.clear()
        return texts, chat, pings


@pytest.fixture
def world(httpserver: HTTPServer, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    office, alarm_office = PostOffice(), PostOffice()
    letters, alarms = servers = [Server(office), Server(alarm_office)]
    for server in servers:
        server.start()
    settings.EMAIL_BACKEND = "digest.delivery.transports.smtp_backend.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_TIMEOUT = "127.0.0.1", letters.port, 5
    alarm_office.keeps_letters = True
    environment = Environment({"ALERT_EMAIL_URL": f"smtp://127.0.0.1:{alarms.port}"})
    settings.ALERT_MAIL_SERVER = environment.mail_server("ALERT_EMAIL_URL").as_backend_arguments()
    settings.ALERT_EMAIL = "operator@example.net"
    settings.ALERT_URLS = [httpserver.url_for("/hooks/secret"), httpserver.url_for("/ping/check")]
    settings.PAPERS_DUE_HOUR = 12
    arxiv = LocalArxiv(httpserver, TUESDAY, [Announced("2602.00002", TUESDAY)])
    with time_machine.travel(NOW, tick=False) as clock:
        world = World(arxiv, office, alarm_office, clock, settings, monkeypatch)

        def take(request: Request) -> Response:
            text = request.get_json()["text"] if request.is_json else request.get_data(as_text=True)
            world.posted.append((request.path, text))
            return Response("ok")

        for path in ("/hooks/secret", "/ping/check", "/ping/check/fail"):
            httpserver.expect_request(path, method="POST").respond_with_handler(take)
        yield world
    for server in servers:
        server.stop()


# Each brings it about, yields the time by which it has to be told, mends it, and yields the time by which that is seen.
Cause = Callable[[World], Iterator[datetime]]


def install_on_monday() -> None:
    Run.objects.create(day=TUESDAY, source="arxiv", started_at=IN_THE_NIGHT - timedelta(days=1))


def nobody_asked_for_papers(world: World) -> Iterator[datetime]:
    install_on_monday()
    yield AT_NOON
    world.fetch(AT_NOON + 9 * MINUTE)
    yield AT_NOON + 10 * MINUTE


def arxiv_was_down(world: World) -> Iterator[datetime]:
    install_on_monday()
    world.arxiv.down = {"rss", "api"}
    world.fetch(IN_THE_NIGHT)
    yield AT_NOON
    world.arxiv.down.clear()
    world.fetch(AT_NOON + 9 * MINUTE)
    yield AT_NOON + 10 * MINUTE


def the_listings_were_down(world: World) -> Iterator[datetime]:
    install_on_monday()
    world.arxiv.down = {"rss"}
    world.fetch(IN_THE_NIGHT)
    yield AT_NOON
    world.arxiv.down.clear()
    world.fetch(AT_NOON + 9 * MINUTE)
    yield AT_NOON + 10 * MINUTE


def books_were_off(_world: World) -> Iterator[datetime]:
    """Somebody was due and never got a row."""
    edition = frozen_edition()
    ada, bao = crowd(2)
    planned(edition, [ada], state="accepted", finished_at=NOW)
    later = NOW + timedelta(days=3)
    yield later
    planned(edition, [bao], state="excluded", reason="too_late")
    yield later + MINUTE


def refused_letters_paused_it(world: World) -> Iterator[datetime]:
    edition = frozen_edition()
    planned(edition, crowd(40))
    world.office.on_data = lambda address: "554 5.7.1 Looks like spam"
    drain(edition)
    yield NOW
    pause.resume_edition(edition, NOW + MINUTE)
    yield NOW + 2 * MINUTE


def nobody_sent_letters(_world: World) -> Iterator[datetime]:
    edition = frozen_edition()
    planned(edition, crowd(2))
    yield NOW + 30 * MINUTE
    drain(edition, at=NOW + 31 * MINUTE)
    yield NOW + 32 * MINUTE


def the_mail_server_took_none(world: World) -> Iterator[datetime]:
    edition = frozen_edition()
    planned(edition, crowd(3))
    world.office.on_mail = lambda address: "530 5.7.0 Authentication required"
    drain(edition)
    yield NOW
    world.office.on_mail = lambda address: None
    drain(edition, at=NOW + timedelta(hours=2))
    yield NOW + timedelta(hours=2)


def the_scheduler_died(_world: World) -> Iterator[datetime]:
    leave_sign("scheduler", NOW, CELERY_INTERVAL)
    yield NOW + 11 * MINUTE
    leave_sign("scheduler", NOW + 30 * MINUTE, CELERY_INTERVAL)
    yield NOW + 21 * MINUTE


def the_disk_filled_up(world: World) -> Iterator[datetime]:
    free = SimpleNamespace(total=1_000_000_000, free=49_000_000)
    world.patch.setattr(shutil, "disk_usage", lambda path: free)
    yield NOW
    free.free = 51_000_000
    yield NOW + MINUTE


def models_cost_much(world: World) -> Iterator[datetime]:
    world.settings.LLM_DAILY_BUDGET = Decimal(10)
    paper = Paper.objects.create(arxiv_id="2601.00001")
    version = Version.objects.create(paper=paper, title="A title", abstract="An abstract", primary_category="cs.LG")
    ModelCall.objects.create(version=version, language="en", model="m", prompt_version="1", cost=Decimal("9.01"))
    yield NOW
    yield NOW + timedelta(days=1)


def some_letters_were_refused(world: World) -> Iterator[datetime]:
    """Never so many in a row that the edition pauses itself."""
    edition = frozen_edition()
    planned(edition, crowd(30))
    world.office.on_data = lambda address: "554 5.7.1 Looks like spam" if address.startswith("reader1") else None
    drain(edition)
    yield NOW
    world.office.on_data = lambda address: None
    retry_letters(edition, "failed", NOW + MINUTE, really=True)
    drain(edition, at=NOW + MINUTE)
    yield NOW + 2 * MINUTE


def letters_left_twice(_world: World) -> Iterator[datetime]:
    edition = frozen_edition()
    planned(edition, crowd(3))
    drain(edition)
    planned(edition, crowd(1, first=4), not_before=NOW + 60 * MINUTE)
    Delivery.objects.filter(state="accepted").update(state="pending", finished_at=None, provider_id="")
    drain(edition, at=NOW + MINUTE)
    yield NOW + 2 * MINUTE
    pause.resume_edition(edition, NOW + 3 * MINUTE)
    yield NOW + 4 * MINUTE


def one_address_was_served_twice(_world: World) -> Iterator[datetime]:
    edition = frozen_edition()
    ada, bao = crowd(2)
    Subscriber.objects.filter(pk=bao.pk).update(email=ada.email.upper())
    planned(edition, [ada, bao])
    planned(edition, crowd(1, first=3), not_before=NOW + 60 * MINUTE)
    drain(edition)
    yield NOW
    pause.resume_edition(edition, NOW + MINUTE)
    yield NOW + 2 * MINUTE


# What is told of each, and what the operator is to do.
CAUSES: dict[Cause, tuple[str, str]] = {
    nobody_asked_for_papers: ("The papers of 2026-02-03 are not complete.", "run_daily --date 2026-02-03"),
    arxiv_was_down: ("The papers of 2026-02-03 are not complete.", "could not be read"),
    the_listings_were_down: ("The papers of 2026-02-03 are not complete.", "The runs of today read it again."),
    books_were_off: ("The books of 2026-01-23 do not balance.", "reconcile --date 2026-01-23"),
    refused_letters_paused_it: ("the letters of 2026-01-23 are paused", "resume_edition --date 2026-01-23"),
    nobody_sent_letters: ("2 letters of 2026-01-23 are more than half an hour late.", "deliver_due"),
    the_mail_server_took_none: ("the letters of 2026-01-23 cannot leave", "EMAIL_URL"),
    the_scheduler_died: ("The scheduler has done nothing since 2026-01-23 08:00 UTC.", "deliver_due"),
    the_disk_filled_up: ("only 49 MB are free.", "Make room"),
    models_cost_much: ("Models cost 9.01 of the 10.00 US dollars", "LLM_DAILY_BUDGET"),
    some_letters_were_refused: (
        "11 of 30 letters of 2026-01-23 failed for a reason",
        "retry_letters --date 2026-01-23",
    ),
    letters_left_twice: ("3 letters more were taken by the mail server", "resume_edition --date 2026-01-23"),
    one_address_was_served_twice: ("1 address got two letters.", "resume_edition --date 2026-01-23"),
}


@pytest.mark.parametrize("cause", CAUSES, ids=lambda cause: cause.__name__)
def test_it_is_told_once_by_every_way_and_so_is_its_end(world: World, cause: Cause) -> None:
    text, to_do = CAUSES[cause]
    moments = cause(world)
    world.look(next(moments))
    [mail], [chat], pings = world.heard()
    assert (text in mail, text in chat) == (True, True), mail
    assert (to_do in mail, to_do in chat) == (True, True), mail
    assert pings == ["/ping/check/fail"]
    mended = next(moments)
    world.look(mended + CLEAR_AFTER)
    [mail], [chat], pings = world.heard()
    assert mail.startswith("Preprint Post: over: ")
    assert "It is over" in chat
    assert pings == ["/ping/check"]


def test_every_kind_of_alarm_stands_in_the_table_for_operators() -> None:
    text = (Path(django_settings.BASE_DIR) / "docs" / "operator-messages.md").read_text(encoding="utf-8")
    table = text.partition("| alarm | begins when | what to do |\n")[2].partition("\n\n")[0]
    assert set(re.findall(r"^\| ([a-z]+) \|", table, re.M)) == set(FINDERS)
