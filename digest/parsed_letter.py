"""What a letter's bytes say, for whoever wants it in parts: pages, providers that take no messages, people."""

import re
from collections.abc import Mapping
from email.errors import HeaderParseError
from email.header import decode_header, make_header
from email.message import Message
from email.parser import BytesHeaderParser, BytesParser
from typing import Any, NamedTuple

# Headers that a letter tells otherwise.
_PLACES = {"content-type", "mime-version", "subject", "from", "to"}

_FOLD = re.compile(r"\r?\n(?=[ \t])")


class ParsedLetter(NamedTuple):
    subject: str
    text: str
    html: str
    # All but subject, sender, receiver, and those of the form.
    headers: Mapping[str, str]


def parse_letter(data: bytes) -> ParsedLetter:
    """*data* is a letter: a multipart/alternative of plain text and HTML."""
    head, _, rest = data.partition(b"\r\n\r\n")
    parsed = BytesHeaderParser().parsebytes(head)
    border = f"\r\n--{parsed.get_boundary()}".encode("ascii")
    _, text, html, _ = (b"\r\n" + rest).split(border)
    headers = {name: _decode_header(value) for name, value in parsed.items() if name.lower() not in _PLACES}
    return ParsedLetter(_decode_header(parsed["Subject"]), _decode_body(text), _decode_body(html), headers)


def _decode_header(value: str) -> str:
    """Decode a header; one that only looks encoded stays as it is."""
    unfolded = _FOLD.sub("", value)
    try:
        return str(make_header(decode_header(unfolded)))
    except (HeaderParseError, LookupError, ValueError):
        return unfolded


def _decode_body(part: bytes) -> str:
    parsed: Message = BytesParser().parsebytes(part.removeprefix(b"\r\n"))
    body: Any = parsed.get_payload(decode=True)
    return str(body, str(parsed.get_content_charset())).replace("\r\n", "\n")
