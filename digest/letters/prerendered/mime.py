"""Joins the bytes of a letter as mail servers get them: the same as from Python's mail library.

The library walks through every line of a letter several times, which takes much longer than to assemble the letter.
"""

import re
from collections.abc import Iterable
from datetime import UTC, datetime
from email.charset import Charset
from email.policy import compat32
from email.utils import format_datetime
from functools import lru_cache

from django.core.mail.message import forbid_multi_line_headers

from digest.letters.mail_message import OWN_MESSAGE_ID, make_boundary
from digest.letters.text_layout import one_line
from subscriptions.transit_safe_mail import MAX_HEADER_LINE

POLICY = compat32.clone(max_line_length=MAX_HEADER_LINE, linesep="\r\n")
ENCODING = "utf-8"

# A header's value that needs neither encoding nor folding while it is short.
_ORDINARY = re.compile(r"[!-~]+(?: [!-~]+)*")
# Characters of such a value; the name stands on the same line.
_MAX_ORDINARY_VALUE = 800
# Django folds subjects sooner.
_MAX_ORDINARY_SUBJECT = 60
# Characters of an encoded word (RFC 2047, 2). For a longer one the mail library looks where to break it best.
_MAX_ENCODED_WORD = 75
_UTF8 = Charset(ENCODING)
_MAX_CACHED_DATES = 4096

_TEXT_HEADERS, _HTML_HEADERS = (
    f'\r\nContent-Type: text/{kind}; charset="{ENCODING}"\r\nMIME-Version: 1.0\r\n'
    "Content-Transfer-Encoding: 8bit\r\n\r\n".encode("ascii")
    for kind in ("plain", "html")
)


def join_message(boundary: bytes, headers: Iterable[bytes], text: bytes, html: bytes) -> bytes:
    """Join a message. The bodies have lines of at most 998 bytes, and each a character that is not ASCII."""
    first = b'Content-Type: multipart/alternative; boundary="%b"\r\nMIME-Version: 1.0\r\n' % boundary
    between = b"\r\n--" + boundary
    return b"".join((first, *headers, between, _TEXT_HEADERS, text, between, _HTML_HEADERS, html, between, b"--\r\n"))


def boundary_and_message_id(message_id: str) -> tuple[bytes, bytes]:
    """Return the boundary between the bodies, and the Message-ID's line."""
    if found := OWN_MESSAGE_ID.fullmatch(message_id):
        return b"=_" + found[1].encode(), b"Message-ID: %b\r\n" % message_id.encode()
    return make_boundary(one_line(message_id)).encode(), make_header("Message-ID", one_line(message_id))


@lru_cache(_MAX_CACHED_DATES)
def date_header(seconds: int) -> bytes:
    return make_header("Date", format_datetime(datetime.fromtimestamp(seconds, UTC)))


def make_header(name: str, value: str) -> bytes:
    """Return the lines of a header. Raises BadHeaderError for a line break."""
    max_length = _MAX_ORDINARY_SUBJECT if name == "Subject" else _MAX_ORDINARY_VALUE
    if len(value) <= max_length and _ORDINARY.fullmatch(value):
        return f"{name}: {value}\r\n".encode("ascii")
    if name == "Subject" and (word := _encode_as_one_word(value)):
        return f"{name}: {word}\r\n".encode("ascii")
    folded: bytes = POLICY.fold_binary(name, forbid_multi_line_headers(name, value, ENCODING)[1])
    return folded


def _encode_as_one_word(value: str) -> str:
    """Return *value* as one encoded word (RFC 2047); empty where that takes more words or none."""
    if value.isascii() or not value.isprintable():
        return ""
    word = _UTF8.header_encode(value)
    return word if len(word) <= _MAX_ENCODED_WORD else ""
