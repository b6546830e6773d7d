"""Text as bytes of mail, cut once where a reader's own words go."""

import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple

# Stands for what a reader's feedback links begin with: it is in a letter sixty times, and NUL is never in mail.
FEEDBACK_PLACEHOLDER = b"\0"


class ByteTemplate(NamedTuple):
    """Text cut at its placeholders: the bytes between them, and the name of the value at each."""

    pieces: Sequence[bytes]
    names: Sequence[str]

    @classmethod
    def cut(cls, text: str, placeholders: Mapping[str, str]) -> "ByteTemplate":
        """Cut *text* at *placeholders*, which are by name."""
        names = {placeholder: name for name, placeholder in placeholders.items()}
        found = re.split(f"({'|'.join(map(re.escape, names))})", text)
        return cls([to_mail_bytes(piece) for piece in found[::2]], [names[place] for place in found[1::2]])

    def fill(self, values: Mapping[str, bytes]) -> bytes:
        """Return the pieces with the values between them."""
        filled = [b""] * (len(self.pieces) + len(self.names))
        filled[::2] = self.pieces
        filled[1::2] = map(values.__getitem__, self.names)
        return b"".join(filled)


def to_mail_bytes(text: str) -> bytes:
    """Return *text* as mail has it: lines end with CRLF, without NUL and halves of characters.

    A line that begins with a dot gets a space before it, which nobody sees in HTML and hardly in text: on its way that
    dot would have to be doubled (RFC 5321, 4.5.2), in every letter anew. So does one that begins with `From `
    (subscriptions/transit_safe_mail.py). How a piece begins is left alone: only the first one of a part begins a line.
    """
    if "\0" in text or "\r" in text:
        text = text.replace("\0", "").replace("\r\n", "\n").replace("\r", "\n")
    if "\n" in text:
        text = text.replace("\n.", "\n .").replace("\nFrom ", "\n From ").replace("\n", "\r\n")
    return text.encode("utf-8", "replace")


def longest_line_bytes(piece: bytes, own: int) -> int:
    """Return the bytes of the longest line, without its end, if each FEEDBACK_PLACEHOLDER takes *own* bytes."""
    lines = piece.split(b"\r\n")
    return max(len(line) + own * line.count(FEEDBACK_PLACEHOLDER) for line in lines) if own else max(map(len, lines))
