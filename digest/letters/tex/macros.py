"""Expands macros. Of one that nobody knows the argument stays, or else its name."""

import re
import unicodedata
from collections.abc import Callable
from typing import Protocol

from digest.letters.tex import symbols as tables

_ACCENTS_THAT_ARE_LETTERS = "bcdkrtuvH"
_ONE_TERM = re.compile(r"[\w.′°]*|\(.*\)")


class MacroParser(Protocol):
    """The parser as macros see it: it reads what follows their names. `TexParser` is one."""

    place: int

    def peek(self, length: int = 1) -> str: ...

    def skip_space(self) -> str: ...

    def read_argument(self, *, math: bool) -> str: ...

    def read_option(self) -> str: ...

    def read_mathematical_option(self) -> str: ...

    def read_verbatim(self) -> str: ...

    def read_source(self) -> str: ...

    def skip_group_or_space(self) -> None: ...

    def render_script(self, mark: str, text: str) -> str: ...


def expand_macro(parser: MacroParser, name: str, out: list[str], *, math: bool) -> None:
    """Append to *out* the macro *name*, just read, with its arguments."""
    name = name.removesuffix("*") if len(name) > 1 else name
    if name in tables.ACCENTS and (name not in _ACCENTS_THAT_ARE_LETTERS or parser.peek() in ("{", " ")):
        out.append(_expand_accent(parser, name, math=math))
    elif name in tables.CHARACTERS:
        out.append(tables.CHARACTERS[name])
    elif name in tables.SILENT:
        _skip_silent(parser, name)
    elif name in tables.FUNCTIONS:
        _expand_function(parser, name, out)
    elif name in tables.LETTERS and not math:
        parser.skip_group_or_space()
        out.append(tables.SYMBOLS[name])
    elif not math and name in tables.TEXT_SYMBOLS and parser.peek() != "{":
        out.append(tables.TEXT_SYMBOLS[name])
    elif math and name in tables.MATH_SYMBOLS and parser.peek() != "{":
        _expand_symbol(parser, tables.MATH_SYMBOLS[name], out, math=math)
    elif name in tables.SYMBOLS:
        _expand_symbol(parser, tables.SYMBOLS[name], out, math=math)
    elif name in tables.DROPPED:
        _drop_arguments(parser, out)
    elif name in _COMMANDS_WITH_A_GROUP and parser.peek() in ("{", "["):
        out.append(_COMMANDS_WITH_A_GROUP[name](parser))
    elif name in _COMMANDS:
        out.append(_COMMANDS[name](parser))
    else:
        out.append(_expand_other(parser, name, math=math))


def _skip_silent(parser: MacroParser, name: str) -> None:
    parser.skip_space()
    if name in ("left", "right") and parser.peek() == ".":
        parser.place += 1


def _drop_arguments(parser: MacroParser, out: list[str]) -> None:
    parser.read_option()
    parser.read_option()
    if parser.read_verbatim() and out:
        out[-1] = out[-1].rstrip()


def _expand_function(parser: MacroParser, name: str, out: list[str]) -> None:
    before = " " if _read_tail(out)[-1:].isalnum() else ""
    after = parser.skip_space() or (" " if parser.peek().isalnum() else "")
    out.append(before + name + after)


def _expand_symbol(parser: MacroParser, symbol: str, out: list[str], *, math: bool) -> None:
    if parser.peek(2) == "{}":
        parser.place += 2
    if not math:
        out.append(symbol)
        return
    gap = parser.skip_space()
    following = parser.peek()
    if symbol in tables.SPACED:
        _append_operator(symbol, gap, following, out)
    else:
        out.append(symbol + ("" if following.isalnum() or following == "\\" else gap))


def _append_operator(symbol: str, gap: str, following: str, out: list[str]) -> None:
    """Append a sign, with spaces on both sides if the source has one on any, but none at the ends of a term."""
    tail = _read_tail(out)
    opens = tail.strip() == "" or tail.rstrip()[-1] in "([{,="
    ends = following in ("", ")", "}", ",")
    if opens or ends or not (gap or tail[-1].isspace()):
        out.append(symbol)
        return
    out.append(f"{'' if tail[-1].isspace() else ' '}{symbol} ")


def _read_tail(out: list[str]) -> str:
    """Return the end of what is written so far."""
    return "".join(out[-4:])


def _expand_accent(parser: MacroParser, name: str, *, math: bool) -> str:
    text = parser.read_argument(math=math)
    if not name.isalpha() and not text[:1].isalpha() and not math:
        # `\\~{}50` and `\\~50` stand for the sign itself: no digit has an accent.
        return text if name in "=." else name + text
    if text.strip() == "":
        return name if name.isalpha() else text
    if len(text) > 1 and len(name) > 1:
        return text  # A bar over a whole term cannot be had; the term matters.
    base = {"ı": "i", "ȷ": "j"}.get(text[0], text[0])
    return unicodedata.normalize("NFC", base + tables.ACCENTS[name]) + text[1:]


def _expand_other(parser: MacroParser, name: str, *, math: bool) -> str:
    """Return the argument of a macro that only changes how it looks, known or not."""
    if name in tables.SECOND_ARGUMENT:
        parser.read_option()
        parser.read_verbatim()
    if name in tables.FONTS and parser.peek(2) == "{}":
        parser.place += 2
        return ""
    if name not in tables.FONTS and parser.peek() != "{":
        return "" if name in tables.SECOND_ARGUMENT else name
    return parser.read_argument(math=math and not name.startswith(("text", "mbox", "hbox", "emph"))) or name


def _fraction(parser: MacroParser) -> str:
    return f"{_term(parser)}/{_term(parser)}"


def _root(parser: MacroParser) -> str:
    degree = parser.read_option()
    power = "".join(tables.SUPERSCRIPTS.get(letter, letter) for letter in degree)
    return f"{power}√{_term(parser)}"


def _term(parser: MacroParser) -> str:
    """Return a term under a root or beside a slash, in brackets where it needs them."""
    text = parser.read_argument(math=True)
    return text if _ONE_TERM.fullmatch(text) else f"({text})"


def _binomial(parser: MacroParser) -> str:
    return f"({parser.read_argument(math=True)} choose {parser.read_argument(math=True)})"


def _double_struck(parser: MacroParser) -> str:
    return "".join(tables.DOUBLE_STRUCK.get(letter, letter) for letter in parser.read_argument(math=True))


def _link(parser: MacroParser) -> str:
    address = parser.read_verbatim()
    text = parser.read_argument(math=False).strip()
    if not address or not text or text == address:
        return address or text
    return f"{text} ({address})"


def _address(parser: MacroParser) -> str:
    return parser.read_verbatim()


def _footnote(parser: MacroParser) -> str:
    return f" ({parser.read_argument(math=False)})"


def _environment(parser: MacroParser) -> str:
    parser.read_verbatim()
    return " "


def _definition(parser: MacroParser) -> str:
    parser.read_argument(math=True)
    parser.read_option()
    parser.read_argument(math=True)
    return ""


def _above(parser: MacroParser) -> str:
    text = parser.read_argument(math=True)
    if all(letter in tables.SUPERSCRIPTS for letter in text):
        return "".join(tables.SUPERSCRIPTS[letter] for letter in text)
    return text


def _below(parser: MacroParser) -> str:
    text = parser.read_argument(math=True)
    if all(letter in tables.SUBSCRIPTS for letter in text):
        return "".join(tables.SUBSCRIPTS[letter] for letter in text)
    return text


def _negated(parser: MacroParser) -> str:
    text = parser.read_argument(math=True).strip()
    return unicodedata.normalize("NFC", text + "\u0338") if text else "not"


def _modulo(parser: MacroParser) -> str:
    return " mod "


def _modulo_in_brackets(parser: MacroParser) -> str:
    return f" (mod {parser.read_argument(math=True)})"


def _with_script(mark: str) -> Callable[[MacroParser], str]:
    """Return the expansion of a macro whose first argument stands above or below its second: `\\overset{d}{=}`."""

    def expand(parser: MacroParser) -> str:
        script = parser.read_argument(math=True).strip()
        base = parser.read_argument(math=True).strip()
        return base + (parser.render_script(mark, script) if script else "")

    return expand


def _long_arrow(sign: str) -> Callable[[MacroParser], str]:
    """Return the expansion of an arrow with words below, in brackets, and above it: `\\xrightarrow[n]{d}`."""

    def expand(parser: MacroParser) -> str:
        below = parser.read_mathematical_option().strip()
        above = parser.read_argument(math=True).strip()
        scripts = [parser.render_script(mark, text) for mark, text in (("_", below), ("^", above)) if text]
        return f" {sign}{''.join(scripts)} "

    return expand


def _between(left: str, right: str) -> Callable[[MacroParser], str]:
    """Return the expansion of a macro that puts its argument between two signs: `\\ket{0}`, `\\abs{x}`."""

    def expand(parser: MacroParser) -> str:
        return f"{left}{parser.read_argument(math=True).strip()}{right}"

    return expand


def _bra_and_ket(parser: MacroParser) -> str:
    """Return `⟨a|b⟩` of `\\braket{a|b}`, and of the two arguments that the package physics takes."""
    inner = parser.read_argument(math=True).strip()
    return f"⟨{inner}|{parser.read_argument(math=True).strip()}⟩" if parser.peek() == "{" else f"⟨{inner}⟩"


def _ket_and_bra(parser: MacroParser) -> str:
    return f"|{parser.read_argument(math=True).strip()}⟩⟨{parser.read_argument(math=True).strip()}|"


def _quantity(parser: MacroParser) -> str:
    """Return `5 km/s` of siunitx's `\\SI{5}{\\kilo\\metre\\per\\second}`."""
    parser.read_option()
    number = _format_number(parser.read_argument(math=True).strip())
    unit = _unit(parser)
    return f"{number} {unit}" if number and unit[:1].isalnum() else number + unit


def _number(parser: MacroParser) -> str:
    parser.read_option()
    return _format_number(parser.read_argument(math=True).strip())


def _format_number(text: str) -> str:
    found = re.fullmatch(r"([-+]?[\d.,]+)[eE]([-+]?\d+)", text)
    if found is None:
        return text
    return f"{found[1]} × 10{''.join(tables.SUPERSCRIPTS[digit] for digit in found[2].removeprefix('+'))}"


def _unit(parser: MacroParser) -> str:
    """Return a unit of siunitx: one of words, as `\\metre\\per\\second`, or as it stands."""
    parser.read_option()
    start = parser.place
    source = parser.read_source()
    if re.search(r"\\[A-Za-z]", source) is None:
        parser.place = start
        return parser.read_argument(math=True).replace(".", " ").strip()
    terms: list[str] = []
    separator = prefix = power = ""
    for name, other in re.findall(r"\\([A-Za-z]+)|([^\\\s~.{}]+)", source):
        if name == "per":
            separator = "/"
        elif name in ("square", "cubic"):
            power = tables.UNIT_POWERS[name]
        elif name in tables.UNIT_PREFIXES:
            prefix = tables.UNIT_PREFIXES[name]
        elif name in tables.UNIT_POWERS and terms:
            terms[-1] += tables.UNIT_POWERS[name]
        else:
            terms.append((separator or (" " if terms else "")) + prefix + tables.UNITS.get(name, name or other) + power)
            separator = prefix = power = ""
    return "".join(terms)


def _character(parser: MacroParser) -> str:
    """Return the character of `\\unicode{x2013}` or `\\unicode{8211}`; what is no such number stays as it is."""
    code = parser.read_verbatim()
    try:
        character = chr(int(code[1:], 16) if code[:1] in ("x", "X") else int(code))
    except (ValueError, OverflowError):
        return code
    # No font shows what is for private use, and references mark formulas by it.
    return "" if unicodedata.category(character) == "Co" else character.replace("$", tables.DOLLAR)


_COMMANDS: dict[str, Callable[[MacroParser], str]] = {
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
    "pod": _between("(", ")"),
    **dict.fromkeys(("overset", "stackrel"), _with_script("^")),
    "underset": _with_script("_"),
    **dict.fromkeys(("xrightarrow", "xlongrightarrow"), _long_arrow("→")),
    "xleftarrow": _long_arrow("←"),
    "xleftrightarrow": _long_arrow("↔"),
    "xRightarrow": _long_arrow("⇒"),
    "xmapsto": _long_arrow("↦"),
    "unicode": _character,
}

# Macros of the packages braket, physics, mathtools and siunitx. Without a group after them they are the author's own.
_COMMANDS_WITH_A_GROUP: dict[str, Callable[[MacroParser], str]] = {
    **dict.fromkeys(("ket", "Ket"), _between("|", "⟩")),
    **dict.fromkeys(("bra", "Bra"), _between("⟨", "|")),
    **dict.fromkeys(("braket", "Braket", "innerproduct"), _bra_and_ket),
    **dict.fromkeys(("ketbra", "dyad", "outerproduct"), _ket_and_bra),
    **dict.fromkeys(("expval", "ev", "expectationvalue"), _between("⟨", "⟩")),
    "abs": _between("|", "|"),
    "norm": _between("‖", "‖"),
    "ceil": _between("⌈", "⌉"),
    "floor": _between("⌊", "⌋"),
    **dict.fromkeys(("SI", "qty"), _quantity),
    **dict.fromkeys(("si", "unit"), _unit),
    "num": _number,
    "ang": _between("", "°"),
}
