"""Writes strangers' formulas so that LaTeX sets them: ASCII, known commands with all their arguments, nothing else."""

import re

from digest.letters.tex.to_unicode import to_text
from digest.web.references import math_commands as known
from digest.web.references.unicode_to_tex import encode_math, encode_text

MAX_NESTING = 30

_LEXEME = re.compile(r"\\(?:[A-Za-z]+\*?|.)|.", re.DOTALL)
# MathJax's way to name a character by its number.
_UNICODE = re.compile(r"\\unicode\{[xX]?[0-9A-Fa-f]{1,6}\}")
_OPTION = re.compile(r"\[[A-Za-z0-9+\-*/ ]*\]")
_ESCAPED = frozenset("%&#")
_ONE_LEXEME = re.compile(r"\\?[^\\]|\\[A-Za-z]+")
_COMMAND = re.compile(r"\\(?P<name>[A-Za-z]+\*?)")
_AFTER_NOT = re.compile(r"[=<>]|\\[A-Za-z]+")


class UnsafeFormula(ValueError):
    """TeX could not set the formula, or it holds commands that nobody knows."""


def write_formula(source: str) -> str:
    """Return the inside of a formula for LaTeX, as it was written where that is possible. Raises UnsafeFormula."""
    return _FormulaWriter(_UNICODE.sub(lambda found: to_text(found[0]), source)).write_list("").strip()


class _FormulaWriter:
    """Reads a formula from `place` on, one method for each thing that may stand there."""

    def __init__(self, source: str) -> None:
        self.lexemes = [lexeme[0] for lexeme in _LEXEME.finditer(source)]
        self.place = 0
        self.depth = 0

    def write_list(self, end: str) -> str:
        """Return what stands up to *end*: a closing brace, `\\right`, or the end of the formula."""
        self.depth += 1
        if self.depth > MAX_NESTING:
            raise UnsafeFormula("nested too deeply")
        out = ""
        # Which scripts the last letter or group has: TeX allows one of each.
        scripts: set[str] = set()
        while self.place < len(self.lexemes):
            lexeme = self._next()
            if lexeme == end:
                self.depth -= 1
                return out
            if lexeme.isspace():
                out += " "
            elif lexeme in "^_'":
                out += self._write_script(lexeme, scripts)
            else:
                piece = self._write_atom(lexeme, out)
                is_script = piece[:1] in ("^", "_", "'")  # a raised letter of Unicode
                if is_script and piece[0] in scripts:
                    raise UnsafeFormula("two scripts")
                scripts = scripts | {piece[0]} if is_script else set()
                out = _join(out, piece)
        if end:
            raise UnsafeFormula("something is not closed")
        self.depth -= 1
        return out

    def _next(self) -> str:
        if self.place >= len(self.lexemes):
            raise UnsafeFormula("an argument is missing")
        self.place += 1
        return self.lexemes[self.place - 1]

    def _next_solid(self) -> str:
        while (lexeme := self._next()).isspace():
            pass
        return lexeme

    def _write_atom(self, lexeme: str, before: str) -> str:
        if lexeme == "{":
            return f"{{{self.write_list('}')}}}"
        if lexeme in ("}", "$", "\\"):
            raise UnsafeFormula("a sign without its partner")
        if lexeme[0] == "\\":
            return self._write_command(lexeme[1:], before)
        if lexeme in _ESCAPED:
            return f"\\{lexeme}"
        if lexeme.isascii():
            if not lexeme.isprintable():
                raise UnsafeFormula("a control character")
            return lexeme
        written = encode_math(lexeme) or f"\\text{{{encode_text(lexeme)}}}"
        if "$" in written:
            raise UnsafeFormula("a sign that only text has")
        return written

    def _write_script(self, mark: str, scripts: set[str]) -> str:
        if mark == "'":
            if "^" in scripts:
                raise UnsafeFormula("a prime after an exponent")
            scripts.add("'")
            return mark
        if mark in scripts:
            raise UnsafeFormula("two scripts")
        scripts.add(mark)
        lexeme = self._next_solid()
        if lexeme in "^_'":
            raise UnsafeFormula("a script without a letter")
        written = self._write_atom(lexeme, "^")
        if not lexeme.isascii():  # a letter of Unicode may be raised already
            written = written.lstrip("^_").replace("'", "\\prime ").strip()
        command = _COMMAND.match(written)
        in_braces = command is not None and command["name"] in known.BRACED_AS_SCRIPTS
        in_braces = in_braces or (not lexeme.isascii() and not _ONE_LEXEME.fullmatch(written))
        return f"{mark}{{{written}}}" if in_braces else f"{mark}{written}"

    def _write_command(self, name: str, before: str) -> str:
        name = known.RENAMED.get(name, name)
        if name in ("<", ">"):
            return name
        if name in known.SYMBOLS or name in known.CONTROL_SIGNS or name in known.SWITCHES:
            return f"\\{name}"
        if name in known.ARGUMENTS:
            return self._write_arguments(name)
        if name in known.TEXTS:
            return f"\\{name}{{{self._write_text()}}}"
        if name in known.SIZES:
            return f"\\{name}{self._write_bracket()}"
        if name == "left":
            inside = f"\\left{self._write_bracket()}{self.write_list(chr(92) + 'right')}"
            return f"{inside}\\right{self._write_bracket()}"
        if name == "not":
            return f"\\not{self._write_negated()}"
        if name in ("limits", "nolimits") and before.rstrip().endswith(known.LARGE_OPERATORS):
            return f"\\{name}"
        raise UnsafeFormula(f"nobody knows \\{name}")

    def _write_arguments(self, name: str) -> str:
        out = f"\\{name}"
        if name in known.OPTIONS:
            option = _OPTION.match("".join(self.lexemes[self.place :]))
            if option:
                self.place += len(option[0])
                out += option[0]
        for _each in range(known.ARGUMENTS[name]):
            spaces = self._skip_spaces()
            lexeme = self._next()
            if lexeme in "^_'&%#":
                raise UnsafeFormula("an argument is missing")
            if lexeme[0] == "\\" and lexeme[1:] not in known.SYMBOLS:
                raise UnsafeFormula("a command as an argument without braces")
            piece = self._write_atom(lexeme, "")
            if not _ONE_LEXEME.fullmatch(piece) and lexeme != "{":
                piece = f"{{{piece}}}"
            out = _join(f"{out} " if spaces else out, piece)
        return _without_missing_letters(name, out)

    def _skip_spaces(self) -> bool:
        start = self.place
        while self.place < len(self.lexemes) and self.lexemes[self.place].isspace():
            self.place += 1
        return self.place > start

    def _write_text(self) -> str:
        """Return what stands in the braces of `\\text`, read as text and written again."""
        if self._next_solid() != "{":
            raise UnsafeFormula("text without braces")
        start, open_braces = self.place, 1
        while open_braces:
            lexeme = self._next()
            open_braces += {"{": 1, "}": -1}.get(lexeme, 0)
        source = "".join(self.lexemes[start : self.place - 1])
        if "$" in source:
            raise UnsafeFormula("a formula inside of the text of a formula")
        text = to_text(source)
        return f"{' ' * source[:1].isspace()}{encode_text(text)}{' ' * (len(source) > 1 and source[-1:].isspace())}"

    def _write_bracket(self) -> str:
        lexeme = self._next_solid()
        bare = lexeme[1:] if lexeme[0] == "\\" and lexeme[1:].isalpha() else lexeme
        if bare in known.BRACKETS or lexeme in ("\\{", "\\}", "\\|"):
            return lexeme
        raise UnsafeFormula("no bracket")

    def _write_negated(self) -> str:
        lexeme = self._next_solid()
        if not _AFTER_NOT.fullmatch(lexeme) or (lexeme[0] == "\\" and lexeme[1:] not in known.SYMBOLS):
            raise UnsafeFormula("nothing to negate")
        return lexeme


def _without_missing_letters(name: str, written: str) -> str:
    """Return bold letters instead of double-struck ones where amssymb has none: it has capitals only."""
    inside = written.removeprefix("\\mathbb").strip("{} ")
    return f"\\mathbf{{{inside}}}" if name == "mathbb" and re.search(r"[a-z0-9]", inside) else written


def _join(before: str, piece: str) -> str:
    """Return both, with a space where a command would swallow the letter after it."""
    is_glued = piece[:1].isalpha() and re.search(r"\\[A-Za-z]+$", before) is not None
    return f"{before} {piece}" if is_glued else before + piece
