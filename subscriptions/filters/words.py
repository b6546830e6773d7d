"""The one normalisation of words, for filters and for papers: accents, case, TeX and plurals make no difference."""

import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache

_GREEK = (
    *("alpha", "beta", "gamma", "delta", "epsilon", "zeta", "eta", "theta", "iota", "kappa", "lambda", "mu"),
    *("nu", "xi", "omicron", "pi", "rho", "sigma", "sigma", "tau", "upsilon", "phi", "chi", "psi", "omega"),
)
# Letters that Unicode does not take apart. Greek letters become their names: `β-VAE` is the same as `$\beta$-VAE`.
_LETTERS = str.maketrans(
    {chr(0x3B1 + n): name for n, name in enumerate(_GREEK)}
    | {"ø": "o", "ł": "l", "æ": "ae", "œ": "oe", "đ": "d", "ð": "d", "þ": "th", "ı": "i", "ħ": "h"}
)

_SPELLED = frozenset((*_GREEK, "latex", "tex", "varepsilon", "vartheta", "varphi", "varrho", "varsigma"))
_TEX_LETTERS = frozenset(["ae", "aa", "oe", "ss", "dh", "dj", "th", "i", "j", "o", "l"])
_TEX = re.compile(
    r"""
      \\-                                           # a hint where to hyphenate
    | \\['`^"~=.]\s*\{?\s*                          # an accent: \'e \"{o} \'{\i}
    | \\[vcuHkrbdt](?![A-Za-z])\s*\{?\s*            # an accent with a letter: \v{c} \H o
    | \\(?P<name>[A-Za-z]+)(?P<argument>\s*\{)?     # any other command
    | \\.                                           # \% \& \, \\
    """,
    re.VERBOSE | re.DOTALL,
)
# Signs that are dropped: `H$_2$O` is one word, also with soft hyphens and zero-width spaces in it.
_INVISIBLE = str.maketrans("", "", "${}^_\u00ad\u200b\u2060\ufeff")

WRITTEN_WITHOUT_SPACES = "\u2e80-\u2fdf\u3005-\u3007\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\U00020000-\U0003ffff"
# A character of a script without spaces, or a run of letters and digits, perhaps as in C++ and C#.
_WORD = re.compile(rf"[{WRITTEN_WITHOUT_SPACES}]|[^\W_{WRITTEN_WITHOUT_SPACES}]+(?:(?<=[^\W\d_])(?:\+\+|\#)(?!\w))?")
# What `words` makes one word of, or several that stand together, in a text without TeX; a command that is left is none.
_PIECE = re.compile(
    rf"\\[A-Za-z]+|[{WRITTEN_WITHOUT_SPACES}]"
    rf"|(?:[^\W{WRITTEN_WITHOUT_SPACES}]|[$^{{}}\u00ad\u200b\u2060\ufeff\u0300-\u036f])+(?:(?<=[^\W\d_])(?:\+\+|\#)(?!\w))?"
)
# Signs that make one word of two, or none of one.
_JOINING = re.compile(r"[$^{}_+#\\]")
_ASCII_WORD = re.compile("[a-z0-9]+")
_BETWEEN_CJK = re.compile(rf"(?<=[{WRITTEN_WITHOUT_SPACES}]) (?=[{WRITTEN_WITHOUT_SPACES}])")


def words(text: str) -> list[str]:
    """Return the words of *text* in small letters without accents or TeX; plurals stay, as names need their last s."""
    if text.isascii() and text.replace(" ", "").isalnum():
        return text.lower().split()
    if not text.isascii():
        # Compatibility forms are taken apart, marks dropped, Greek and a few Latin letters spelled out.
        text = unicodedata.normalize("NFKD", text)
        text = unicodedata.normalize("NFKD", text.casefold())
        text = "".join(char for char in text if not unicodedata.combining(char)).translate(_LETTERS)
    if "\\" in text:
        text = _TEX.sub(_spell_command, text)
    return _WORD.findall(text.translate(_INVISIBLE).lower())


def tokens(text: str) -> list[str]:
    """Return the words of *text* with plurals folded: titles and abstracts are compared by them."""
    return [fold(word) for word in words(text)]


def find_words(text: str) -> list[tuple[str, int, int]]:
    """Return the words of a readable *text*, not folded, each with the places in it where it begins and ends."""
    if text.isascii() and not _JOINING.search(text):
        return [(found[0], *found.span()) for found in _ASCII_WORD.finditer(text.lower())]
    return [
        (word, *found.span())
        for found in _PIECE.finditer(text)
        if (piece := found[0])[0] != "\\"
        for word in ((piece.lower(),) if piece.isascii() and piece.isalnum() else words(piece))
    ]


def phrase(term_words: Iterable[str]) -> str:
    """Return words as one would write them: with spaces, save between characters of a script without spaces."""
    return _BETWEEN_CJK.sub("", " ".join(term_words))


@lru_cache(maxsize=1 << 16)
def fold(word: str) -> str:
    """Return the word without its plural ending: not always a real word (`siz`), but the same for both forms."""
    if len(word) <= 3:
        return word
    if word.endswith("s") and not word.endswith(("ss", "us", "is")):
        word = word[:-1]
    if len(word) > 3:
        if word.endswith("ie"):
            return word[:-2] + "y"
        if word.endswith(("che", "she", "sse", "xe", "ze")):
            return word[:-1]
    return word


def _spell_command(command: re.Match[str]) -> str:
    """Return what a TeX command leaves: a letter, a Greek letter's name, nothing before an argument, or a gap."""
    name = command["name"]
    if name is None:
        return "" if command[0][1] in "-'`^\"~=.vcuHkrbdt" else " "
    lower = name.lower()
    if lower in _SPELLED:
        return lower.removeprefix("var") + (command["argument"] or "")
    if lower == "ell":
        return "l"
    if lower in _TEX_LETTERS:
        return {"aa": "a", "dh": "d", "dj": "d", "j": "j"}.get(lower, lower)
    return "" if command["argument"] else " "
