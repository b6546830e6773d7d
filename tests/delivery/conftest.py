"""Ways out for letters: a mailbox in a folder, or a mail server that listens."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from pytest_django import Settings

from tests.delivery.post_office import PostOffice, Server


@pytest.fixture
def mailbox_folder(settings: Settings, tmp_path: Path) -> Path:
    settings.EMAIL_BACKEND = "digest.delivery.mailbox.MailboxBackend"
    settings.EMAIL_FILE_PATH = str(tmp_path / "mailbox")
    return tmp_path / "mailbox"


@pytest.fixture
def post_office(settings: Settings) -> Iterator[PostOffice]:
    office = PostOffice()
    server = Server(office)
    server.start()
    settings.EMAIL_BACKEND = "digest.delivery.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_TIMEOUT = "127.0.0.1", server.port, 5
    yield office
    server.stop()
