"""A letter's bytes as mail servers get them, joined from its parts: the same that Python's mail library makes of it.

The library walks through every line of a letter several times, which takes longer than to assemble the letter. What
needs its care, as a line of more than 998 bytes does, is left to it.
"""

import re
from collections.abc import Mapping
from email.policy import compat32
from functools import lru_cache

from django.core.mail.message import RFC5322_EMAIL_LINE_LENGTH_LIMIT, forbid_multi_line_headers

LONGEST_LINE = 900
"""Characters of a header's line; RFC 5322 allows 998."""

POLICY = compat32.clone(max_line_length=LONGEST_LINE, linesep="\r\n")
ENCODING = "utf-8"

_ORDINARY = re.compile(r"[!-~]+(?: [!-~]+)*")
"""A header's value that needs neither encoding nor folding while it is short."""
_ROOM = 800
"""Characters of such a value; the name stands on the same line."""
_ROOM_OF_SUBJECT = 60
"""Django folds subjects sooner."""
_REMEMBERED = 4096


def joined(headers: Mapping[str, str], text: str, html: str, boundary: str) -> bytes | None:
    """The bytes, or None for a letter that only the mail library can encode. BadHeaderError for a line break."""
    parts = _part("plain", text), _part("html", html)
    if parts[0] is None or parts[1] is None:
        return None
    border = f"--{boundary}".encode("ascii")
    head = f'Content-Type: multipart/alternative; boundary="{boundary}"\r\nMIME-Version: 1.0\r\n'.encode("ascii")
    own = [_header(name, value) for name, value in headers.items()]
    return b"".join(
        (head, *own, b"\r\n", border, b"\r\n", parts[0], b"\r\n", border, b"\r\n", parts[1], b"\r\n", border, b"--\r\n")
    )


def _header(name: str, value: str) -> bytes:
    room = _ROOM_OF_SUBJECT if name == "Subject" else _ROOM
    if len(value) <= room and _ORDINARY.fullmatch(value):
        return f"{name}: {value}\r\n".encode("ascii")
    return _folded(name, value)


@lru_cache(_REMEMBERED)
def _folded(name: str, value: str) -> bytes:
    """As the library does it. Readers whose first paper is the same share their subject."""
    folded: bytes = POLICY.fold_binary(name, forbid_multi_line_headers(name, value, ENCODING)[1])
    return folded


def _part(kind: str, text: str) -> bytes | None:
    if not text or "\r" in text:
        return None
    try:
        data = text.encode(ENCODING)
    except UnicodeEncodeError:
        return None
    if max(map(len, data.split(b"\n"))) > RFC5322_EMAIL_LINE_LENGTH_LIMIT:
        return None
    bits = "7bit" if text.isascii() else "8bit"
    head = (
        f'Content-Type: text/{kind}; charset="{ENCODING}"',
        "MIME-Version: 1.0",
        f"Content-Transfer-Encoding: {bits}",
        "\r\n",
    )
    return "\r\n".join(head).encode("ascii") + data.replace(b"\n", b"\r\n")
