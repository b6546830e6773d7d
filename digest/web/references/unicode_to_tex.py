"""Writes Unicode as TeX in ASCII, for pdflatex with amsmath, amssymb and the encoding T1."""

import re
import unicodedata
from functools import lru_cache
from types import MappingProxyType

from anyascii import anyascii
from pylatexenc.latexencode import get_builtin_uni2latex_dict

from digest.letters.tex.symbols import DOLLAR, SUBSCRIPTS, SUPERSCRIPTS
from digest.letters.tex.symbols import SYMBOLS as READ_SYMBOLS
from digest.web.references.math_commands import SYMBOLS


def _words(names: str) -> frozenset[str]:
    return frozenset(names.split())


_ASCII = MappingProxyType(
    {
        "\\": r"\textbackslash{}",
        "{": r"\textbraceleft{}",  # BibTeX counts escaped braces as well
        "}": r"\textbraceright{}",
        "^": r"\textasciicircum{}",
        "~": r"\textasciitilde{}",
        **{sign: f"\\{sign}" for sign in "$&%#_"},
    }
)
# Signs that fonts in T1 draw as another one when they stand together.
_LIGATURES = frozenset(("--", "<<", ">>", ",,", "''", "``", "!`", "?`"))

_PUNCTUATION = MappingProxyType(
    {
        "“": "``",
        "”": "''",
        "‘": "`",
        "’": "'",
        "–": "--",
        "—": "---",
        "…": r"{\ldots}",
        "\u00a0": "~",
        "\u00ad": "",
        DOLLAR: r"\$",
        **dict.fromkeys("‐‑‒", "-"),
        **dict.fromkeys("ʹʼˈ", "'"),
    }
)

# Combining marks and the accents of T1.
_ACCENTS = MappingProxyType(
    dict(zip("\u0300\u0301\u0302\u0308\u0303\u0304\u0307", "`'^\"~=.", strict=True))
    | dict(zip("\u0306\u030c\u030b\u0327\u0323\u0331\u0328\u030a", "uvHcdbkr", strict=True))
    | {"\u0326": "c"}  # the comma below of Romanian letters; T1 has the cedilla
)
_MATH_ACCENTS = MappingProxyType(
    {
        "\u0300": "grave",
        "\u0301": "acute",
        "\u0302": "hat",
        "\u0303": "tilde",
        "\u0304": "bar",
        "\u0306": "breve",
        "\u0307": "dot",
        "\u0308": "ddot",
        "\u030c": "check",
        "\u20d7": "vec",
    }
)
_DOTLESS = MappingProxyType({"i": r"\i", "j": r"\j"})
_BELOW = frozenset("\u0327\u0323\u0331\u0328\u0326")

# Letters and signs of text that T1 and its companion font have.
_TEXT_COMMANDS = _words(
    "AE ae DH dh DJ dj L l NG ng O o OE oe TH th ss i j IJ ij guillemotleft guillemotright guilsinglleft "
    "guilsinglright quotedblbase quotesinglbase textexclamdown textquestiondown textcent textsterling "
    "textcurrency textyen textbrokenbar textsection textcopyright textordfeminine textordmasculine "
    "textregistered textparagraph textonequarter textonehalf textthreequarters textflorin textbullet "
    "textperthousand textreferencemark texteuro textwon textdong textlira textnaira textpeso textcolonmonetary "
    "textnumero textcircledP textservicemark texttrademark textestimated textinterrobang textrecipe textohm "
    "textmho"
)
_MATH = MappingProxyType(
    {
        "°": r"^{\circ}",
        "℃": r"^{\circ}\mathrm{C}",
        "℉": r"^{\circ}\mathrm{F}",
        "±": r"\pm",
        "×": r"\times",
        "÷": r"\div",
        "·": r"\cdot",
        "¬": r"\neg",
        "−": "-",
        "′": "'",
        "″": "''",
        "‴": "'''",
        "ħ": r"\hbar",
        "ƛ": r"\bar{\lambda}",
        "µ": r"\mu",
        "→": r"\rightarrow",
        "←": r"\leftarrow",
        "↔": r"\leftrightarrow",
        "ε": r"\epsilon",  # arXiv writes \epsilon as ε and \phi as φ, and leaves \varepsilon and \varphi
        "φ": r"\phi",
        "☉": r"\odot",
        "∖": r"\setminus",
        "≔": ":=",
        "≂": r"\eqsim",
        "⁻": "^{-}",
        "√": r"\surd",
        "●": r"\bullet",
        "•": r"\bullet",
        "…": r"\ldots",
        "†": r"\dagger",
        "‡": r"\ddagger",
        "∗": "*",
        "∶": ":",
        "∕": "/",
        "∙": r"\cdot",
        "∼": r"\sim",
        "⟨": r"\langle",
        "⟩": r"\rangle",
        "〈": r"\langle",
        "〉": r"\rangle",
        "⟶": r"\longrightarrow",
        "⟵": r"\longleftarrow",
        "⟷": r"\longleftrightarrow",
        "⟹": r"\Longrightarrow",
        "⟸": r"\Longleftarrow",
        "⟺": r"\Longleftrightarrow",
        "⟼": r"\longmapsto",
        "□": r"\square",
        "◦": r"\circ",
        "∎": r"\blacksquare",
        "≢": r"\not\equiv",
        "∦": r"\nparallel",
        "✓": r"\checkmark",
        "ϕ": r"\varphi",
        "ϵ": r"\varepsilon",
        "≲": r"\lesssim",
        "≳": r"\gtrsim",
    }
)
_RAISED = MappingProxyType({sign: plain for plain, sign in reversed([*SUPERSCRIPTS.items()]) if sign != plain})
_LOWERED = MappingProxyType({sign: plain for plain, sign in reversed([*SUBSCRIPTS.items()]) if sign != plain})
_CLUSTER = re.compile(
    rf"(?P<raised>[{re.escape(''.join(sign for sign in _RAISED if sign not in '°′″'))}]+)"
    rf"|(?P<lowered>[{re.escape(''.join(_LOWERED))}]+)"
    r"|(?P<letter>[^\u0300-\u036f\u20d7][\u0300-\u036f\u20d7]*|[\u0300-\u036f\u20d7])",
    re.DOTALL,
)
_LIBRARY = MappingProxyType(get_builtin_uni2latex_dict())
# The other way round of what letters read.
_READ_BACK = MappingProxyType({sign: f"\\{name}" for name, sign in READ_SYMBOLS.items() if name in SYMBOLS})
_LIBRARY_MATH = re.compile(r"\\ensuremath\{(.+)\}")
_SAFE_MATH = re.compile(
    r"(?:\\(?P<symbol>[A-Za-z]+)|\\(?:mathbb|mathfrak|mathcal|mathscr|mathbf)\{[A-Za-z0-9]\}|[A-Za-z0-9*/<>=+|:.-])+"
)
# amssymb has double-struck capitals only.
_NO_CAPITAL = re.compile(r"\\mathbb(?=\{[a-z0-9])")
_ALPHABETS = MappingProxyType(
    {
        "BOLD": "mathbf",
        "ITALIC": "mathit",
        "SCRIPT": "mathcal",
        "FRAKTUR": "mathfrak",
        "DOUBLE-STRUCK": "mathbb",
        "SANS-SERIF": "mathsf",
        "MONOSPACE": "mathtt",
    }
)


def encode_text(text: str) -> str:
    """Return *text* in ASCII, as TeX sets it in a paragraph. What no font in T1 has is transliterated."""
    text = unicodedata.normalize("NFC", text)
    pieces: list[str] = []
    for cluster in _CLUSTER.finditer(text):
        if cluster["raised"]:
            piece = f"$^{_scripts(cluster['raised'], _RAISED)}$"
        elif cluster["lowered"]:
            piece = f"$_{_scripts(cluster['lowered'], _LOWERED)}$"
        else:
            piece = _encode_letter(cluster["letter"])
            if text[max(0, cluster.start() - 1) : cluster.end()] in _LIGATURES:
                pieces.append("{}")
        _append(pieces, piece)
    return "".join(pieces)


@lru_cache(maxsize=4_000)
def encode_math(letter: str) -> str:
    """Return a character beyond ASCII as it is written inside a formula; empty if mathematics has none for it."""
    decomposed = unicodedata.normalize("NFD", letter)
    base, marks = decomposed[0], decomposed[1:]
    if len(marks) == 1 and marks in _MATH_ACCENTS and letter not in _MATH:
        inner = base if base.isascii() else encode_math(base)
        return f"\\{_MATH_ACCENTS[marks]}{{{inner}}}" if inner else ""
    if len(letter) > 1:
        return ""
    if letter in _MATH:
        return _MATH[letter]
    if letter in _RAISED:
        return f"^{_scripts(letter, _RAISED)}"
    if letter in _LOWERED:
        return f"_{_scripts(letter, _LOWERED)}"
    found = _LIBRARY_MATH.fullmatch(_LIBRARY.get(ord(letter), ""))
    written = found[1].replace("mathscr", "mathcal") if found else ""
    written = _NO_CAPITAL.sub(r"\\mathbf", written)
    if written and _is_safe(written):
        return written
    return _READ_BACK.get(letter) or _encode_alphabet(letter)


def _is_safe(written: str) -> bool:
    commands = set(re.findall(r"\\([A-Za-z]+)", written)) - set(_ALPHABETS.values())
    return _SAFE_MATH.fullmatch(written) is not None and commands <= SYMBOLS


def _encode_alphabet(letter: str) -> str:
    """Return a letter of one of Unicode's mathematical alphabets: 𝒜, 𝔸, 𝐀."""
    name = unicodedata.name(letter, "")
    plain = unicodedata.normalize("NFKD", letter)
    if not name.startswith("MATHEMATICAL ") or len(plain) != 1 or plain == letter:
        return ""
    inner = plain if plain.isascii() else encode_math(plain)
    alphabet = next((command for word, command in _ALPHABETS.items() if word in name), "mathit")
    return _NO_CAPITAL.sub(r"\\mathbf", f"\\{alphabet}{{{inner}}}") if plain.isascii() else inner


def _scripts(run: str, plain: MappingProxyType[str, str]) -> str:
    inner = "".join(_inside_script(plain[sign]) for sign in run)
    return inner if len(inner) == 1 else f"{{{inner}}}"


def _inside_script(letter: str) -> str:
    written = letter if letter.isascii() else encode_math(letter)
    return f"{written} " if written.startswith("\\") else written


def _append(pieces: list[str], piece: str) -> None:
    """Append a piece. Two formulas in a row become one, since `$$` means something else."""
    before = pieces[-1] if pieces else ""
    if not (_is_formula(before) and _is_formula(piece)):
        pieces.append(piece)
        return
    left, right = before[1:-1], piece[1:-1]
    gap = "{}" if right[0] in "^_'" and re.search(r"[\^_']", left) else ""
    gap = gap or (" " if right[0].isalpha() and re.search(r"\\[A-Za-z]+$", left) else "")
    pieces[-1] = f"${left}{gap}{right}$"


def _is_formula(piece: str) -> bool:
    return len(piece) > 2 and piece[0] == "$" == piece[-1] and piece[-2] != "\\"


@lru_cache(maxsize=4_000)
def _encode_letter(cluster: str) -> str:
    """Return one letter with its accents, or one sign, as TeX."""
    if len(cluster) == 1 and cluster.isascii():
        return _ASCII.get(cluster, cluster if cluster.isprintable() else " ")
    if cluster in _PUNCTUATION:
        return _PUNCTUATION[cluster]
    if cluster.isspace():
        return " "
    if accented := _encode_accents(unicodedata.normalize("NFD", cluster)):
        return accented
    command = _LIBRARY.get(ord(cluster), "") if len(cluster) == 1 else ""
    if command[1:] in _TEXT_COMMANDS:
        return f"{{{command}}}"
    if command.isascii() and command.isalnum():  # a capital Alpha looks like an A
        return command
    if formula := encode_math(cluster):
        return f"${formula}$"
    return _transliterate(cluster) if len(cluster) == 1 else "".join(map(_encode_letter, cluster))


def _encode_accents(decomposed: str) -> str:
    base, marks = decomposed[0], decomposed[1:]
    if not marks or any(mark not in _ACCENTS for mark in marks):
        return ""
    if not (base.isascii() and base.isalpha()):
        return ""
    is_first_above = base in _DOTLESS and marks[0] not in _BELOW
    written = _DOTLESS[base] if is_first_above else base
    for mark in marks:
        accent = _ACCENTS[mark]
        needs_braces = accent.isalpha() and written[0] != "{"
        written = f"{{\\{accent}{{{written}}}}}" if needs_braces else f"{{\\{accent}{written}}}"
    return written


def _transliterate(letter: str) -> str:
    """Return a letter of another script in Latin ones; nothing for a mark that has no sound of its own."""
    compatible = unicodedata.normalize("NFKD", letter)
    if compatible != letter:
        return "".join(_encode_letter(each) for each in compatible if not unicodedata.combining(each))
    return "".join(_ASCII.get(sign, sign) for sign in anyascii(letter))
