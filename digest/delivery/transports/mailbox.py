"""A mailbox in a folder: one .eml file per letter. The default transport on a laptop, and what the mailbox page shows.

The file's name follows from the Message-ID alone, so the same letter is never stored twice, however often it is sent.
"""

import hashlib
import os
import re
import tempfile
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from email.errors import MessageError
from email.message import EmailMessage as ParsedMessage
from email.parser import BytesHeaderParser, BytesParser
from email.policy import default as policy
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend

from digest.delivery.message import message_bytes

FILE_NAME = re.compile(r"[0-9a-f]{40}\.eml")
# The list of letters reads no further than this into a file.
HEADER_BYTES = 16_384


class NoSuchLetter(LookupError):
    """There is no letter of that name in the mailbox."""


class MailboxBackend(BaseEmailBackend):
    """A mail backend that stores messages in the folder EMAIL_FILE_PATH, or in the setting MAILBOX."""

    # Sending a letter again after a crash is harmless; delivery relies on that.
    idempotent = True

    def __init__(self, fail_silently: bool = False, file_path: str | None = None, **options: Any) -> None:
        super().__init__(fail_silently=fail_silently, **options)
        self.folder = Path(file_path or getattr(settings, "EMAIL_FILE_PATH", None) or settings.MAILBOX)

    def open(self) -> bool:
        self.folder.mkdir(parents=True, exist_ok=True)
        return False

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        self.open()
        for message in email_messages:
            _store_message(self.folder, message)
        return len(email_messages)


def file_name(message_id: str) -> str:
    return f"{hashlib.sha256(message_id.strip().encode()).hexdigest()[:40]}.eml"


def _store_message(folder: Path, message: EmailMessage) -> None:
    data = message_bytes(message)
    path = folder / file_name(str(BytesHeaderParser().parsebytes(data)["Message-ID"]))
    if not path.exists():
        _write_once(path, data)


def _write_once(path: Path, data: bytes) -> None:
    """Write a file that appears complete or not at all. One that is there stays. A kill may leave a hidden .tmp."""
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=".", suffix=".tmp")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        _publish_file(temporary, path)
    finally:
        with suppress(FileNotFoundError):
            os.unlink(temporary)


def _publish_file(temporary: str, path: Path) -> None:
    try:
        os.link(temporary, path)
    except FileExistsError:
        pass
    except OSError:
        # Some file systems know no hard links. A rename is as atomic, and would only replace a letter by itself.
        os.replace(temporary, path)


@dataclass(frozen=True, slots=True)
class StoredLetter:
    # The file's name: what `read` takes.
    name: str
    subject: str
    to: str
    # The letter's own Date, or when it was stored.
    date: datetime


@dataclass(frozen=True, slots=True)
class LetterDetails:
    # All of them, in their order, decoded.
    headers: tuple[tuple[str, str], ...]
    subject: str
    text: str
    html: str


def list_letters(folder: Path | str, limit: int = 500) -> list[StoredLetter]:
    """Return the letters stored last, newest first. Letters that vanish meanwhile are left out."""
    found = []
    for path in _newest_files(Path(folder), limit):
        with suppress(FileNotFoundError):
            found.append(_read_headers(path))
    return found


def read_letter(folder: Path | str, name: str) -> LetterDetails:
    """Return the letter called *name*. Raises NoSuchLetter, for names that could lead out of the folder too."""
    if not FILE_NAME.fullmatch(name):
        raise NoSuchLetter(name)
    try:
        parsed = BytesParser(ParsedMessage, policy=policy).parsebytes((Path(folder) / name).read_bytes())
    except FileNotFoundError as error:
        raise NoSuchLetter(name) from error
    headers = tuple((key, _header_value(parsed, index)) for index, key in enumerate(parsed.keys()))
    return LetterDetails(
        headers, _first_header(headers, "subject"), _body_text(parsed, "plain"), _body_text(parsed, "html")
    )


def _newest_files(folder: Path, limit: int) -> list[Path]:
    if not folder.is_dir():
        return []
    with os.scandir(folder) as entries:
        stored = [(entry.stat().st_mtime_ns, entry.name) for entry in entries if FILE_NAME.fullmatch(entry.name)]
    return [folder / name for _, name in sorted(stored, reverse=True)[:limit]]


def _read_headers(path: Path) -> StoredLetter:
    with path.open("rb") as file:
        parsed = BytesHeaderParser(ParsedMessage, policy=policy).parsebytes(file.read(HEADER_BYTES))
    headers = [(key, _header_value(parsed, index)) for index, key in enumerate(parsed.keys())]
    return StoredLetter(
        path.name, _first_header(headers, "subject"), _first_header(headers, "to"), _letter_date(parsed, path)
    )


def _header_value(parsed: ParsedMessage, index: int) -> str:
    """Return a header's value, undecoded where it is broken."""
    try:
        return str(parsed.values()[index])
    except (MessageError, ValueError, LookupError, AttributeError):
        return str(list(parsed.raw_items())[index][1])


def _first_header(headers: Sequence[tuple[str, str]], name: str) -> str:
    return next((value for key, value in headers if key.lower() == name), "")


def _letter_date(parsed: ParsedMessage, path: Path) -> datetime:
    date = getattr(parsed["Date"], "datetime", None)
    if isinstance(date, datetime):
        return date.astimezone(UTC) if date.tzinfo else date.replace(tzinfo=UTC)
    return datetime.fromtimestamp(path.stat().st_mtime, UTC)


def _body_text(parsed: ParsedMessage, kind: str) -> str:
    part = parsed.get_body((kind,))
    if part is None:
        return ""
    try:
        return str(part.get_content(errors="replace"))
    except LookupError:  # a charset that Python does not know
        return bytes(part.get_payload(decode=True) or b"").decode("utf-8", "replace")
