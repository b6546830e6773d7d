"""Transports for letters: a mailbox in a folder, a mail server or a provider that listens."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from pytest_django import Settings

from digest.delivery.transports.smtp_backend import EmailBackend
from digest.delivery.transports.smtp_pool import SmtpPool
from digest.delivery.workers.journal import NullJournal
from tests.delivery import provider_server as providers
from tests.delivery.smtp_server import PostOffice, Server


@pytest.fixture
def mailbox_folder(settings: Settings, tmp_path: Path) -> Path:
    settings.EMAIL_BACKEND = "digest.delivery.transports.mailbox.MailboxBackend"
    settings.EMAIL_FILE_PATH = str(tmp_path / "mailbox")
    return tmp_path / "mailbox"


@pytest.fixture
def post_office(settings: Settings) -> Iterator[PostOffice]:
    office = PostOffice()
    server = Server(office)
    server.start()
    settings.EMAIL_BACKEND = "digest.delivery.transports.smtp_backend.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_TIMEOUT = "127.0.0.1", server.port, 5
    yield office
    server.stop()


@pytest.fixture
def provider_office(settings: Settings) -> Iterator[providers.ProviderOffice]:
    """All of them at one address; EMAIL_BACKEND says which is written to: Resend."""
    office = providers.ProviderOffice()
    server = providers.Server(office)
    server.start()
    names = ("BREVO", "POSTMARK", "RESEND", "SPARKPOST")
    keys = {f"{name}_API_KEY": "key" for name in names} | {"POSTMARK_SERVER_TOKEN": "token"}
    settings.ANYMAIL = keys | {f"{name}_API_URL": server.address for name in names}
    settings.EMAIL_BACKEND = "anymail.backends.resend.EmailBackend"
    yield office
    server.stop()


@pytest.fixture
def pool() -> Iterator[SmtpPool]:
    smtp_pool = SmtpPool(EmailBackend, 4, NullJournal())
    yield smtp_pool
    smtp_pool.close()
