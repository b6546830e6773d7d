"""The table of situations in docs/operator-messages.md: each is made to happen, and the command says and ends so."""

import json
import re
import shlex
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from io import StringIO
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import time_machine
from django.conf import settings
from django.core.management import CommandError, ManagementUtility, call_command, load_command_class
from pytest_django import Settings
from pytest_httpserver import HTTPServer

from digest.delivery import pause
from digest.delivery.outcomes import unreachable
from digest.domain import FetchedPaper, Malformed
from digest.ingest.fetch import ingest_entries
from digest.ingest.ledger import CategoryVerdict, record_verdicts, recount_day
from digest.management.exit_codes import EXIT_CODES, ExitCode
from digest.models import Edition, Missing, Run
from digest.pipeline import run_stages
from digest.sources.files.sample import SampleSource
from digest.sources.memory import EmptySource
from subscriptions.email.mail_answers import Fault
from subscriptions.models import Subscriber
from tests.delivery.outbox_rows import crowd, planned
from tests.subscriptions.refusing_server import RefusingServer, refusing_server

pytestmark = pytest.mark.django_db

TABLE = Path(settings.BASE_DIR) / "docs" / "operator-messages.md"
NOW = datetime(2026, 11, 25, 16, 0, tzinfo=UTC)
TODAY, YESTERDAY, LONG_AGO = date(2026, 11, 25), date(2026, 11, 24), date(2026, 10, 20)
INSTALLED_AT = datetime(2026, 11, 2, 15, 0, tzinfo=UTC)
# How counts are said, and what JSON calls them.
JSON_NAMES = {
    "due": "due",
    "sent": "accepted",
    "excluded": "excluded",
    "failed": "failed",
    "uncertain": "uncertain",
    "would go out": "would_send",
    "held back": "held_back",
    "readers had theirs before": "already",
    "papers": "edition",
}
COUNT = re.compile(rf"(\d+) ({'|'.join(JSON_NAMES)})")


class Row(NamedTuple):
    situation: str
    command: str
    says: str
    code: int


class Ended(NamedTuple):
    code: int
    printed: str
    error: str


def read_rows() -> Iterator[Row]:
    for line in TABLE.read_text(encoding="utf-8").splitlines():
        if found := re.fullmatch(r"\| (.+) \| `(.+)` \| (.+) \| (\d) \|", line):
            situation, command, says, code = found.groups()
            yield Row(situation, command, says, int(code))


ROWS = list(read_rows())
# The commands that report on a day. Others say at their end what comes next.
REPORTING = {"ledger", "reconcile", "build_edition", "send_letters", "run_daily", "write_summaries", "fetch_papers"}


# --- days and papers ------------------------------------------------------------------------------------------------
def nothing() -> None:
    """Nobody has read anything yet."""


def papers(day: date = YESTERDAY) -> None:
    found = (
        FetchedPaper(f"{day:%y%m}.{n:05}", f"Paper {n}", "We sort.", ("Ada Ada",), ("cs.LG",), day, f"entry {n}")
        for n in (1, 2)
    )
    ingest_entries(found, day, "test")


def verdict(day: date, state: str, category: str = "") -> None:
    record_verdicts(day, {category: CategoryVerdict(state)}, {category})
    recount_day(day)


def listing_did_not_come(day: date) -> None:
    papers(day)
    verdict(day, "partial", "cs.LG")


def paper_is_missing(day: date) -> None:
    papers(day)
    Missing.objects.create(day=day, category="cs", arxiv_id="2611.00009", kind="new", last_error="not known")
    recount_day(day)


def built_too_early() -> None:
    run_stages(YESTERDAY, EmptySource("test"), ("build",))
    papers()


# --- letters --------------------------------------------------------------------------------------------------------
def edition(day: date = YESTERDAY) -> Edition:
    with time_machine.travel(datetime(day.year, day.month, day.day, 5, 30, tzinfo=UTC), tick=False):
        run_stages(day, SampleSource(), ("fetch", "build"))
    return Edition.objects.get(day=day)


def readers_are_due(day: date = YESTERDAY, count: int = 2) -> Edition:
    crowd(count)
    Subscriber.objects.update(timezone="UTC", hour=6, confirmed_at=INSTALLED_AT)
    return edition(day)


def nobody_prepared_the_day() -> None:
    crowd(2)
    Subscriber.objects.update(timezone="UTC", hour=6, confirmed_at=INSTALLED_AT)


def not_announced_though_readers_are_due() -> None:
    nobody_prepared_the_day()
    verdict(TODAY, "open")


def hour_is_to_come() -> Edition:
    crowd(2)
    Subscriber.objects.update(timezone="UTC", hour=20, confirmed_at=INSTALLED_AT)
    return edition(TODAY)


def letters(state: str, reason: str = "", day: date = YESTERDAY, **fields: object) -> Edition:
    found = edition(day)
    planned(found, crowd(2), state=state, reason=reason, not_after=NOW + timedelta(hours=2), **fields)
    return found


def paused(reason: str = "") -> None:
    pause.pause_edition(letters("pending"), reason, NOW)


def addresses_do_not_exist() -> None:
    found = letters("failed", "550 5.1.1 No such user", fault=Fault.GONE)
    unreachable.judge_and_give_up(found, NOW)


def refused_before(day: date) -> None:
    """A run has ended as the mail server refuses us, and it still does."""
    readers_are_due(day)
    assert run(f"run_daily --date {day} --source sample --wait 0").code == ExitCode.ACT


SITUATIONS: Mapping[str, Callable[[], object]] = {
    "a weekend": nothing,
    "a weekend to come": nothing,
    "a weekend with an edition": lambda: run_stages(date(2026, 11, 21), EmptySource("test"), ("build",)),
    "a US holiday": nothing,
    "the day after a US holiday": nothing,
    "a day before the installation": nothing,
    "a day to come": nothing,
    "today, not read yet": nothing,
    "today, nothing announced yet": lambda: verdict(TODAY, "open"),
    "today, a listing did not come": lambda: listing_did_not_come(TODAY),
    "a working day that nobody read": nothing,
    "a working day on which nothing came": lambda: verdict(YESTERDAY, "holiday"),
    "nothing of a day could be stored": lambda: ingest_entries([Malformed("entry 1", "no title")], YESTERDAY, "test"),
    "a listing did not come": lambda: listing_did_not_come(YESTERDAY),
    "a paper is missing": lambda: paper_is_missing(YESTERDAY),
    "a paper has been missing for long": lambda: paper_is_missing(LONG_AGO),
    "a day whose papers are stored": papers,
    "an edition built before its papers came": built_too_early,
    "a source file is missing": nothing,
    "a date that is none": nothing,
    "no reader is due": edition,
    "readers are due": readers_are_due,
    "readers are due and the mail server is away": readers_are_due,
    "the mail server refuses our log-in": lambda: refused_before(TODAY),
    "the mail server refuses our sender": lambda: refused_before(TODAY),
    "the mail server calls all addresses unknown": lambda: readers_are_due(count=5),
    "the mail server calls an address unknown": readers_are_due,
    "the hour of the readers is to come": hour_is_to_come,
    "the hour of the readers is to come, and the edition is paused": lambda: pause.pause_edition(
        hour_is_to_come(), "", NOW
    ),
    "everybody has their letter": lambda: letters("accepted", finished_at=NOW),
    "readers are due and the limit of letters is used up": lambda: readers_are_due(TODAY),
    "readers are due and their letters are taken for spam": lambda: readers_are_due(TODAY),
    "readers are due and nobody prepared the day": nobody_prepared_the_day,
    "readers are due and arXiv has announced nothing yet": not_announced_though_readers_are_due,
    "letters wait for a limit": lambda: letters("pending", "paced", not_before=NOW + timedelta(minutes=1)),
    "letters wait for their next attempt": lambda: letters(
        "pending", "450 4.2.0 Greylisted", attempts=1, not_before=NOW + timedelta(minutes=5)
    ),
    "letters of today wait for a limit": lambda: letters(
        "pending", "paced", TODAY, not_before=NOW + timedelta(minutes=1)
    ),
    "letters of today wait for their next try": lambda: letters(
        "pending", "450 4.2.0 Greylisted", TODAY, attempts=1, not_before=NOW + timedelta(minutes=5)
    ),
    "letters of an old edition wait": lambda: letters("pending", day=LONG_AGO),
    "letters could not be sent in time": lambda: letters("excluded", "too_late", finished_at=NOW),
    "the operator has paused the edition": paused,
    "the edition has paused itself": lambda: paused("20 letters in a row could not be sent."),
    "letters failed, and the edition has paused itself": lambda: pause.pause_edition(
        letters("failed", "454 4.7.0 Relay", fault=Fault.RELAY), "20 letters in a row could not be sent.", NOW
    ),
    "letters could not be sent in time, as the edition is paused": lambda: pause.pause_edition(
        letters("excluded", "too_late", finished_at=NOW), "", NOW
    ),
    "the last day lies before the first": nothing,
    "letters failed for a reason of ours": lambda: letters("failed", "550 5.7.1 SPF", fault=Fault.SENDER),
    "the addresses do not exist": addresses_do_not_exist,
    "the mailboxes are full": lambda: letters("failed", "552 5.2.2 Full", fault=Fault.RECIPIENT),
    "nobody knows whether letters arrived": lambda: letters("uncertain", "no answer"),
    "a day without an edition": nothing,
    "the model service refuses access": readers_are_due,
}


def test_the_table_and_the_test_know_the_same_situations() -> None:
    assert {row.situation for row in ROWS} == set(SITUATIONS)


# --- what the commands say ------------------------------------------------------------------------------------------
def run(command: str, *flags: str) -> Ended:
    out = StringIO()
    try:
        call_command(*shlex.split(command), *flags, stdout=out, stderr=StringIO())
    except CommandError as error:
        return Ended(error.returncode, out.getvalue(), str(error))
    return Ended(ExitCode.FINE, out.getvalue(), "")


def has_json(command: str) -> bool:
    name = shlex.split(command)[0]
    return "--json" in load_command_class("digest", name).create_parser("manage.py", name).format_help()


def texts_in(told: object) -> Iterator[str]:
    """Yield every name and every text of what JSON holds."""
    if isinstance(told, dict):
        for name, value in told.items():
            yield name
            yield from texts_in(value)
    elif isinstance(told, list):
        for value in told:
            yield from texts_in(value)
    elif isinstance(told, str):
        yield told


@pytest.fixture
def server(settings: Settings) -> Iterator[RefusingServer]:
    with refusing_server(settings) as server:
        yield server


@pytest.fixture
def row(request: pytest.FixtureRequest, settings: Settings) -> Iterator[Row]:
    if "the mail server is away" in request.param.situation:
        settings.EMAIL_BACKEND = "digest.delivery.transports.smtp_backend.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 9
    if "the limit of letters is used up" in request.param.situation:
        settings.RATE_LIMIT = (1, 3600)
    if "taken for spam" in request.param.situation:
        request.getfixturevalue("server").answers["DATA"] = "554 5.7.1 This looks like spam"
    if "unknown" in request.param.situation:
        server = request.getfixturevalue("server")
        server.answers["RCPT"] = "550 5.1.1 No such user"
        server.known = "reader2@" if "an address" in request.param.situation else "nobody@"
    if "refuses our log-in" in request.param.situation:
        request.getfixturevalue("server").answers["AUTH"] = "535 5.7.8 Bad credentials of <post@example.org>."
    if "refuses our sender" in request.param.situation:
        request.getfixturevalue("server").answers["MAIL"] = "550 5.7.1 Sender refused."
    if "the model service refuses" in request.param.situation:
        model_server: HTTPServer = request.getfixturevalue("httpserver")
        model_server.expect_request("/v1/chat/completions").respond_with_json({"error": {"message": "no"}}, 403)
        settings.OPENAI_BASE_URL = model_server.url_for("/v1")
    with time_machine.travel(NOW, tick=False):
        Run.objects.create(day=INSTALLED_AT.date(), source="test", started_at=INSTALLED_AT)
        SITUATIONS[request.param.situation]()
        yield request.param


def rows(*, wrong: bool) -> list[Any]:
    chosen = [row for row in ROWS if (row.code == ExitCode.WRONG_USAGE) == wrong]
    return [pytest.param(row, id=f"{row.situation}: {row.command.split()[0]}") for row in chosen]


@pytest.mark.parametrize("row", rows(wrong=False), indirect=True)
def test_each_situation_is_told_and_ends_as_the_table_says(row: Row) -> None:
    ended = run(row.command)
    said = f"{ended.printed}\n{ended.error}"
    assert row.says in said, said
    assert ended.code == row.code, said
    if row.code == ExitCode.FINE and row.command.split()[0] in REPORTING:
        assert "manage.py" not in said, "nothing is advised where there is nothing to do"


@pytest.mark.parametrize("row", [each for each in rows(wrong=False) if has_json(each.values[0].command)], indirect=True)
def test_json_ends_the_same_way_and_says_the_same(row: Row) -> None:
    ended = run(row.command, "--json")
    assert ended.code == row.code
    told = json.loads(ended.printed) if ended.printed else {}
    if row.command.split()[0] in REPORTING:
        counts = {JSON_NAMES[words]: int(number) for number, words in COUNT.findall(row.says)}
        says_so = any(row.says in text for text in [ended.error, *texts_in(told)])
        assert says_so or (counts and counts.items() <= told.items())
        assert row.code == ExitCode.FAILED or EXIT_CODES[told["outlook"]] == row.code


@pytest.mark.parametrize("row", rows(wrong=True), indirect=True)
def test_wrong_usage_ends_as_the_table_says(row: Row, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        ManagementUtility(["manage.py", *shlex.split(row.command)]).execute()
    assert end.value.code == row.code
    assert row.says in capsys.readouterr().err


WAITING = [each for each in rows(wrong=False) if each.values[0].situation.startswith("letters of today")]


@pytest.mark.parametrize("row", WAITING, indirect=True)
def test_letters_that_wait_are_not_said_to_be_none(row: Row) -> None:
    assert "none was due" not in run(row.command).printed


def test_a_run_names_the_number_that_takes_it_back(server: RefusingServer) -> None:
    server.answers["RCPT"], server.known = "550 5.1.1 No such user", "reader2@"
    with time_machine.travel(NOW, tick=False):
        readers_are_due()
        printed = run(f"send_letters --date {YESTERDAY}").printed
        assert f"undo_suppressions --run {Run.objects.latest('id').id}" in printed
        [number] = re.findall(r"undo_suppressions --run (\d+)", printed)
        assert "1 address gets letters again." in run(f"undo_suppressions --run {number}").printed
