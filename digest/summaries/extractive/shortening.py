"""Shortens a sentence with its own words in their order. A formula is kept whole or left out."""

import re

from digest.summaries.extractive.sentences import find_formulas, word_set
from digest.summaries.length_limits import MAX_TLDR_WORDS

ELLIPSIS = "…"

_LINKS = (
    "however/moreover/furthermore/finally/additionally/specifically/therefore/thus/hence/consequently"
    "/accordingly/notably/importantly/in particular/most importantly/in response/as a solution/in addition"
    "/in contrast/as a result/as such/in summary/overall/to this end/to that end/to do so/to do this"
    "/unfortunately/further/first/firstly/second/secondly/third/thirdly/lastly/also/besides/instead/rather"
    "/conversely/nevertheless/nonetheless/indeed/then/next/likewise/similarly/surprisingly/interestingly"
    "/remarkably/crucially/concretely/technically/more precisely/more specifically/more generally"
    "/more importantly/more concretely/in other words/in fact/in doing so/in turn/in the process"
    "/on the one hand/on the other hand/at the same time/as an application/as a consequence/as a corollary"
    "/as a by-product/as a byproduct/as a check/as a first step/as a further application/as a special case"
    "/along the way/for this purpose/for this reason/for this/for example/for instance/by doing so/with this"
    "/in this case/after that/in light of this/because of this/due to this/from this/using this/experimentally"
    "/empirically/theoretically/numerically/still/yet/but/so/and/meanwhile/subsequently/equivalently"
    "/taken together/in short/in brief/in conclusion/alternatively/here"
)
_OPENING = re.compile(
    rf"(?:{_LINKS.replace('/', '|')}"
    r"|in this (?:paper|work|article|study|letter|note|thesis|report|survey|talk|chapter|manuscript|research|context"
    r"|way|sense|regard|setting|direction|contribution|vein|light|spirit|approach)"
    r"|in these (?:proceedings|notes|lectures)"
    r"|in our (?:work|paper|study|approach|method|experiments)|in the (?:present|current) (?:paper|work|article|study)"
    r"|(?:to|in order to) \w+ (?:this|these|those|such)(?: [\w-]+){0,4}?"
    r"|(?:to|in order to) (?:address|tackle|overcome|solve|resolve|mitigate|fill|bridge|close) the(?: [\w-]+){1,4}?"
    r"|(?:inspired|guided|motivated|informed) by (?:this|these)(?: [\w-]+){0,3}?"
    r"|(?:to|in order to|by) \w+"
    r"|(?:under|with|using|within|through|via|on|from|by|for) (?:this|these|such an?)(?! (?:[\w-]+ )?(?:assumption"
    r"|condition|hypothes|restriction|constraint|regime|limit|case|paper|work|article|study))(?: [\w-]+){1,3}?"
    r"|(?:building|based|drawing|relying) (?:up)?on (?:this|these)(?: [\w-]+){0,3}?)"
    r"(?:,|(?= we\b)) (?=\w)",
    re.IGNORECASE,
)
# The headings of a structured abstract.
_LABEL = re.compile(
    r"(?:background|context|introduction|motivation|objectives?|purpose|aims?|goals?|approach|methods?|methodology|design"
    r"|(?:main )?results?|findings|significance|interpretation|conclusions?)(?: and \w+)?: (?=\w)",
    re.IGNORECASE,
)
# Words that tie a sentence to the one before it.
_WE_THEN = re.compile(
    r"(we(?: will| shall)?) (?:therefore|then|thus|also|further|furthermore|hence|additionally|next|now|finally"
    r"|subsequently|first|here) (?=\w)",
    re.IGNORECASE,
)
# "We show, moreover, that ..."
_WE_SHOW_MOREOVER = re.compile(
    r"(we \w+), (?:moreover|furthermore|further|finally|however|in addition|additionally|also|in particular|then|thus"
    r"|therefore|hence), (?=\w)",
    re.IGNORECASE,
)
# What they say of the gap before they say what is in it.
_WE_MEND = re.compile(
    r"(we) (?:aim to |seek to |propose to |intend to )?(?:address|tackle|overcome|solve|resolve|mitigate|fill|bridge"
    r"|close|handle|remedy|alleviate|answer|lift|break|follow|build on) (?:this|these|those|the)(?: [\w-]+){1,3}"
    r" and (?=(?:propose"
    r"|present|introduce|develop|describe|design|devise|build|create|construct|release|provide|formulate|derive|study"
    r"|investigate|show|prove|demonstrate)\b)",
    re.IGNORECASE,
)

# Not "SE(3)", which means something else without it.
_BRACKET = re.compile(r" \([^()$]*\)| ?\[[\d,\s–-]+\]")
_CLAUSE = re.compile(
    r";|:(?= )| [—–]+ |, (?=(?:(?:in|of|for|on|from) which|which|where"
    r"|while|whereas|thereby|thus|enabling|allowing|making|leading|resulting"
    r"|showing|achieving|providing|yielding|including|such as|and (?:we|it|they|that|show|demonstrate|prove|then)"
    r"|so that|as well as|with|using|based on)\b)|(?= (?:which|whereas|thereby)\b)"
)
_PAUSE = re.compile(r", ")
_WE = re.compile(r"\bwe\b", re.IGNORECASE)
_MAIN_CLAUSE = re.compile(r", we\b")
# Up to an "and" of few words: "a, b[, c, d and e]".
_LIST_GOES_ON = re.compile(
    r"(?:, (?!which|where|while|whereas|thereby|thus|\w+ing\b)(?:[^\s,;:.]+ ?){1,5}){0,4},? (?:and|or) "
)
# Words that no sentence ends with.
_DANGLING = word_set(
    "a an the of in on at to for by with from and or as that is are be was were its their our into than when where if"
    " only not also such both either between which can may will must we it they has have been more most very"
    " this these following question questions follows namely contributions i.e e.g vs per without toward towards via"
    " using show through upon during across among against over under within throughout since until about prove propose"
    " shows proves find finds whose while so but then how whether do does did suggests suggest"
)
_END = ".!?…"


def count_words(text: str) -> int:
    return len(text.split())


def shorten(sentence: str, max_words: int = MAX_TLDR_WORDS) -> str:
    """Return *sentence* in at most *max_words*; empty where that takes cutting a formula."""
    text = drop_opening(sentence)
    if count_words(text) > max_words:
        text = _remove_brackets(text)
    if count_words(text) > max_words:
        text = _cut(text, max_words)
    return close_sentence(text) if text else ""


def drop_opening(sentence: str) -> str:
    """Remove "In this paper," and its kin. The first letter becomes a capital, nothing else changes."""
    label = _LABEL.match(sentence)
    rest = sentence[label.end() :] if label else sentence
    while (match := _OPENING.match(rest)) and len(rest) - match.end() > 20:
        rest = rest[match.end() :]
    for pattern in (_WE_THEN, _WE_SHOW_MOREOVER, _WE_MEND):
        if match := pattern.match(rest):
            rest = match.group(1) + rest[match.end() - 1 :]
    if rest is sentence:
        return sentence
    first = rest.split(" ", 1)[0]
    return rest[0].upper() + rest[1:] if first.islower() else rest


def _remove_brackets(text: str) -> str:
    formulas = find_formulas(text)

    def remove_unless_in_formula(match: re.Match[str]) -> str:
        in_formula = any(left < match.end() and match.start() < right for left, right in formulas)
        return match.group() if in_formula else ""

    return _BRACKET.sub(remove_unless_in_formula, text)


def _cut(text: str, max_words: int) -> str:
    """Return the longest beginning that ends with a clause, else at a comma, else at a word and with an ellipsis."""
    for boundary, min_words in ((_CLAUSE, 10), (_PAUSE, 16)):
        ends = [match.start() for match in boundary.finditer(text) if _is_outside(text, match.start())]
        heads = [
            text[:end]
            for end in ends
            if min_words <= count_words(text[:end]) <= max_words
            and not dangles(text[:end])
            and not cuts_list(text, end)
        ]
        # A beginning must have more than the "To improve …," before the "we propose".
        if telling := [head for head in heads if _WE.search(head) or not _WE.search(text)]:
            return telling[-1]
    main = next((match for match in _MAIN_CLAUSE.finditer(text) if _is_outside(text, match.start())), None)
    return _cut_at_word("We" + text[main.end() :] if main else text, max_words)


def _cut_at_word(text: str, max_words: int) -> str:
    ends = [match.start() for match in re.finditer(" ", text)][:max_words]
    for end in reversed(ends):
        head = text[:end]
        if _is_outside(text, end) and not dangles(head):
            return head.rstrip(" ,;:–—-") + ELLIPSIS
    return ""


def dangles(head: str) -> bool:
    """Return whether *head* ends with a word that another must follow."""
    return head.rsplit(" ", 1)[-1].lower().strip(",.") in _DANGLING


def cuts_list(text: str, place: int) -> bool:
    """Return whether *place* is a comma within "a, b, and c", after which the "and" would be missing."""
    return text.startswith(", ", place) and _LIST_GOES_ON.match(text, place) is not None


def _is_outside(text: str, place: int) -> bool:
    """Return whether *place* lies in no formula and no bracket."""
    head = text[:place]
    balanced = head.count("(") <= head.count(")") and head.count("{") <= head.count("}")
    return balanced and not any(left < place < right for left, right in find_formulas(text))


def close_sentence(text: str) -> str:
    text = text.strip().rstrip(",;:–— ")
    return text if text.endswith((*_END, '."', ".”", ".)")) else f"{text}."
