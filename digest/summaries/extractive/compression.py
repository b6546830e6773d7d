"""The shorter ways to tell a sentence: its own words in their order, each way a whole sentence again.

What goes: brackets, "In this paper,", the purpose before the main clause, "We propose" before what is proposed, and
clauses at the end. What stays: conditions ("if", "when", "for every", "without", "but"), for without them a sentence
would claim more than its authors do. Where it is not plain that the rest stands on its own feet, nothing is cut.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from digest.summaries.extractive.sentences import find_formulas, word_set
from digest.summaries.extractive.shortening import close_sentence, count_words, dangles, drop_opening

# Words of the shortest telling.
MIN_WORDS = 7

# Characters within which a sentence is cut. A hostile one must not take time that grows with its square.
_FAR = 800

# A bracket, but not "(finite)" or "(semi-)simple", which say what holds.
_ASIDE = re.compile(r" ?\((?![a-z-]+\))[^()$]*\)(?![\w-])| ?\[[\d,\s–-]+\]")

_VERBS = (
    "shows? proves? demonstrates? finds? observes? evaluates? applies apply validates? verif(?:y|ies) discuss(?:es)?"
    " illustrates? analy[sz]es? compares? derives? establish(?:es)? propos(?:e|es) introduc(?:e|es) presents? provides?"
    " develops? stud(?:y|ies) investigates? identif(?:y|ies) uses? reports? describes? gives? releases? obtains? tests?"
    " explores? examines? characteri[sz]es? argues? confirms? extends? construct(?:s|ed)? designs? trains? performs?"
    " outperforms? achieves? improves? reduces? enables? allows? yields? reveals? offers?"
).replace(" ", "|")
_PRODUCT = (
    "propose|present|introduce|develop|describe|design|devise|offer|build|create|construct|release|report|provide"
)
_RESULTING = (
    "resulting|leading|allowing|enabling|making|showing|achieving|providing|yielding|including|demonstrating"
    "|outperforming|reducing|improving|revealing|indicating|suggesting|ensuring|giving|confirming|highlighting|offering"
    "|thereby|thus|hence"
)
_ENDS = re.compile(
    rf"; |: | [—–-]+ (?=\w)|, (?=(?:{_RESULTING}|which|where|while|whereas|such as|e\.g\.|i\.e\.|namely|for example"
    rf"|for instance|in contrast to|compared (?:to|with)|as well as|so that|so|especially|particularly|by|using|via"
    rf"|with|based on)\b)"
    r"| (?=(?:by|through|while) (?:\w+ly )?\w+ing\b)| (?=by means of\b|through the use of\b)"
    r"| (?=(?:using|via|whereas|thereby|such as|as well as|based on|in order to)\b)"
    rf"| (?=(?:which|that)\b)|,? (?=and (?:(?:also|then|further|empirically|experimentally|theoretically) )?"
    rf"(?:we|it|they|{_VERBS}|that|thus|therefore|hence)\b)"
)
_PURPOSE = re.compile(
    r"(?:to|in order to|by|using|via|through|motivated|inspired|guided|building|based|following|while|although|though"
    r"|despite|unlike|contrary|instead|rather|leveraging|combining|drawing|because|since|towards?|beyond|besides|apart"
    r"|as (?:an?|the|most|many|such)|in (?:contrast|addition|light|view|response|the spirit)|recently|in recent"
    r"|empirically|theoretically)\b"
    r"(?:(?!, (?:if|when|assuming|given)\b)[^;:])*?, (?=(?:we|this (?:paper|work|article|study|letter|note)|our)\b)",
    re.IGNORECASE,
)
_LEAD = re.compile(
    rf"(?:we|this (?:paper|work|article|study|letter|note)) (?:also |then |further |here |thus |therefore |first )?"
    rf"(?:{_PRODUCT})s? (?=(?:an?|the first|two|three|several) )",
    re.IGNORECASE,
)
_SUBORDINATE = word_set(
    "while although though since as when if given despite unlike to in on by for with using because whereas under after"
    " before from at through via assuming let motivated inspired based building despite once due among within during"
)
_SAYS = re.compile(
    r"\b(?:is|are|was|were|has|have|had|can|cannot|may|might|will|must|should|does|do|did|could|would|exists?|holds?"
    r"|leads?|requires?|remains?|becomes?|learns?|makes?|helps?|works?|admits?|satisf(?:y|ies)|contains?|converges?"
    r"|implies|imply|depends?|plays?|suffers?|needs?|takes?|performs?|generali[sz]es?|captures?|suggests?|indicates?"
    rf"|increases?|decreases?|gets?|tends?|occurs?|arises?|forms?|follows?|belongs?|vanish(?:es)?|{_VERBS})\b",
    re.IGNORECASE,
)
_WE_DO = re.compile(r"\bwe(?: \w+ly| also| then| further| first| here)? \w+", re.IGNORECASE)
_WE = re.compile(r"\bwe\b", re.IGNORECASE)
# A thing after which "that" tells more of it. What follows "a proof that" is what is proved.
_SOME_THING = re.compile(
    r"\ban? (?!.*(?:proof|evidence|assumption|conjecture|result|claim|fact)$)(?:[\w-]+ ){1,6}[\w-]+$"
)
_CLAUSE_WITHIN = re.compile(r"\b(?:that|whether|how|why)\b", re.IGNORECASE)
_JOINED = re.compile(
    rf"\band (?:\w+ly |also |then )?(?:{_VERBS}|we)\b|, (?:(?:thus|thereby|further|also) )?(?:{_VERBS}|\w+ing)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Compression:
    """A part of *base*, the sentence without its opening and its brackets. `text` begins and ends like a sentence."""

    text: str
    start: int
    end: int
    without_purpose: bool = False
    without_lead: bool = False
    cut: bool = False


def sentence_bases(sentence: str) -> tuple[str, ...]:
    """*sentence* without its opening, and the same without its brackets where it has any: what is cut from further."""
    text = drop_opening(sentence)
    if "(" not in text and "[" not in text:
        return (text,)
    math = find_formulas(text)

    def aside(match: re.Match[str]) -> str:
        return match.group() if any(left < match.end() and match.start() < right for left, right in math) else ""

    return tuple(dict.fromkeys((text, _ASIDE.sub(aside, text))))


def compress(base: str, limit: int) -> list[Compression]:
    """The whole of *base* first, where it has at most *limit* words; then what may stand for it."""
    purpose, lead = _starts(base)
    ends = [*_ends(base, purpose)]
    found = []
    for start in dict.fromkeys((0, purpose, lead)):
        for end in (len(base), *ends):
            text = base[start:end]
            short = start > 0 or end < len(base)
            if (MIN_WORDS if short else 0) <= count_words(text) <= limit and (
                start != lead or not lead or _stands(text)
            ):
                found.append(
                    Compression(
                        _whole(text, start > 0), start, end, 0 < purpose <= start, 0 < lead == start, end < len(base)
                    )
                )
    return found


def _starts(base: str) -> tuple[int, int]:
    """Return where the main clause begins after a purpose, and where the thing proposed begins; 0 for nowhere."""
    match = _PURPOSE.match(base, 0, _FAR)
    purpose = match.end() if match and _open(base, match.end()) else 0
    lead = _LEAD.match(base, purpose)
    return purpose, lead.end() if lead else 0


def _stands(thing: str) -> bool:
    """Return whether the thing proposed can do without the "we": no second verb, no ", showing"."""
    return not _JOINED.search(thing)


def _ends(base: str, purpose: int) -> Iterator[int]:
    main = purpose or _after_first_comma(base)
    for match in _ENDS.finditer(base, main, _FAR):
        end = match.start()
        if _open(base, end) and _complete(base, main, end):
            yield end


def _after_first_comma(base: str) -> int:
    first = base.split(" ", 1)[0].lower()
    return base.find(", ") + 2 if first in _SUBORDINATE and ", " in base[:_FAR] else 0


def _complete(base: str, main: int, end: int) -> bool:
    """Return whether *base* up to *end* is complete: subject, verb, and what a "that" announces."""
    head, tail = base[main:end], base[end:].lstrip(" ,;:—–-")
    if count_words(head) < MIN_WORDS - 1 or dangles(head):
        return False
    if tail.startswith("that") and not (_LEAD.match(head) or _SOME_THING.search(head)):
        return False
    if tail.startswith("and") and ("," in head or " both " in head or " between " in head):
        return False
    does = _WE_DO.search(head)
    if not (does or (_SAYS.search(head) and not _WE.search(base, main, _FAR))):
        return False
    within = [match.end() for match in _CLAUSE_WITHIN.finditer(head)]
    return not within or bool(_SAYS.search(head, within[-1]))


def _open(base: str, place: int) -> bool:
    """Return whether *place* lies in no formula, bracket or quotation."""
    head = base[:place]
    if head.count("(") > head.count(")") or head.count("{") > head.count("}") or head.count("“") > head.count("”"):
        return False
    return head.count('"') % 2 == 0 and not any(left < place < right for left, right in find_formulas(base))


def _whole(text: str, begun: bool) -> str:
    text = text.strip()
    first = text.split(" ", 1)[0]
    return close_sentence(text[:1].upper() + text[1:] if begun and first.islower() and first.isalpha() else text)
