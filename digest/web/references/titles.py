"""Titles for reference managers: formulas are found from left to right, as TeX pairs its signs."""

import re
from collections.abc import Callable
from dataclasses import dataclass

from digest.letters.tex.parser import is_money
from digest.letters.tex.symbols import DOLLAR
from digest.letters.tex.to_unicode import to_text
from digest.web.references.formula_writer import UnsafeFormula, write_formula
from digest.web.references.unicode_to_tex import encode_text

# Each formula is one of these characters while the text around it is read: nobody else uses them.
_FIRST_PLACEHOLDER = 0xE000
_PLACEHOLDER = re.compile("[\ue000-\uf8ff]")
_MAX_FORMULAS = 0xF8FF - _FIRST_PLACEHOLDER
# Each opening that nothing closes is sought up to the end: a text of nothing else would take minutes.
_MAX_UNCLOSED = 50

_CLOSING = {"\\(": "\\)", "\\[": "\\]", "$$": "$$", "$": "$"}
_ONLY_TEXT = re.compile(r"\\text\{([^{}\\$]*)\}")
_SIGN = re.compile(r"\\.|\$\$|[${}]", re.DOTALL)
# BibTeX counts the braces of these too, so a lone one would let a title end its field.
_BRACE = re.compile(r"\\.|[{}]", re.DOTALL)
_NAMED_BRACES = {"\\{": "\\lbrace ", "\\}": "\\rbrace "}


@dataclass(frozen=True, slots=True)
class _Formula:
    # `$`, `$$`, `\(` or `\[`
    opening: str
    source: str


def bibtex_text(raw: str) -> str:
    """Return a title for BibTeX, in ASCII. What TeX could not set as a formula is written as text."""
    return _render(raw, encode_text, _bibtex_formula)


def unicode_text(raw: str) -> str:
    """Return a title as people read it, in Unicode."""
    return " ".join(_render(raw, lambda text: text, _unicode_formula).replace(DOLLAR, "$").split())


def _render(raw: str, write_text: Callable[[str], str], write: Callable[[_Formula], str]) -> str:
    text, formulas = _take_out_formulas(" ".join(_PLACEHOLDER.sub("", raw).split()))
    pieces = re.split("([\ue000-\uf8ff])", to_text(text))
    return "".join(
        write(formulas[ord(piece) - _FIRST_PLACEHOLDER]) if place % 2 else write_text(piece)
        for place, piece in enumerate(pieces)
    ).strip()


def _take_out_formulas(title: str) -> tuple[str, list[_Formula]]:
    """Return the title with a placeholder for each formula, and the formulas. Other dollars are money: escaped."""
    out: list[str] = []
    formulas: list[_Formula] = []
    place = unclosed = 0
    while (sign := _SIGN.search(title, place)) is not None:
        out.append(title[place : sign.start()])
        place = sign.end()
        is_opening = sign[0] in _CLOSING and len(formulas) < _MAX_FORMULAS and unclosed < _MAX_UNCLOSED
        found = _find_formula(title, sign) if is_opening else None
        unclosed += is_opening and found is None
        if found is not None:
            formula, place = found
            if formula.source.strip():
                out.append(chr(_FIRST_PLACEHOLDER + len(formulas)))
                formulas.append(formula)
        else:
            out.append(sign[0].replace("$", "\\$") if sign[0] in ("$", "$$") else sign[0])
    return "".join([*out, title[place:]]), formulas


def _find_formula(title: str, opening: re.Match[str]) -> tuple[_Formula, int] | None:
    """Return the formula that begins with *opening* and the place behind it, or None if nothing closes it."""
    closing = _CLOSING[opening[0]]
    depth = 0
    place = opening.end()
    while (sign := _SIGN.search(title, place)) is not None:
        is_half = closing == "$" and sign[0] == "$$"  # the second half may open the next formula
        place = sign.start() + 1 if is_half else sign.end()
        if depth == 0 and (sign[0] == closing or is_half):
            source = title[opening.end() : sign.start()]
            if closing == "$" and is_money(source, title[place : place + 1]):
                return None
            return _Formula(opening[0], source), place
        depth += {"{": 1, "}": -1}.get(sign[0], 0)
        if depth < 0:
            return None
    return None


def _bibtex_formula(formula: _Formula) -> str:
    try:
        written = write_formula(formula.source)
    except UnsafeFormula:
        return encode_text(_unicode_formula(formula))
    if not written:
        return ""
    if text := _ONLY_TEXT.fullmatch(written):
        return text[1]
    if not _has_braces_in_pairs(written):
        written = _BRACE.sub(lambda found: _NAMED_BRACES.get(found[0], found[0]), written)
    return f"\\({written}\\)" if formula.opening in ("\\(", "\\[") else f"${written}$"


def _has_braces_in_pairs(written: str) -> bool:
    """Return whether BibTeX, to which a backslash before a brace means nothing, finds each brace's partner."""
    depth = 0
    for sign in written:
        depth += {"{": 1, "}": -1}.get(sign, 0)
        if depth < 0:
            return False
    return depth == 0


def _unicode_formula(formula: _Formula) -> str:
    return to_text(f"${formula.source}$")
