"""What a macro stands for. Of one that nobody knows the argument stays, or else its name."""

import re
import unicodedata
from collections.abc import Callable
from typing import Protocol

from digest.letters.tex import symbols as tables

_ACCENTS_THAT_ARE_LETTERS = "bcdkrtuvH"
_ONE_TERM = re.compile(r"[\w.′°]*|\(.*\)")


class TexReader(Protocol):
    """What a macro asks of the parser that met it: to read what follows its name. `TexParser` is one."""

    place: int

    def peek(self, length: int = 1) -> str: ...

    def gap(self) -> str: ...

    def argument(self, *, math: bool) -> str: ...

    def option(self) -> str: ...

    def verbatim(self) -> str: ...


def expand_macro(reading: TexReader, name: str, out: list[str], *, math: bool) -> None:
    """Append to *out* the macro *name*, just read, with its arguments."""
    name = name.removesuffix("*") if len(name) > 1 else name
    if name in tables.ACCENTS and (name not in _ACCENTS_THAT_ARE_LETTERS or reading.peek() in ("{", " ")):
        out.append(_accented(reading, name, math=math))
    elif name in tables.CHARACTERS:
        out.append(tables.CHARACTERS[name])
    elif name in tables.SILENT:
        _silent(reading, name)
    elif name in tables.FUNCTIONS:
        _function(reading, name, out)
    elif name in tables.SYMBOLS:
        _symbol(reading, tables.SYMBOLS[name], out, math=math)
    elif name in tables.DROPPED:
        _dropped(reading, out)
    elif name in _COMMANDS:
        out.append(_COMMANDS[name](reading))
    else:
        out.append(_changed(reading, name, math=math))


def _silent(reading: TexReader, name: str) -> None:
    reading.gap()
    if name in ("left", "right") and reading.peek() == ".":
        reading.place += 1


def _dropped(reading: TexReader, out: list[str]) -> None:
    reading.option()
    reading.option()
    if reading.verbatim() and out:
        out[-1] = out[-1].rstrip()


def _function(reading: TexReader, name: str, out: list[str]) -> None:
    before = " " if _tail(out)[-1:].isalnum() else ""
    after = reading.gap() or (" " if reading.peek().isalnum() else "")
    out.append(before + name + after)


def _symbol(reading: TexReader, symbol: str, out: list[str], *, math: bool) -> None:
    if reading.peek(2) == "{}":
        reading.place += 2
    if not math:
        out.append(symbol)
        return
    gap = reading.gap()
    following = reading.peek()
    if symbol in tables.SPACED:
        _operator(symbol, gap, following, out)
    else:
        out.append(symbol + ("" if following.isalnum() or following == "\\" else gap))


def _operator(symbol: str, gap: str, following: str, out: list[str]) -> None:
    """Room on both sides where the source has it on one, and none where the sign opens or ends a term."""
    tail = _tail(out)
    opens = tail.strip() == "" or tail.rstrip()[-1] in "([{,="
    ends = following in ("", ")", "}", ",")
    if opens or ends or not (gap or tail[-1].isspace()):
        out.append(symbol)
        return
    out.append(f"{'' if tail[-1].isspace() else ' '}{symbol} ")


def _tail(out: list[str]) -> str:
    """The end of what is written so far."""
    return "".join(out[-4:])


def _accented(reading: TexReader, name: str, *, math: bool) -> str:
    text = reading.argument(math=math)
    if text.strip() == "":
        return name if name.isalpha() else text
    if len(text) > 1 and len(name) > 1:
        return text  # A bar over a whole term cannot be had; the term matters.
    base = {"ı": "i", "ȷ": "j"}.get(text[0], text[0])
    return unicodedata.normalize("NFC", base + tables.ACCENTS[name]) + text[1:]


def _changed(reading: TexReader, name: str, *, math: bool) -> str:
    """A macro that changes how its argument looks, known or not."""
    if name in tables.SECOND_ARGUMENT:
        reading.option()
        reading.verbatim()
    if name not in tables.FONTS and reading.peek() != "{":
        return "" if name in tables.SECOND_ARGUMENT else name
    return reading.argument(math=math and not name.startswith(("text", "mbox", "hbox", "emph"))) or name


def _fraction(reading: TexReader) -> str:
    return f"{_term(reading)}/{_term(reading)}"


def _root(reading: TexReader) -> str:
    degree = reading.option()
    power = "".join(tables.SUPERSCRIPTS.get(letter, letter) for letter in degree)
    return f"{power}√{_term(reading)}"


def _term(reading: TexReader) -> str:
    """A term under a root or beside a slash, in brackets where it needs them."""
    text = reading.argument(math=True)
    return text if _ONE_TERM.fullmatch(text) else f"({text})"


def _binomial(reading: TexReader) -> str:
    return f"({reading.argument(math=True)} choose {reading.argument(math=True)})"


def _double_struck(reading: TexReader) -> str:
    return "".join(tables.DOUBLE_STRUCK.get(letter, letter) for letter in reading.argument(math=True))


def _link(reading: TexReader) -> str:
    address = reading.verbatim()
    text = reading.argument(math=False).strip()
    if not address or not text or text == address:
        return address or text
    return f"{text} ({address})"


def _address(reading: TexReader) -> str:
    return reading.verbatim()


def _footnote(reading: TexReader) -> str:
    return f" ({reading.argument(math=False)})"


def _environment(reading: TexReader) -> str:
    reading.verbatim()
    return " "


def _definition(reading: TexReader) -> str:
    reading.argument(math=True)
    reading.option()
    reading.argument(math=True)
    return ""


def _above(reading: TexReader) -> str:
    text = reading.argument(math=True)
    if all(letter in tables.SUPERSCRIPTS for letter in text):
        return "".join(tables.SUPERSCRIPTS[letter] for letter in text)
    return text


def _below(reading: TexReader) -> str:
    text = reading.argument(math=True)
    if all(letter in tables.SUBSCRIPTS for letter in text):
        return "".join(tables.SUBSCRIPTS[letter] for letter in text)
    return text


def _negated(reading: TexReader) -> str:
    text = reading.argument(math=True).strip()
    return unicodedata.normalize("NFC", text + "\u0338") if text else "not"


def _modulo(reading: TexReader) -> str:
    return " mod "


def _modulo_in_brackets(reading: TexReader) -> str:
    return f" (mod {reading.argument(math=True)})"


def _character(reading: TexReader) -> str:
    """`\\unicode{x2013}` or `\\unicode{8211}`; what is no such number stays as it is."""
    code = reading.verbatim()
    try:
        return chr(int(code[1:], 16) if code[:1] in ("x", "X") else int(code)).replace("$", tables.DOLLAR)
    except (ValueError, OverflowError):
        return code


_COMMANDS: dict[str, Callable[[TexReader], str]] = {
    **dict.fromkeys(tables.FRACTIONS, _fraction),
    **dict.fromkeys(tables.BINOMIALS, _binomial),
    **dict.fromkeys(("mathbb", "mathds", "Bbb"), _double_struck),
    **dict.fromkeys(("begin", "end"), _environment),
    **dict.fromkeys(("newcommand", "renewcommand", "providecommand", "def"), _definition),
    **dict.fromkeys(("mod", "bmod"), _modulo),
    "sqrt": _root,
    "href": _link,
    "url": _address,
    "footnote": _footnote,
    "textsuperscript": _above,
    "textsubscript": _below,
    "not": _negated,
    "pmod": _modulo_in_brackets,
    "unicode": _character,
}
