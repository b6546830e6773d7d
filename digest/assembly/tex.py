"""TeX as people read it: `$\\ell_2$` becomes ℓ₂, `Erd\\H{o}s` Erdős, `50\\%` 50%.

Metadata is no program: authors leave `$` open, write prices, bare `%` and macros of their own. So this reads what is
there, one pass from left to right, and what it does not know it keeps: no word of the source is ever lost.
(pylatexenc's own converter drops text after `%`, between `$5 and $6`, and inside `\\texttt`; only its table of symbols
is used.)
"""

import re

from digest.assembly.tex_reading import Reading

_SPECIAL = re.compile(r"[\\${}^_~`]|''|--")
_QUOTED = re.compile(r"(?<![`\w\\])`([^`'\n]{1,80})'(?![\w'])")
_UNSEEN = re.compile(
    "[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff"
    "\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]"
)
"""Control characters, marks that turn the direction of writing, halves of characters: nobody means them in a title."""


def to_text(raw: str) -> str:
    """*raw* in readable Unicode on one line. Takes anything, never raises; a price keeps its sign, as ＄."""
    if _UNSEEN.search(raw):
        raw = _UNSEEN.sub("", raw)
    if _SPECIAL.search(raw) is None:
        return " ".join(raw.split())
    text = Reading(_QUOTED.sub(r"‘\1’", raw)).run(math=False)
    return " ".join(_UNSEEN.sub("", text).split())
