"""A prepared piece of a letter, and the same piece cut at its marks, so that filling it is one joining."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property


@dataclass(frozen=True)
class Piece:
    """The same thing for both parts of a letter."""

    html: str
    text: str

    def filled(self, html: Mapping[str, str], text: Mapping[str, str]) -> "Piece":
        """With each mark replaced by its value."""
        return Piece(_replaced(self.html, html), _replaced(self.text, text))

    @cached_property
    def size(self) -> int:
        """Bytes in the message; mail ends its lines with two."""
        both = self.html + self.text
        return len(both.encode()) + both.count("\n")


@dataclass(frozen=True, slots=True)
class Cut:
    """A text cut at its marks: what stands there by turns with the marks."""

    pieces: Sequence[str]

    @classmethod
    def at(cls, marks: Sequence[str], text: str) -> "Cut":
        return cls(tuple(re.split(f"({'|'.join(map(re.escape, marks))})", text)))

    def filled(self, values: Mapping[str, str]) -> str:
        pieces = list(self.pieces)
        pieces[1::2] = [values[mark] for mark in pieces[1::2]]
        return "".join(pieces)


def _replaced(text: str, values: Mapping[str, str]) -> str:
    for mark, value in values.items():
        text = text.replace(mark, value)
    return text
