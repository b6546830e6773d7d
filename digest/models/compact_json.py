"""A column for lists that most rows of a large table have: deflated JSON, two fifths of the text's size.

Of most lists only whole numbers are wanted, of many rows at once: the ranks of what letters showed. So these stand
before the rest, two bytes each, and are read without it (`read_numbers`).
"""

import json
import zlib
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from django.db import models
from django.db.models.expressions import Combinable
from numpy.typing import NDArray

# Binary columns come as either, which depends on the database.
Buffer = bytes | memoryview

# The first byte says how the rest is to be read. Rows are kept for years: another dictionary needs another number.
# DEFLATED is the JSON of any list. NUMBERS are whole numbers. ROWS are lists that each begin with such a number: one
# byte tells how many, the numbers follow, and then the deflated JSON of what else stands in each.
DEFLATED, NUMBERS, ROWS = 1, 2, 3
NUMBER = np.dtype("<u2")
MAX_NUMBER, MAX_ROWS = (1 << 16) - 1, (1 << 8) - 1
# What most values hold, the most frequent last (RFC 1950, preset dictionary).
DICTIONARY = (
    b'"liked","like","trending","related","perhaps_author","explore","",0,0],'
    b'["category","keyword_in_title","author","keyword",",0]]],[10,0]],["]]],['
)
# Values are short: a window of two kilobytes is faster to set up than the usual one, and finds as much.
WINDOW_BITS, MEMORY_LEVEL, LEVEL = -11, 4, 6


def encode_list(values: Sequence[Any]) -> bytes:
    """Return a list as a column stores it. An empty one takes no byte."""
    if not values:
        return b""
    if all(map(_is_number, values)):
        return bytes((NUMBERS,)) + _encode_numbers(values)
    if len(values) <= MAX_ROWS and all(isinstance(row, list | tuple) and row and _is_number(row[0]) for row in values):
        return encode_rows([row[0] for row in values], _write_json([row[1:] for row in values]))
    return bytes((DEFLATED,)) + _deflate(_write_json(values))


def encode_rows(numbers: Sequence[int], rest: str) -> bytes:
    """Return lists that begin with *numbers* as a column stores them; *rest* is the JSON of what else each holds.

    There are MAX_ROWS at most, and no number is above MAX_NUMBER.
    """
    return bytes((ROWS, len(numbers))) + _encode_numbers(numbers) + _deflate(rest)


def decode_list(stored: Buffer) -> list[Any]:
    """Return the list that `encode_list` stored."""
    if not stored:
        return []
    numbers: list[Any]
    if stored[0] == NUMBERS:
        numbers = read_numbers(stored).tolist()
        return numbers
    if stored[0] == ROWS:
        numbers = read_numbers(stored).tolist()
        rest = json.loads(_inflate(stored[2 + NUMBER.itemsize * len(numbers) :]))
        return [[number, *others] for number, others in zip(numbers, rest, strict=True)]
    values: list[Any] = json.loads(_inflate(stored[1:]))
    return values


def read_numbers(stored: Buffer) -> NDArray[np.integer[Any]]:
    """Return the whole numbers of a stored list, or those with which its lists begin."""
    if not stored:
        return np.empty(0, NUMBER)
    if stored[0] == NUMBERS:
        return np.frombuffer(stored, NUMBER, offset=1)
    if stored[0] == ROWS:
        return np.frombuffer(stored, NUMBER, count=stored[1], offset=2)
    return np.asarray([row if isinstance(row, int) else row[0] for row in decode_list(stored)], np.uint32)


def select_stored(column: str) -> Combinable:
    """Return what selects a column of such lists as it is stored, for `read_numbers`."""
    return models.ExpressionWrapper(models.F(column), models.BinaryField())


def _is_number(value: object) -> bool:
    return type(value) is int and 0 <= value <= MAX_NUMBER


def _encode_numbers(numbers: Sequence[int]) -> bytes:
    return np.asarray(numbers, NUMBER).tobytes()


def _write_json(values: Sequence[Any]) -> str:
    return json.dumps(values, separators=(",", ":"))


def _deflate(text: str) -> bytes:
    deflating = zlib.compressobj(LEVEL, zlib.DEFLATED, WINDOW_BITS, MEMORY_LEVEL, zlib.Z_DEFAULT_STRATEGY, DICTIONARY)
    return deflating.compress(text.encode()) + deflating.flush()


def _inflate(deflated: Buffer) -> bytes:
    return zlib.decompressobj(WINDOW_BITS, DICTIONARY).decompress(deflated)


if TYPE_CHECKING:
    Field = models.BinaryField[Any, Any]
else:
    Field = models.BinaryField


class CompactJSONField(Field):
    """A list of what JSON knows. A query can tell an empty one from others, and looks into none."""

    def get_prep_value(self, value: Any) -> Any:
        return encode_list(value) if isinstance(value, list | tuple) else value

    def from_db_value(self, value: Buffer | None, *_of_query: object) -> list[Any] | None:
        return None if value is None else decode_list(value)

    def to_python(self, value: Any) -> Any:
        return json.loads(value) if isinstance(value, str) else value

    def value_to_string(self, obj: models.Model) -> str:
        """Return the list as JSON, for `dumpdata`."""
        return json.dumps(self.value_from_object(obj))
