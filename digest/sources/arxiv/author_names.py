"""Names of authors from one line, as in `Andr\\'e Onal (MIT, Boston), B. Li and the ATLAS Collaboration`.

Listings and arXivRaw records hold the line as the authors typed it, with TeX accents. The API gives separate names in
Unicode. A name must come out the same from either, because readers follow authors by it.
"""

import re
import unicodedata

_ACCENTS = {
    "'": "\u0301", "`": "\u0300", "^": "\u0302", '"': "\u0308", "~": "\u0303", "=": "\u0304", ".": "\u0307",
    "u": "\u0306", "v": "\u030c", "H": "\u030b", "c": "\u0327", "k": "\u0328", "r": "\u030a", "d": "\u0323",
    "b": "\u0331",
}  # fmt: skip
_LETTERS = {
    "o": "ø", "O": "Ø", "l": "ł", "L": "Ł", "ss": "ß", "ae": "æ", "AE": "Æ", "oe": "œ", "OE": "Œ", "aa": "å", "AA": "Å",
    "i": "ı", "j": "ȷ", "dh": "ð", "DH": "Ð", "dj": "đ", "DJ": "Đ", "th": "þ", "TH": "Þ", "ng": "ŋ", "NG": "Ŋ",
}  # fmt: skip
_DOTLESS = {"ı": "i", "ȷ": "j"}
_LETTER = re.compile(rf"\\({'|'.join(sorted(_LETTERS, key=len, reverse=True))})(?:\{{\}}|(?![A-Za-z])[ \t]*)")
_ACCENT = re.compile(r"""\\(?:(['`^"~=.])\s*|([uvHckrdb])(?:\s+|(?=[{ıȷ])))(?:\{\s*([^\W\d_])\s*\}|([^\W\d_]))""")
_BRACES = re.compile(r"\{([^{}\\$]*)\}")
_SPACES = re.compile(r"\\[ ,]|(?<!\\)~")
# A space that is meant, as in `Micha\l\ Kowalski`: the one after `\l` alone only ends the command.
_MEANT_SPACE = "\u00a0"

_MAX_NESTED_BRACES = 5
# `\~{\^e}` is one letter with two accents.
_MAX_ACCENTS = 3

_SUFFIX = re.compile(r"(?i:jr|sr)\.?|[IVX]{2,4}")
_AND = re.compile(r"[ ,](?:and|&) ", re.IGNORECASE)
_OTHERS = re.compile(r"et\.?\s*al\.?|others", re.IGNORECASE)
_SEPARATOR = re.compile(r"[,;:]")
# Whoever writes for a collaboration is the author; the collaboration is none.
_ON_BEHALF = re.compile(
    r"\s?\(?\b(?:on\s+behalf\s+of|for)\s+the\b[^,;:]{0,200}?(?:collaborations?|consorti\w+|teams?|groups?)\b[^,;:]*"
    r"|\s?\(?\bon\s+behalf\s+of\b[^,;:]*",
    re.IGNORECASE,
)


def parse_author_line(line: str) -> list[str]:
    """Return the names of a line in Unicode, without affiliations, colons and "et al.".

    A collaboration is an author, but none on whose behalf somebody writes.
    """
    names: list[str] = []
    bare = remove_on_behalf(tex_accents_to_unicode(" ".join(_without_affiliations(line).split())))
    bare = _AND.sub(",", bare)
    for name in (" ".join(part.split()) for part in _SEPARATOR.split(bare)):
        if names and _SUFFIX.fullmatch(name):
            names[-1] += f" {name}"
        elif name and not _OTHERS.fullmatch(name):
            names.append(name)
    return names


def remove_on_behalf(names: str) -> str:
    """Return *names* without those on whose behalf somebody writes: `A. Li on behalf of the ATLAS Collaboration`."""
    return _ON_BEHALF.sub("", names).strip()


def tex_accents_to_unicode(text: str) -> str:
    r"""Replace accents and letters of TeX by characters: `Erd\H{o}s` becomes Erdős. Unknown commands stay."""
    if "\\" not in text and "{" not in text and "~" not in text:
        return text
    text = _LETTER.sub(lambda found: _LETTERS[found[1]], _SPACES.sub(_MEANT_SPACE, text))
    for _ in range(_MAX_ACCENTS):
        text = _ACCENT.sub(_apply_accent, text)
    for _ in range(_MAX_NESTED_BRACES):
        text = _BRACES.sub(r"\1", text)
    return text.replace(_MEANT_SPACE, " ")


def _apply_accent(found: re.Match[str]) -> str:
    mark, letter = found[1] or found[2], found[3] or found[4]
    return unicodedata.normalize("NFC", _DOTLESS.get(letter, letter) + _ACCENTS[mark])


def _without_affiliations(line: str) -> str:
    """Remove what stands in parentheses, nested ones too. A parenthesis that nobody closes hides only itself."""
    outside: list[str] = []
    # Where in `outside` each open parenthesis began.
    opened: list[int] = []
    for piece in re.split(r"([()])", line):
        if piece == "(":
            opened.append(len(outside))
        elif piece == ")" and opened:
            del outside[opened.pop() :]
            outside.append(" ")
        elif piece != ")":
            outside.append(piece)
    return "".join(outside)
