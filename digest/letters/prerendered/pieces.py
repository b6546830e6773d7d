"""The types of a letter's prepared pieces: bytes of mail, cut where a reader's own words go."""

import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple

CRLF = b"\r\n"
# Between two things of the plain part; each ends with a line's end of its own.
BLANK_LINE = b"\r\n\r\n"
# Stands for what a reader's feedback links begin with: it is in a letter sixty times, and NUL is never in mail.
FEEDBACK_PLACEHOLDER = b"\0"
# Pieces of a kind that are kept where nobody knows how many there will be; the least used ones are forgotten.
MAX_CACHED_PIECES = 10_000


class FragmentBytes(NamedTuple):
    """A fragment of a letter as bytes of mail, for both parts."""

    text: bytes
    html: bytes


NO_BYTES = FragmentBytes(b"", b"")


class SplitFragment(NamedTuple):
    """A fragment as bytes, cut at one place in each part."""

    text: bytes
    text_end: bytes
    html: bytes
    html_end: bytes


class ByteTemplate(NamedTuple):
    """Text cut at its marks: the bytes between them, and the name of the value at each."""

    pieces: Sequence[bytes]
    names: Sequence[str]

    @classmethod
    def cut(cls, marks: Mapping[str, str], text: str) -> "ByteTemplate":
        """Cut *text* at *marks*, which are by name."""
        names = {mark: name for name, mark in marks.items()}
        found = re.split(f"({'|'.join(map(re.escape, names))})", text)
        return cls([to_mail_bytes(piece) for piece in found[::2]], [names[mark] for mark in found[1::2]])

    def filled(self, values: Mapping[str, bytes]) -> list[bytes]:
        """Return the pieces with the values between them, to be joined."""
        filled = [b""] * (len(self.pieces) + len(self.names))
        filled[::2] = self.pieces
        filled[1::2] = map(values.__getitem__, self.names)
        return filled


def to_mail_bytes(text: str) -> bytes:
    """Return *text* as mail has it: lines end with CRLF, without NUL and halves of characters.

    A line that begins with a dot gets a space before it, which nobody sees in HTML and hardly in text: on its way that
    dot would have to be doubled (RFC 5321, 4.5.2), in every letter anew. So does one that begins with `From `
    (subscriptions/transit_safe_mail.py). How a piece begins is left alone: only the first one of a part begins a line.
    """
    lines = text.replace("\0", "").replace("\r\n", "\n").replace("\r", "\n")
    lines = lines.replace("\n.", "\n .").replace("\nFrom ", "\n From ")
    return lines.replace("\n", "\r\n").encode("utf-8", "replace")


def longest_line_bytes(piece: bytes, own: int) -> int:
    """Return the bytes of the longest line, without its end, if each FEEDBACK_PLACEHOLDER takes *own* bytes."""
    lines = piece.split(CRLF)
    return max(len(line) + own * line.count(FEEDBACK_PLACEHOLDER) for line in lines) if own else max(map(len, lines))
