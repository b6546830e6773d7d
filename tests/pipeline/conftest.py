"""What the tests of whole days share: a mail server, a clock, and summaries that are written once."""

import functools
from collections.abc import Callable, Iterator

import pytest
from pytest_django import Settings

from digest.domain import SummaryText
from digest.summaries.extractive import writer
from tests.delivery.smtp_server import PostOffice, Server
from tests.pipeline.cron import Clock, stopped_clock


@pytest.fixture
def office(settings: Settings) -> Iterator[PostOffice]:
    """Start a mail server that takes the letters of the test."""
    office = PostOffice()
    server = Server(office)
    server.start()
    settings.EMAIL_BACKEND = "digest.delivery.transports.smtp_backend.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", server.port
    yield office
    server.stop()


@pytest.fixture
def no_mail_server(settings: Settings) -> Settings:
    """Name a mail server that is away."""
    settings.EMAIL_BACKEND = "digest.delivery.transports.smtp_backend.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 9
    return settings


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Iterator[Clock]:
    """Stop the clock on a Friday morning."""
    with stopped_clock(monkeypatch) as clock:
        yield clock


@pytest.fixture(scope="session")
def write_each_summary_once() -> Callable[[str, str], SummaryText]:
    return functools.cache(writer.write_summary)


@pytest.fixture(autouse=True)
def _summaries_of_the_same_papers_are_kept(
    monkeypatch: pytest.MonkeyPatch, write_each_summary_once: Callable[[str, str], SummaryText]
) -> None:
    """Most tests here send the same papers; to shorten their abstracts anew took a tenth of the time."""
    monkeypatch.setattr(writer, "write_summary", write_each_summary_once)
