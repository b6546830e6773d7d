"""A browser, and the site that it opens."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.db import connection
from playwright.sync_api import Browser, Page, sync_playwright
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from digest.ingest.source_factory import listing_day
from digest.pipeline import run_day
from digest.sources.files.sample import SampleSource

QUIET = ("--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update")


@pytest.fixture(scope="session")
def django_db_modify_db_settings(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Keep SQLite's tables in a file, as an installation does.

    In memory the threads of the live server share one connection, so that one page's reading locks a table while
    another page writes.
    """
    if connection.vendor == "sqlite":
        connection.settings_dict["TEST"]["NAME"] = str(tmp_path_factory.mktemp("database") / "site.sqlite3")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with pytest.MonkeyPatch.context() as patch, sync_playwright() as playwright:
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")  # the browser's own loop runs in this thread
        chromium = playwright.chromium.launch(
            executable_path=os.environ["CHROMIUM"], args=["--no-sandbox", "--disable-gpu", "--disable-sync", *QUIET]
        )
        yield chromium
        chromium.close()


@pytest.fixture
def site(live_server: LiveServer, settings: Settings, tmp_path: Path) -> str:
    """The site as the demo runs it, with letters as files."""
    settings.DEBUG = True
    settings.SITE_URL = live_server.url
    settings.EMAIL_BACKEND = "digest.delivery.transports.mailbox.MailboxBackend"
    settings.EMAIL_FILE_PATH = settings.MAILBOX = str(tmp_path)
    run_day(listing_day(), SampleSource())
    return str(live_server.url)


@pytest.fixture
def home_page(browser: Browser, site: str) -> Iterator[Page]:
    """The front page, in a browser that was never here."""
    context = browser.new_context()
    page = context.new_page()
    page.goto(f"{site}/")
    yield page
    context.close()
