"""The letters and digits of a text that stand outside TeX's markup: every one of them must reach the reader."""

import re
import unicodedata

_GROUP = r"\s*\{(?:[^{}]|\{(?:[^{}]|\{[^{}]*\})*\})*\}"
_MARKUP = re.compile(
    # Mathematics, links, units, keys and lengths are read otherwise.
    r"\$\$.*?\$\$|\$[^$]*\$|\\\(.*?\\\)|\\\[.*?\\\]"
    rf"|\\href{_GROUP}(?:{_GROUP})?"
    rf"|\\(?:SI|si|qty|unit|num){_GROUP}(?:{_GROUP})?"
    r"|\\(?:begin|end|\w*cite\w*|label|\w*ref|color|textcolor|vspace|hspace)\*?\s*(?:\[[^\]]*\])*\s*\{[^{}]*\}"
    # A letter and its accent.
    r"""|\\(?:[`'^"~=.]|[uvHckrdb](?![A-Za-z]))\s*(?:\{\s*\\?[A-Za-z]*\s*\}|\\?[A-Za-z])"""
    r"|\\[A-Za-z]+\*?|\\.|[_^]\S*",
    re.DOTALL,
)
# No more may come between two letters of the source: an address in place of its link.
MAX_GAP = 400


def find_lost(raw: str, read: str) -> str:
    """Return the letters of *raw* up to the first that *read* lacks at its place, or nothing."""
    wanted = re.sub(r"[^A-Za-z0-9]", "", _MARKUP.sub(" ", raw.replace(r"\$", " ")))
    found = re.sub(r"[^A-Za-z0-9]", "", unicodedata.normalize("NFKD", read))
    place = 0
    for number, letter in enumerate(wanted):
        at = found.find(letter, place, place + MAX_GAP)
        if at < 0:
            return wanted[: number + 1][-40:]
        place = at + 1
    return ""
