"""TeX as people read it: `$\\ell_2$` becomes ℓ₂, `Erd\\H{o}s` Erdős, `50\\%` 50%.

Metadata is no program: authors leave `$` open, write prices, bare `%` and macros of their own. So this reads what is
there, one pass from left to right, and what it does not know it keeps: no word of the source is ever lost.
(pylatexenc's own converter drops text after `%`, between `$5 and $6`, and inside `\\texttt`; only its table of symbols
is used.)
"""

import re

from digest.letters.tex.parser import TexParser
from digest.letters.text_layout import one_line, remove_invisible

_SPECIAL = re.compile(r"[\\${}^_~`]|''|--")
_QUOTED = re.compile(r"(?<![`\w\\])`([^`'\n]{1,80})'(?![\w'])")


def to_text(raw: str) -> str:
    """Return *raw* in readable Unicode on one line. It never raises; a price keeps its sign, as ＄."""
    raw = remove_invisible(raw)
    if _SPECIAL.search(raw) is None:
        return " ".join(raw.split())
    text = TexParser(_QUOTED.sub(r"‘\1’", raw)).run(math=False)
    return one_line(text)
