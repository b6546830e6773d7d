"""Splits abstracts into sentences, with TeX left whole. Pure text, no tables of a language model."""

import re
import unicodedata

# A formula. Longer than any real one it is taken as text: an odd number of dollars pairs the wrong ones.
MATH = re.compile(r"\$\$[^$]{1,600}\$\$|(?<!\\)\$[^$]{1,400}(?<!\\)\$|\\\([^$]{1,400}?\\\)|\\\[[^$]{1,600}?\\\]")


def word_set(words: str) -> frozenset[str]:
    return frozenset(words.split())


_NEVER_LAST = word_set(
    "e.g i.e eg ie cf vs viz fig figs eq eqs eqn eqns sec sect ref refs tab thm prop lem cor def resp approx ca"
    " dr prof mr mrs ms st no nos vol pp ch chap app appx incl esp max min avg std dept univ w.r.t r.h.s l.h.s"
)
# These end a sentence only before a word that begins one.
_SELDOM_LAST = word_set("al etc i.i.d iid a.s a.e u.s u.k u.s.a e.u a.k.a ph.d jr sr inc ltd co d.c")

_STARTERS = word_set(
    "We Our The This These That Those It In On To For By With From As At However Moreover Furthermore Finally Here"
    " Using Such Since While When If Both All Their They There Thus Therefore Recent Existing Current A An"
)
_END = re.compile(r"[.!?…]+[\"'”’)\]}]*(?=\s+[^\s])|(?<=[a-z]{2})\.(?=(?:We|The|This|These|Our|In|It|To|However)\s)")
_TOKEN_BEFORE = re.compile(r"[^\s(\[{$\"'“‘—–-]+$")
_NEXT = re.compile(r"\s*([\"'“‘(\[]*)(\w*)")
# "MR", which is no "Mr"; "C" and "C.V", after which a name goes on.
_ACRONYM = re.compile(r"[A-Z]{2,}")
_INITIALS = re.compile(r"(?:[^\W\d_]\.-?)*[^\W\d_]")
_SPACES = re.compile(r"\s+")


def clean_line(text: str) -> str:
    """Return *text* on one line: no control, format or broken characters; runs of white space become one space."""
    if not text.isprintable():
        text = "".join(map(_clean_character, text))
    return _SPACES.sub(" ", text).strip()


def _clean_character(character: str) -> str:
    kind = unicodedata.category(character)
    if kind in {"Cc", "Zl", "Zp"}:
        return " "
    return "" if kind in {"Cf", "Cs", "Cn"} else character


def find_formulas(text: str) -> list[tuple[int, int]]:
    """Return the (start, end) places of the formulas."""
    return [match.span() for match in MATH.finditer(text)] if "$" in text or "\\" in text else []


def split_sentences(text: str) -> list[str]:
    """Return the sentences of *text*, which `clean_line` made one line. Joined with spaces they give it again."""
    formulas = find_formulas(text)
    sentences, start = [], 0
    for match in _END.finditer(text):
        end = match.end()
        if not any(left < end < right for left, right in formulas) and _ends_sentence(text, start, match):
            sentences.append(text[start:end].strip())
            start = end
    sentences.append(text[start:].strip())
    return [sentence for sentence in sentences if sentence]


def _ends_sentence(text: str, start: int, match: re.Match[str]) -> bool:
    mark = match.group()
    following = _NEXT.match(text, match.end())
    word = following.group(2) if following else ""
    if word[:1].islower() and word.islower():
        return False  # but "iPhone" and "iDCOL" may begin a sentence
    if not mark.startswith(".") or mark.startswith(".."):
        return True
    before = _TOKEN_BEFORE.search(text, start, match.start())
    written = before.group().rstrip(".") if before else ""
    token = written.lower()
    if token in _NEVER_LAST and not _ACRONYM.fullmatch(written):
        return False
    if token in _NEVER_LAST or token in _SELDOM_LAST or (written.isupper() and _INITIALS.fullmatch(written)):
        return word in _STARTERS
    return True
