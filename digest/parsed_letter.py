"""Parses a rendered letter, for pages and for providers that take parts instead of a whole message."""

import re
from collections.abc import Mapping
from email.errors import HeaderParseError
from email.header import decode_header, make_header
from email.headerregistry import Address
from email.message import Message
from email.parser import BytesHeaderParser, BytesParser
from email.utils import parseaddr
from typing import Any, NamedTuple

# Headers that have fields of their own, or only describe the MIME form.
_OMITTED_HEADERS = {"content-type", "mime-version", "subject", "from", "to"}

_FOLDED_LINE = re.compile(r"\r?\n(?=[ \t])")


class ParsedLetter(NamedTuple):
    """The parts of a letter, decoded."""

    subject: str
    text: str
    html: str
    # All but subject, sender, recipient and the MIME headers. Only Reply-To is decoded, as providers take its name
    # readable. The others stay encoded: List-Id's address must not be encoded along with its name.
    headers: Mapping[str, str]


def parse_letter(data: bytes) -> ParsedLetter:
    """Return the parts of a letter. *data* is a multipart/alternative message of plain text and HTML."""
    head, _, rest = data.partition(b"\r\n\r\n")
    parsed = BytesHeaderParser().parsebytes(head)
    boundary = f"\r\n--{parsed.get_boundary()}".encode("ascii")
    _, text, html, _ = (b"\r\n" + rest).split(boundary)
    headers = {
        name: _decode_mailbox(value) if name.lower() == "reply-to" else _unfold(value)
        for name, value in parsed.items()
        if name.lower() not in _OMITTED_HEADERS
    }
    return ParsedLetter(_decode_header(parsed["Subject"]), _decode_body(text), _decode_body(html), headers)


def _unfold(value: str) -> str:
    return _FOLDED_LINE.sub("", value)


def _decode_mailbox(value: str) -> str:
    """Decode the name of one address, and quote it anew: a comma in it must not begin another address."""
    name, address = parseaddr(_unfold(value))
    return str(Address(_decode_header(name), addr_spec=address))


def _decode_header(value: str) -> str:
    """Decode a header; one that only looks encoded stays as it is."""
    unfolded = _unfold(value)
    try:
        return str(make_header(decode_header(unfolded)))
    except (HeaderParseError, LookupError, ValueError):
        return unfolded


def _decode_body(part: bytes) -> str:
    parsed: Message = BytesParser().parsebytes(part.removeprefix(b"\r\n"))
    body: Any = parsed.get_payload(decode=True)
    return str(body, str(parsed.get_content_charset())).replace("\r\n", "\n")
