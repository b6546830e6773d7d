"""Lays out plain text: on one line, shortened, folded. Widths count as in a terminal: a Chinese character is two."""

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache

# Columns of the plain part; only addresses may be longer.
LINE_WIDTH = 78
# Of a character in UTF-8.
MAX_CHARACTER_BYTES = 4

# Control characters, marks that turn the direction of writing, halves of characters: nobody wants them in a title.
_INVISIBLE = re.compile(
    "[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff"
    "\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]"
)

_WIDE = "\u1100-\u11ff\u2e80-\ua4cf\uac00-\ud7ff\uf900-\ufaff\ufe30-\ufe4f\uff00-\uff60\uffe0-\uffe6"
# Text of letters that are surely one column wide: that of most titles and abstracts.
NARROW = re.compile("[ -~\u00a1-\u02ff\u2010-\u2027\u2030-\u205e]*")
_NO_START = "，。、；：？！）】》」』”’％…"
_PIECE = re.compile(rf"[{_WIDE}][{_NO_START}]*|[^\s{_WIDE}]+[{_NO_START}]*|\s+")
_NO_END = " :;,.–—-("
_ADDRESS = re.compile(r"(https?|mailto):", re.IGNORECASE)
_BREAKABLE = re.compile(r"[^ ，。、；：？！]*[ ，。、；：？！]|[^ ，。、；：？！]+$")
_SMALL_WORDS = "a an and as at by for from in into is of on or the to under via with"


def remove_invisible(text: str) -> str:
    """Return *text* without characters that nobody sees."""
    return _INVISIBLE.sub("", text) if _INVISIBLE.search(text) else text


def one_line(text: str) -> str:
    """Return *text* as fits a header or a label: without line breaks and control characters."""
    return " ".join(remove_invisible(text).split())


@lru_cache(maxsize=20_000)
def display_width(text: str) -> int:
    """Return how many columns *text* takes."""
    return len(text) if text.isascii() else sum(map(_character_width, text))


@lru_cache(maxsize=20_000)
def _character_width(character: str) -> int:
    if unicodedata.combining(character):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def shorten(text: str, max_length: int) -> str:
    """Return *text* in at most *max_length* characters, cut between words, with `…` for the rest.

    It is not cut after an `of` or a colon. Only a first word that is itself too long is cut: after its last hyphen, or
    wherever the room ends.
    """
    return text if len(text) <= max_length else _cut(text, max_length)


@lru_cache(maxsize=2_000)
def _cut(text: str, max_length: int) -> str:
    head = text[: max_length - 1]
    return (_fit_words(text, max_length - 1) or _cut_at_hyphen(head) or head.rstrip(_NO_END) or head) + "…"


def _fit_words(text: str, max_length: int) -> str:
    """Return the words that fit, without small ones at the end. Chinese may end after any character."""
    kept: list[str] = []
    used = 0
    for piece in _PIECE.finditer(text):
        used += len(piece[0])
        if used > max_length:
            break
        kept.append(piece[0])
    while kept and (not kept[-1].rstrip(_NO_END) or f" {kept[-1].lower().strip(':;,')} " in f" {_SMALL_WORDS} "):
        kept.pop()
    return "".join(kept).rstrip().rstrip(_NO_END)


def _cut_at_hyphen(head: str) -> str:
    before, hyphen, _ = head.rpartition("-")
    return before.rstrip(_NO_END) if hyphen else ""


def fold_text(text: str, columns: int = LINE_WIDTH) -> str:
    """Return *text* in lines of at most *columns*. Only an address may be longer."""
    if NARROW.fullmatch(text):
        # NARROW has nothing that `one_line` takes out, and no white space but blanks: most lines are tidy as they are.
        line = text if text.strip() == text and "  " not in text else " ".join(text.split())
        return _fold_narrow(line, columns) or _fold_any(line, columns)
    return _fold_any(one_line(text), columns)


def _fold_narrow(line: str, columns: int) -> str | None:
    """Fold quickly a line whose characters are one column wide; return None if a word is longer than a line."""
    lines, start = [], 0
    while len(line) - start > columns:
        end = line.rfind(" ", start, start + columns + 1)
        if end < 0:
            return None
        lines.append(line[start:end])
        start = end + 1
    return "\n".join((*lines, line[start:]))


def _fold_any(line: str, columns: int) -> str:
    if display_width(line) <= columns:
        return line
    lines = [""]
    used = done = 0
    for piece in _iterate_pieces(line, columns):
        size = display_width(piece)
        if used + size > columns and not piece.isspace() and used:
            lines[-1] = lines[-1].rstrip()
            rest = line[done:]
            if NARROW.fullmatch(rest) and (quick := _fold_narrow(rest, columns)) is not None:
                return "\n".join((*lines, quick)).rstrip()
            lines.append("")
            used = 0
        if used or not piece.isspace():
            lines[-1] += piece
            used += size
        done += len(piece)
    return "\n".join(lines).rstrip()


def _iterate_pieces(line: str, columns: int) -> Iterator[str]:
    """Yield what must stay together: words, spaces, Chinese characters; an endless word in parts that fit."""
    for found in _PIECE.finditer(line):
        piece = found[0]
        if display_width(piece) <= columns or _ADDRESS.search(piece):
            yield piece
        else:
            size = columns if piece.isascii() else columns // 2
            yield from (piece[start : start + size] for start in range(0, len(piece), size))


def break_long_lines(html: str, longest: int = 900) -> str:
    """Return *html* with lines of at most *longest* bytes where they can be broken, so that mail need not encode it."""
    if len(html) * MAX_CHARACTER_BYTES <= longest:
        return html
    return "\n".join(line if len(line.encode()) <= longest else _break_line(line, longest) for line in html.split("\n"))


def _break_line(line: str, longest: int) -> str:
    """Break a line at spaces, and after the punctuation of Chinese, which has none."""
    lines = [""]
    size = 0
    for part in _BREAKABLE.findall(line):
        more = len(part.encode())
        if size and size + more > longest:
            lines[-1] = lines[-1].rstrip(" ")
            lines.append("")
            size = 0
        lines[-1] += part
        size += more
    return "\n".join(lines)
