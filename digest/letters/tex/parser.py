"""Parses TeX into Unicode: tokens, groups, mathematics. macros.py expands the macros."""

import re

from digest.letters.tex import macros, symbols

# Deeper braces are read as if they were not there.
MAX_NESTING = 40

_TOKEN = re.compile(
    r"(?P<url>https?://(?:\\[_%#&~$]|[^\s\\{}$])+)"
    r"|(?P<macro>\\(?:[A-Za-z]+\*?|.))"
    r"|(?P<plain>(?:(?!https?://)[^\\${}^_~`'\-])+)"
    r"|(?P<sign>``|''|---?|.)",
    re.DOTALL,
)
_QUOTES_AND_DASHES = {"``": "“", "''": "”", "--": "–", "---": "—", "}": "", "\\": ""}
_OPTION = re.compile(r"\[([^\[\]{}$\\]*)\]")
_MATHEMATICAL_OPTION = re.compile(r"\[([^\[\]]*)\]")
_VERBATIM = re.compile(r"\s*\{([^{}]*)\}")
_SOURCE = re.compile(r"\s*\{((?:[^{}]|\{[^{}]*\})*)\}")
_EXPONENT = re.compile(r"[-+]?\d+")
_RAISED = re.compile(r"[A-Za-z0-9{+\-]")
_LOWERED = re.compile(r"\{|\d(?![\d_])")
_ONE_LETTER = re.compile(r"(?:^|[^_A-Za-z])[A-Za-z]$|[A-Z)]$")
_SET = re.compile(r"[,:;]")
_PROGRAM_OPTION = re.compile(r"\s?--[A-Za-z]$")
_MACRO_WORD = re.compile(r"\\[A-Za-z]+\*?(\{[^{}]*\})?")
_PROSE = re.compile(r"[A-Za-z]{2,}[,.]?\s+[A-Za-z]{2,}")


class TexParser:
    """Reads a text from `place` on. Everything it returns is finished Unicode."""

    def __init__(self, text: str, depth: int = 0) -> None:
        self.text = text
        self.place = 0
        self.depth = depth

    def run(self, *, math: bool, in_group: bool = False) -> str:
        """Return the text up to the end, or up to the brace that closes the group."""
        out: list[str] = []
        while (token := _TOKEN.match(self.text, self.place)) is not None:
            self.place = token.end()
            piece = token.group()
            if piece == "}" and in_group:
                break
            if token.lastgroup == "plain":
                out.append(piece)
            elif token.lastgroup == "url":
                out.append(_unescape(piece))
            elif token.lastgroup == "macro":
                macros.expand_macro(self, piece[1:], out, math=math)
            else:
                self._append_sign(piece, out, math=math)
        return "".join(out)

    def peek(self, length: int = 1) -> str:
        """Return the next characters without reading them."""
        return self.text[self.place : self.place + length]

    def skip_space(self) -> str:
        """Skip white space. Return a space if there was any."""
        start = self.place
        while self.peek().isspace():
            self.place += 1
        return " " if self.place > start else ""

    # --- groups and arguments ---------------------------------------------------------------------------------------
    def read_group(self, *, math: bool) -> str:
        """Return what stands in braces; the opening one has been read."""
        if self.depth >= MAX_NESTING:
            return ""
        self.depth += 1
        inner = self.run(math=math, in_group=True)
        self.depth -= 1
        return inner

    def read_argument(self, *, math: bool) -> str:
        """Return what a macro or a script applies to: a group, a macro or one character; empty at the end."""
        self.skip_space()
        token = _TOKEN.match(self.text, self.place)
        if token is None or token.group() in ("}", "$") or self.depth >= MAX_NESTING:
            return ""
        if token.group() == "{":
            self.place += 1
            return self.read_group(math=math)
        if token.lastgroup == "macro":
            return self._read_macro(token, math=math)
        self.place += 1
        return self.text[self.place - 1]

    def _read_macro(self, token: re.Match[str], *, math: bool) -> str:
        self.place = token.end()
        self.depth += 1
        out: list[str] = []
        macros.expand_macro(self, token.group()[1:], out, math=math)
        self.depth -= 1
        return "".join(out)

    def read_option(self) -> str:
        """Return a macro's `[…]`, if one follows at once."""
        return self._read_pattern(_OPTION)

    def read_mathematical_option(self) -> str:
        """Return what stands in a macro's `[…]`, read as mathematics."""
        return TexParser(self._read_pattern(_MATHEMATICAL_OPTION), self.depth).run(math=True)

    def read_verbatim(self) -> str:
        """Return a group's source as it stands: an address, a key."""
        return _unescape(self._read_pattern(_VERBATIM).strip())

    def read_source(self) -> str:
        """Return a group's source with its backslashes: a unit."""
        return self._read_pattern(_SOURCE).strip()

    def skip_group_or_space(self) -> None:
        """Skip what only ends a command that is a letter: `{}`, or white space."""
        if self.peek(2) == "{}":
            self.place += 2
        else:
            self.skip_space()

    @staticmethod
    def render_script(mark: str, text: str) -> str:
        """Return *text* above or below the line."""
        return render_script(mark, text)

    def _read_pattern(self, pattern: re.Pattern[str]) -> str:
        found = pattern.match(self.text, self.place)
        if found is None:
            return ""
        self.place = found.end()
        return found[1]

    # --- signs ------------------------------------------------------------------------------------------------------
    def _append_sign(self, piece: str, out: list[str], *, math: bool) -> None:
        if piece == "$":
            out.append(self._read_dollar())
        elif piece == "{":
            out.append(self._read_braces(math=math))
        elif piece in "^_":
            self._append_script(piece, out, math=math)
        elif piece == "~":
            out.append(" " if math or self._is_tie() else "~")
        elif piece in ("''", "'") and math:
            out.append("″" if piece == "''" else "′")
        elif piece == "--" and _PROGRAM_OPTION.match(
            self.text[max(0, self.place - 3) : self.place + 1].lstrip("(`\"'")
        ):
            out.append(piece)
        else:
            out.append(_QUOTES_AND_DASHES.get(piece, piece))

    def _is_tie(self) -> bool:
        """Return whether a `~` is TeX's space between two words; before a number or in a path it is a tilde."""
        before = self.text[max(0, self.place - 2) : self.place - 1]
        return bool(before.strip()) and before not in "/(" and bool(self.peek().strip())

    def _read_braces(self, *, math: bool) -> str:
        """Read a group without a macro. The braces of a set in plain text, `{0, 1}`, are text themselves."""
        start = self.place
        inner = self.read_group(math=math)
        source = self.text[start : self.place - 1]
        is_set = not math and len(source) > 1 and "\\" not in source and _SET.search(source) is not None
        return f"{{{inner}}}" if is_set else inner

    # --- mathematics ------------------------------------------------------------------------------------------------
    def _read_dollar(self) -> str:
        """Read from a `$` to its partner. Money stays text, and a `$` without a partner goes."""
        double = self.peek() == "$"
        start = self.place + double
        end = self._find_partner(start)
        if end < 0 or (not double and is_money(self.text[start:end], self.text[end + 1 : end + 2])):
            return symbols.DOLLAR if self.peek().isalnum() else ""
        self.place = end + 1 + (double and self.text.startswith("$", end + 1))
        return TexParser(self.text[start:end], self.depth).run(math=True)

    def _find_partner(self, start: int) -> int:
        end = self.text.find("$", start)
        while end > 0 and self.text[end - 1] == "\\":
            end = self.text.find("$", end + 1)
        return end

    def _append_script(self, mark: str, out: list[str], *, math: bool) -> None:
        if not math and not self._starts_script(mark):
            out.append(mark)
            return
        if math and out:
            out[-1] = out[-1].rstrip()
        exponent = None if math else _EXPONENT.match(self.text, self.place)
        if exponent is None:
            out.append(render_script(mark, self.read_argument(math=True).strip()))
        else:
            self.place = exponent.end()
            out.append(render_script(mark, exponent.group()))

    def _starts_script(self, mark: str) -> bool:
        """Return whether a script begins: outside mathematics `10^6`, `H_2O` have one, `snake_case_2` has none."""
        if mark == "^":
            return _RAISED.match(self.text, self.place) is not None
        before = self.text[max(0, self.place - 3) : self.place - 1]
        return _ONE_LETTER.search(before) is not None and _LOWERED.match(self.text, self.place) is not None


def render_script(mark: str, text: str) -> str:
    """Return *text* above or below the line. Without Unicode for all of it the mark stays: `V_T`, `x^(a,b)`."""
    table = symbols.SUPERSCRIPTS if mark == "^" else symbols.SUBSCRIPTS
    compact = "".join(text.split())
    if all(letter in table for letter in compact):
        return "".join(table[letter] for letter in compact)
    return mark + (text if text.isalnum() or len(text) == 1 else f"({text})")


def is_money(inside: str, after: str) -> bool:
    """Return whether the `$` before *inside* is a price: a digit follows, and the text up to the next `$` is prose."""
    if re.match(r"[\d.,]+(?![\d.,]|\s*[\\^_=<>+])", inside) is None:
        return False
    without_macros = _MACRO_WORD.sub("\0", inside)
    ends_open = inside[-1:].isspace() and re.search(r"[a-z]", without_macros) is not None
    between_digits = after.isdigit() and re.search(r"[\\^_=<>]", inside) is None
    return ends_open or between_digits or _PROSE.search(without_macros) is not None


def _unescape(source: str) -> str:
    return re.sub(r"\\(.)", r"\1", source).replace("$", symbols.DOLLAR)
