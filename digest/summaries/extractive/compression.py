"""Finds compressions of a sentence: some of its own words in their order, each a whole sentence again.

What goes: brackets, "In this paper,", the purpose before the main clause, "We propose" before what is proposed, and
clauses at the end. What stays: conditions ("if", "when", "for every", "without", "but"), for without them a sentence
would claim more than its authors do. Where it is not plain that the rest stands on its own feet, nothing is cut.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from digest.summaries.extractive.sentences import find_formulas, word_set
from digest.summaries.extractive.shortening import close_sentence, count_words, dangles, drop_opening

# Words of the shortest compression.
MIN_WORDS = 7

# Characters within which a sentence is cut. A hostile one must not take time that grows with its square.
_MAX_CUT_PLACE = 800

# A bracket, but not "(finite)" or "(semi-)simple", which say what holds.
_BRACKET = re.compile(r" \((?![a-z-]+\))[^()$]*\)(?![\w-])| ?\[[\d,\s–-]+\]")

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
_REMEDY = (
    "(?:address|tackle|overcome|solve|resolve|mitigate|fill|bridge|close|handle|remedy|alleviate|answer|avoid|remove"
    "|break|lift|meet)"
)
_ENDS = re.compile(
    rf"; |: | [—–-]+ (?=\w)|, (?=(?:{_RESULTING}|(?:in|of|for|on|from) which|which|where"
    r"|while|whereas|such as|e\.g\.|i\.e\.|namely|for example"
    rf"|for instance|in contrast to|compared (?:to|with)|as well as|so that|so|especially|particularly|by|using|via"
    rf"|with|based on)\b)"
    r"| (?=(?:by|through|while) (?:\w+ly )?\w+ing\b)| (?=by means of\b|through the use of\b)"
    r"| (?=(?:to|in order to) (?:\w+ly )?(?:\w+ (?:this|these|those)"
    rf"|{_REMEDY} (?:the above|the aforementioned|such|both|it|them))\b)"
    r"| (?=(?:using|via|whereas|thereby|such as|as well as|based on|in order to)\b)"
    rf"| (?=(?:which|that)\b)|,? (?=and (?:(?:also|then|further|empirically|experimentally|theoretically) )?"
    rf"(?:we|it|they|{_VERBS}|that|thus|therefore|hence)\b)"
)
_PURPOSE = re.compile(
    r"(?:to|in order to|by|using|via|through|motivated|inspired|guided|building|based|following|recogni[sz]ing|noting"
    r"|observing|considering|adopting|exploiting|extending|employing|applying|addressing|responding|aiming|seeking|while|although"
    r"|though"
    r"|despite|unlike|contrary|instead|rather|leveraging|combining|drawing|because|since|towards?|beyond|besides|apart"
    r"|as (?:an?|the|most|many|such)|in (?:contrast|addition|light|view|response|the spirit)|recently|in recent"
    r"|empirically|theoretically)\b"
    r"(?:(?!, (?:if|when|assuming|given)\b)[^;:])*?, (?=(?:we|this (?:paper|work|article|study|letter|note)|our)\b)",
    re.IGNORECASE,
)
_LEAD = re.compile(
    rf"(?:we|this (?:paper|work|article|study|letter|note)) (?:also |then |further |here |thus |therefore |first )?"
    rf"(?:(?:{_PRODUCT})s? (?=(?:an?|the first|two|three|several) )"
    r"|(?:call|name|dub|term) (?:this|the resulting|our) [\w-]+ (?=[A-Z$\\])"
    rf"|{_REMEDY}(?:e?s)? (?:this|these|those|the) [\w-]+ (?:[\w-]+ )?(?:by|with|through) (?:(?:propos|present|introduc"
    r"|develop|describ|design|devis|build|creat|construct|releas|provid)ing (?=(?:an?|the|two|three|several) |[A-Z$\\])"
    r"|(?=(?:an?|the first|two|three|several) )))",
    re.IGNORECASE,
)
_SUBORDINATE = word_set(
    "while although though since as when if given despite unlike to in on by for with using because whereas under after"
    " before from at through via assuming let motivated inspired based building despite once due among within during"
)
_PREDICATE = re.compile(
    r"\b(?:is|are|was|were|has|have|had|can|cannot|may|might|will|must|should|does|do|did|could|would|exists?|holds?"
    r"|leads?|requires?|remains?|becomes?|learns?|makes?|helps?|works?|admits?|satisf(?:y|ies)|contains?|converges?"
    r"|implies|imply|depends?|plays?|suffers?|needs?|takes?|performs?|generali[sz]es?|captures?|suggests?|indicates?"
    rf"|increases?|decreases?|gets?|tends?|occurs?|arises?|forms?|follows?|belongs?|vanish(?:es)?|{_VERBS})\b",
    re.IGNORECASE,
)
_WE_PREDICATE = re.compile(r"\bwe(?: \w+ly| also| then| further| first| here)? \w+", re.IGNORECASE)
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
    """A part of a base, which is a sentence without its opening and perhaps its brackets."""

    # Begins and ends like a sentence.
    text: str
    # Places in the base.
    start: int
    end: int
    # Whether the purpose before the main clause, the "we propose", or anything at the end is left out.
    without_purpose: bool = False
    without_lead: bool = False
    cut: bool = False


def sentence_bases(sentence: str) -> tuple[str, ...]:
    """Return *sentence* without its opening, and the same without its brackets where it has any, to be cut further."""
    text = drop_opening(sentence)
    if "(" not in text and "[" not in text:
        return (text,)
    formulas = find_formulas(text)

    def remove_unless_in_formula(match: re.Match[str]) -> str:
        return match.group() if any(left < match.end() and match.start() < right for left, right in formulas) else ""

    return tuple(dict.fromkeys((text, _BRACKET.sub(remove_unless_in_formula, text))))


def compress(base: str, max_words: int) -> list[Compression]:
    """Return the compressions of *base* that have at most *max_words*; the whole of it comes first if it is one."""
    after_purpose, after_lead = _find_starts(base)
    ends = [*_iterate_ends(base, after_purpose)]
    found = []
    for start in dict.fromkeys((0, after_purpose, after_lead)):
        without_lead = 0 < after_lead == start
        for end in (len(base), *ends):
            text = base[start:end]
            min_words = MIN_WORDS if start > 0 or end < len(base) else 0
            if not min_words <= count_words(text) <= max_words:
                continue
            # Without its "we" it must have no second verb, and no ", showing".
            if without_lead and _JOINED.search(text):
                continue
            found.append(
                Compression(
                    _close_part(text, start > 0),
                    start,
                    end,
                    without_purpose=0 < after_purpose <= start,
                    without_lead=without_lead,
                    cut=end < len(base),
                )
            )
    return found


def _find_starts(base: str) -> tuple[int, int]:
    """Return where the main clause begins after a purpose, and where the thing proposed begins; 0 for nowhere."""
    match = _PURPOSE.match(base, 0, _MAX_CUT_PLACE)
    after_purpose = match.end() if match and _is_outside(base, match.end()) else 0
    lead = _LEAD.match(base, after_purpose)
    return after_purpose, lead.end() if lead else 0


def _iterate_ends(base: str, after_purpose: int) -> Iterator[int]:
    """Yield the places at which *base* may end."""
    main = after_purpose or _after_first_comma(base)
    for match in _ENDS.finditer(base, main, _MAX_CUT_PLACE):
        end = match.start()
        if _is_outside(base, end) and _is_complete(base, main, end):
            yield end


def _after_first_comma(base: str) -> int:
    """Return where the main clause begins after a subordinate one; 0 if none comes first."""
    first = base.split(" ", 1)[0].lower()
    return base.find(", ") + 2 if first in _SUBORDINATE and ", " in base[:_MAX_CUT_PLACE] else 0


def _is_complete(base: str, main: int, end: int) -> bool:
    """Return whether *base* up to *end* is complete: subject, verb, and what a "that" announces."""
    head, tail = base[main:end], base[end:].lstrip(" ,;:—–-")
    if count_words(head) < MIN_WORDS - 1 or dangles(head):
        return False
    if tail.startswith("that") and not (_LEAD.match(head) or _SOME_THING.search(head)):
        return False
    if tail.startswith("and") and ("," in head or " both " in head or " between " in head):
        return False
    if not (_WE_PREDICATE.search(head) or (_PREDICATE.search(head) and not _WE.search(base, main, _MAX_CUT_PLACE))):
        return False
    within = [match.end() for match in _CLAUSE_WITHIN.finditer(head)]
    return not within or bool(_PREDICATE.search(head, within[-1]))


def _is_outside(base: str, place: int) -> bool:
    """Return whether *place* lies in no formula, bracket or quotation."""
    head = base[:place]
    if head.count("(") > head.count(")") or head.count("{") > head.count("}") or head.count("“") > head.count("”"):
        return False
    return head.count('"') % 2 == 0 and not any(left < place < right for left, right in find_formulas(base))


def _close_part(text: str, has_new_start: bool) -> str:
    """Return *text* with a capital and a full stop."""
    text = text.strip()
    first = text.split(" ", 1)[0]
    return close_sentence(
        text[:1].upper() + text[1:] if has_new_start and first.islower() and first.isalpha() else text
    )
