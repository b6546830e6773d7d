"""Log lines without signed links, e-mail addresses, and what somebody typed, whoever wrote the line and however."""

import json
import logging
import re
from collections.abc import Collection
from datetime import UTC, datetime

HIDDEN = "…"
# A signed part of a path is longer than a word and has digits or capitals. Behind the pages of signed links it may also
# be one that a mail program has cut or extended.
_LONG_SEGMENT = re.compile(r"(?P<before>/|%2[Ff])(?=[\w:%=~+-]*[A-Z0-9])[\w:%=~+-]{20,}")
_PAGE_OF_LINK = re.compile(
    r"(?P<before>(?:/|%2F)"
    r"(?:account|address|confirm|delete|feedback|letters|my-feed|preferences|restore|return|saved|unsubscribe)(?:/|%2F))"
    r"[^/\s?\"'<>]+",
    re.IGNORECASE,
)
# What somebody searched for, in the query of an address.
_TYPED = re.compile(r"(?P<before>[?&](?:q|topic|filters|find)=)[^&\s\"'<>]+", re.IGNORECASE)
# The same in the path of a topic. Django logs paths as they were typed, blanks and quotation marks too, so that only
# the end of a request or of the line ends it.
_TYPED_IN_PATH = re.compile(
    r"(?P<before>(?:/|%2F)topics(?:/|%2F))(?! HTTP/\d).+?(?=\\?/? HTTP/\d|$)", re.IGNORECASE | re.MULTILINE
)
_IN_ADDRESS = r"[^\s<>\"'(),;:=/?&\[\]{}|]"
# Sought only where such signs begin: else a long word costs the square of its length, and strangers send some.
_ADDRESS = re.compile(rf"(?<!{_IN_ADDRESS}){_IN_ADDRESS}+(?:@|%40){_IN_ADDRESS}+")


def hide_private(line: str, secrets: Collection[str] = ()) -> str:
    """Return *line* with signs in the place of what opens a reader's pages, names a reader, or was typed.

    *secrets* are keys and passwords, the longest first: one may be a part of another.
    """
    for secret in secrets:
        line = line.replace(secret, HIDDEN)
    line = _TYPED_IN_PATH.sub(rf"\g<before>{HIDDEN}", line)
    line = _TYPED.sub(rf"\g<before>{HIDDEN}", line)
    line = _PAGE_OF_LINK.sub(rf"\g<before>{HIDDEN}", line)
    line = _LONG_SEGMENT.sub(rf"\g<before>{HIDDEN}", line)
    return _ADDRESS.sub(f"{HIDDEN}@{HIDDEN}", line)


class PrivateFormatter(logging.Formatter):
    """Formats a record as another formatter does, tracebacks too, and hides what is private."""

    def __init__(self, formatter: logging.Formatter, secrets: Collection[str] = ()) -> None:
        super().__init__()
        self.formatter, self.secrets = formatter, secrets

    def format(self, record: logging.LogRecord) -> str:
        return hide_private(self.formatter.format(record), self.secrets)


class PrivateJsonFormatter(PrivateFormatter):
    """Formats a record as a JSON object in one line: time, level, logger, message, and a traceback if there is one."""

    def __init__(self, secrets: Collection[str] = ()) -> None:
        super().__init__(logging.Formatter(), secrets)

    def format(self, record: logging.LogRecord) -> str:
        said = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": hide_private(record.getMessage(), self.secrets),
        }
        if record.exc_info:
            said["traceback"] = hide_private(self.formatException(record.exc_info), self.secrets)
        return json.dumps(said, ensure_ascii=False)


def make_formatter(line: str, log_format: str, secrets: Collection[str] = ()) -> logging.Formatter:
    """Return a formatter that hides what is private: of such lines, or with *log_format* json of JSON objects."""
    is_json = log_format == "json"
    return PrivateJsonFormatter(secrets) if is_json else PrivateFormatter(logging.Formatter(line), secrets)


def make_private(logger: logging.Logger, log_format: str, secrets: Collection[str] = ()) -> None:
    """Have all that this logger writes by itself hide what is private, and be JSON where *log_format* says so."""
    for handler in logger.handlers:
        if log_format == "json":
            handler.setFormatter(PrivateJsonFormatter(secrets))
        elif not isinstance(handler.formatter, PrivateFormatter):
            handler.setFormatter(PrivateFormatter(handler.formatter or logging.Formatter(), secrets))
