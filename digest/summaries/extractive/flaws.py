"""Finds what embarrasses a sentence that stands alone: it is empty, broken, points back, or tells what others did.

The rules look at words only and are in doubt too strict: a flawed sentence is told where an abstract has no better one.
"""

import re
from collections.abc import Sequence
from enum import StrEnum

from digest.summaries.extractive import cue_phrases
from digest.summaries.extractive.cue_phrases import Sentence
from digest.summaries.extractive.sentences import MATH, word_set
from digest.summaries.extractive.shortening import ELLIPSIS


class Flaw(StrEnum):
    EMPTY = "empty"
    # Beside that: it tells nothing but a name.
    NAME_ALONE = "name alone"
    BROKEN = "broken"
    POINTS_BACK = "points back"
    # It speaks of "our method" and does not say which one that is.
    UNNAMED = "unnamed"
    OF_OTHERS = "of others"


# How many words must tell something: in any sentence, in one that speaks of "a method", and where it has no "for".
_MIN_TELLING_WORDS_OF_ANY = 2
_MIN_TELLING_WORDS = 3
_MIN_TELLING_WORDS_WITHOUT_PURPOSE = 6
# Letters by which two words count as the same.
_STEM_LENGTH = 5

_OWN_THINGS = (
    r"paper|work|article|study|letter|note|survey|review|thesis|dissertation|report|manuscript|chapter|talk|research"
    r"|contribution|tutorial|monograph|project|investigation|perspective|position paper|exposition"
)
_STARTS_POINTING = re.compile(
    rf"(?:it(?! is (?:well )?(?:\w+ )?(?:known|possible|shown|proved|proven|found|argued)\b)|its|they|their"
    rf"|them|those|these|such|such an?|another|one of (?:them|these|which)|namely|in (?:it|them|particular)"
    rf"|this(?! (?:\w+ )?(?:{_OWN_THINGS})\b)"
    r"|the (?:first|second|third|last|final) (?:phase|stage|step|part|component|module|method|one|approach)"
    r"|the (?:former|latter|resulting|resultant|above|aforementioned|same|other|others|proposed|second|third)"
    r"|(?:building|based|relying|drawing) (?:up)?on (?:this|these|that|it|them)"
    r"|(?:with|from|under|for|in|by|using|through|via|at|on|after|given) (?:this|these|that|such|it|them)"
    rf"(?! (?:\w+ )?(?:{_OWN_THINGS})\b))\b",
    re.IGNORECASE,
)
_DEMONSTRATIVE = re.compile(r"\b(?:this|these|those|such|that very)\b(?=((?: [\w$\\-]+){0,3}))", re.IGNORECASE)
_NO_POINTER = re.compile(
    rf" (?:(?:\w+ )?(?:{_OWN_THINGS})s?\b|(?:of|in|from|with|that|who|which|where|as|obtained|produced|used|without|on"
    r"|based|for)\b)",
    re.IGNORECASE,
)
# A clause of its own, in which what is meant may stand.
_CLAUSE_BEFORE = re.compile(
    r"(?:\S+ ){5,}(?:\S+[;:] |and |but |while |because |\S+, (?:and|but|while|because|so) )(?:\S+ ){0,4}$"
)
_PRONOUN_WITHOUT_NOUN = re.compile(
    r"^(?:we|this (?:paper|work|article|study|letter|note)|our (?:results?|findings?|work|study|paper)) (?:\w+ ){0,2}?"
    r"(?:(?:that|how|whether|why|when|where|if) )?(?:it|its|they|their|them)\b"
    r"(?! (?:is|was|remains|suffices|follows|turns out|can be|may be) (?:not |also |always |often )?"
    r"(?:possible|necessary|sufficient|impossible|important|enough|hard|easy|shown|best|beneficial|better|to|that)\b)",
    re.IGNORECASE,
)
# "We report data sets where it fails": no noun before it can be meant.
_IT_AFTER_PLURAL = re.compile(
    r"^we (?:[\w-]+ ){1,4}[\w-]+[^\Ws]s (?:where|when|whether|how|why|(?:in|on|for) which) its?\b", re.IGNORECASE
)
# "A unit can then rely on nothing."
_THEN = re.compile(
    r"^(?!(?:if|when|once|after|as|since|let|given)\b)(?:[\w-]+ ){1,4}(?:can|may|must|will|is|are|does|do) then\b",
    re.IGNORECASE,
)
_OF_ITS = re.compile(r"^we \w+ (?:an? |the )?(?:(?!of|that|which)[\w-]+ ){1,6}of (?:its|their)\b", re.IGNORECASE)
_POINTING_PHRASE = re.compile(
    r"\bthe (?:above|aforementioned|above-mentioned|following)\b|\bas follows\b|\babove-mentioned\b"
    r"|\b(?:companion|sequel|follow-up|second part)\b"
    r"|\bsomething similar\b|\bdo(?:es|ing)? so\b|\bin turn,|\bthe (?:two|three|four|five) of them\b|\bthe others\b"
    r"|\bthe (?:gap|issue|dilemma|challenge|limitation|question|problem|drawback|bottleneck|shortcoming|trade-off)s?"
    r"(?=[.,;]| (?:by|through|via|with|using)\b)"
    r"|\b(?:each|all|any|one|both|either|neither) of (?:these|those)\b"
    r"|^we (?:\w+ )?(?:use|take|try|adopt|follow) (?:an?|the) (?:different|other|alternative) (?:tool|approach|route"
    r"|way|method|view|path)\b"
    r"|\bthe (?:statement|assertion)\b(?! (?:that|of|in|made|by)\b)"
    r"|^we \w+ the (?:function|object|example|map|operator|set) (?:explicitly|directly)\b"
    r"|\bno +\$x\$ *\.$|\b(?:is|are) (?:an? )?better [\w-]+\.$",
    re.IGNORECASE,
)
# What a machine of the paper does, by no name: "the system produces".
_THE_MACHINE = re.compile(
    r"^(?:[^;:]{1,200}?, )?the (?:system|method|framework|approach|algorithm|pipeline|architecture|dataset|benchmark"
    r"|tool|platform|scheme|technique|procedure|estimator|mechanism|protocol) (?:also |further |then |thus |\w+ly )*"
    r"(?!of|that|for|to|in|with|by|which|used|proposed|based|on|as)\w+(?:s|ed|an|ill)\b"
    r"|^(?:the )?(?:key|core|main|central|basic) (?:idea|insight|novelty|ingredient)s? (?:is|are|lies?)\b",
    re.IGNORECASE,
)
_OWN_MACHINE = re.compile(
    r"\b(?:our|the (?:proposed|resulting|developed|presented|obtained)) (?:[\w-]+ )?(?:methods?|approach(?:es)?"
    r"|frameworks?|models?|algorithms?|systems?|techniques?|theory|theories|polic(?:y|ies)|pipelines?|architectures?"
    r"|schemes?|strateg(?:y|ies)|procedures?|estimators?|constructions?|tools?|solutions?|methodolog(?:y|ies)"
    r"|benchmarks?|datasets?|design|agents?|proofs?|interpretation|formulation|formalism|hypothesis|codes?|library)\b",
    re.IGNORECASE,
)
_PROPOSES = re.compile(
    r"\b(?:propos|present|introduc|develop|describ|design|devis|build|construct|releas|formulat|creat|deriv)"
    r"(?:e|es|ed|s|ing)?\b",
    re.IGNORECASE,
)
_CHECKS_OWN_THING = re.compile(
    r"^we (?:also |further |then |finally )?(?:apply|extend|evaluate|test|validate|verify|support|confirm|complement"
    r"|illustrate|demonstrate|assess|benchmark|implement|instantiate|deploy|compare|conclude|use) (?:on|with|by|our|the"
    r" (?:method|approach|framework|model|algorithm|system|technique|theory|proposed)|it|them|this|these)\b",
    re.IGNORECASE,
)

_LEAD = re.compile(
    rf"^(?:(?:we|i|this (?:\w+ )?(?:{_OWN_THINGS})) (?:\w+ly |also |here |first )?"
    r"(?:propose|present|introduce|develop|describe|design|devise|offer|build|create|construct|release|report|provide"
    r"|formulate|study|consider|investigate|explore|give|establish)s?|our \w+ is) ",
    re.IGNORECASE,
)
# What a paper calls its thing: "Sieve," or "the Sums by Adding Fast (SAF)".
_NAME = re.compile(
    r"^(?:the )?(?:\\?\w*\{)*(?:[A-Z$][^\s,]*|of|for|and|by|with|in|to|from|via|on)"
    r"(?: (?:[A-Z$][^\s,]*|of|for|and|by|with|in|to|from|via|on))*"
    r"(?: ?\([^()]*\))?(?=,|\.$| \(| framework| method| algorithm| model)"
)
# "... and propose SIEVE."
_ENDS_WITH_A_NAME = re.compile(
    r"\b(?:propose|introduce|present|develop|design|build|call|named?|called|dubbed|termed) (?:\\\w+\{)*"
    r"[A-Z][\w-]*[A-Z]\w*\}*(?: \([^()]*\))?\.?$"
)
_SOME_THING = re.compile(
    r"\b(?:frameworks?|methods?|approach(?:es)?|models?|systems?|recipes?|techniques?|algorithms?|schemes?"
    r"|strateg(?:y|ies)|solutions?|pipelines?|architectures?|paradigms?|tools?|toolkits?|platforms?|methodolog(?:y|ies)"
    r"|mechanisms?|class(?:es)?|datasets?|benchmarks?|metrics|ways?|famil(?:y|ies)|components?|procedures?)\b",
    re.IGNORECASE,
)
# "..., the Sums by Adding Fast (SAF)."
_LATER_NAME = re.compile(
    r"(?:,| called| named| dubbed| termed) (?:the )?[A-Z]\S*(?: (?:[A-Z0-9]\S*|of|for|and|by|with|in|to|from|via|on))*"
    r"(?: ?\([^()]*\))?(?=[.,:]|$)"
)
_GIVES_AWAY = re.compile(
    r"^we (?:also |\w+ly )?(?:release|open-source|share|provide|make) (?:our |the |all )?(?:source )?code\b", re.I
)
_BRACKETS = re.compile(r"\([^()]*\)")
_WORDS = re.compile(r"[A-Za-z\u00c0-\u024f0-9][\w'’-]*")
_PURPOSE = re.compile(
    r"\b(?:for|that|which|to|of|by|from|using|via|through|whose|where|in|on|over|under|against|between|among|across"
    r"|within|into|capable|based|\w{3,}ing)\b"
)
_EMPTY_WORDS = word_set(
    "a an the and or of in on to for by with from as at that which this these our we it its is are be new novel simple"
    " efficient effective unified general generic powerful robust reliable scalable flexible lightweight practical fast"
    " principled systematic comprehensive complementary innovative versatile modular standardized multidimensional"
    " first-of-its-kind state-of-the-art easy easy-to-use end-to-end plug-and-play open-source two three four five six"
    " several multiple various key main different framework frameworks method methods approach approaches model models"
    " system systems recipe technique techniques algorithm algorithms scheme schemes strategy strategies solution"
    " solutions pipeline architecture paradigm paradigms tool tools toolkit platform methodology mechanism mechanisms"
    " class classes type types set suite family component components module modules stage stages step steps innovation"
    " innovations contribution contributions enhancement enhancements dataset benchmark metrics scope global called"
    " named termed dubbed comprising consisting based built propose present introduce develop describe design study"
    " paper work article also here both each some can has have through uses using way ways problem problems challenge"
    " challenges issue issues task tasks result results following formalise formalize thing case cases"
)
_FRAGMENT_START = re.compile(r"(?:which|and|or|whose|e\.g|i\.e|so that|respectively)\b", re.IGNORECASE)
_BROKEN_HYPHEN = re.compile(r"[a-z]{3,}- (?!(?:and|or|to|as|versus|vs|nor|but)\b)[a-z]{2,}")
_ENDS_WITH_A_LETTER = re.compile(r" [b-z]\.$")
# "We find that while one thing holds."
_CLAUSE_ALONE = re.compile(
    r"(?:^|\b(?:that|show|find|prove|see) )(?:while|although|though|because|whereas|despite|unlike|as long as)\b"
    r"(?!.*,)|^(?:if|when|since|given)\b(?!.*,)",
    re.IGNORECASE,
)
_ONE_OF_MANY = re.compile(r"\b(?:two|three|four|five|several|following) [^:]*: (?!.*\band\b)[^,;]+$")
_HALF_PAIRS = (
    (re.compile(r"\bnot only\b", re.IGNORECASE), re.compile(r"\bbut\b|;|\balso\b", re.IGNORECASE)),
    (re.compile(r"\bbetween\b(?! (?:[\w-]+ ){0,4}?[\w-]+s\b)", re.IGNORECASE), re.compile(r"\band\b|\bto\b|&")),
    (re.compile(r"\beither\b", re.IGNORECASE), re.compile(r"\bor\b")),
)
_BOTH = re.compile(r"\b(?:both|the (?:former|latter))\b(?!.*(?:\band\b|&|\bor\b))", re.IGNORECASE)
# Two things that a "both" after them may mean.
_PAIR = re.compile(r"\band\b|&|\b(?:two|dual|pair|bi\w+|twofold|or)\b", re.IGNORECASE)

_OURS = word_set("we our i my us")
_EARLIER_WORK = re.compile(
    r"^(?:previous|prior|earlier|existing|recent|current|traditional|conventional|classical|many|most|several|some"
    r"|numerous|the majority)(?:ly)?\b(?!.*\b(?:we|our|this (?:paper|work|study|article))\b)"
    r"|\b(?:we|i|the authors?) (?:have )?(?:previously|recently|earlier)\b"
    r"|\b(?:our|my) (?:previous|prior|earlier|recent|last) (?:work|paper|article|study|result)",
    re.IGNORECASE,
)
_EVERYBODY = re.compile(
    r"\bwe (?:currently |still |often |usually |now )*(?:do not|don't|lack|know|need|rely|live|face|must|tend)\b",
    re.IGNORECASE,
)
_ABOUT_THIS_PAPER = re.compile(
    rf"\b(?:this|the present|the current) (?:\w+ )?(?:{_OWN_THINGS})\b|\b(?:is|are|was|were) (?:\w+ )?(?:proposed"
    r"|presented|introduced|developed|derived|investigated|studied|analy[sz]ed|examined|proved|discussed|reported"
    r"|established|constructed|explored|described|demonstrated|considered|computed|characteri[sz]ed)\b"
    rf"|\bthe (?:paper|article|study|survey|thesis|authors?|aim|goal|purpose|present (?:{_OWN_THINGS}))\b|\bhere\b",
    re.IGNORECASE,
)


def find_flaws(text: str) -> frozenset[Flaw]:
    """Return what is wrong with *text* as the only sentence that is read: all flaws but OF_OTHERS."""
    plain = MATH.sub(" $x$ ", text)
    checks = (
        (Flaw.EMPTY, _is_empty),
        (Flaw.NAME_ALONE, _is_name_alone),
        (Flaw.BROKEN, _is_broken),
        (Flaw.POINTS_BACK, _points_back),
        (Flaw.UNNAMED, _is_unnamed),
    )
    return frozenset(flaw for flaw, has_flaw in checks if has_flaw(plain))


def find_others(sentences: Sequence[Sentence]) -> list[bool]:
    """Return for each of *sentences*, the whole abstract, whether it tells what others did or what everybody knows.

    Before the first sentence that speaks of the paper all do. An abstract without one may be all the paper's own, so
    there only sentences on the field and its problems count.
    """
    ours = [speaks_of_paper(sentence) for sentence in sentences]
    first = ours.index(True) if True in ours else -1
    return [
        _EARLIER_WORK.search(sentence.text) is not None
        or (first >= 0 and place < first)
        or (
            not ours[place]
            and first < 0
            and (sentence.has(cue_phrases.BACKGROUND_CUES) or sentence.has(cue_phrases.PROBLEM_CUES))
        )
        for place, sentence in enumerate(sentences)
    ]


def speaks_of_paper(sentence: Sentence) -> bool:
    """Return whether *sentence* says "we", names the paper, or says what is done in it."""
    if _EVERYBODY.search(sentence.text):
        return sentence.has(cue_phrases.PROPOSAL_CUES)
    return not _OURS.isdisjoint(sentence.words) or _ABOUT_THIS_PAPER.search(sentence.text) is not None


def _is_empty(text: str) -> bool:
    if _ENDS_WITH_A_NAME.search(text) or _GIVES_AWAY.match(text):
        return True
    rest = _remove_names(text)
    telling = _find_telling_words(rest)
    needed = _MIN_TELLING_WORDS if _PURPOSE.search(rest) else _MIN_TELLING_WORDS_WITHOUT_PURPOSE
    return len(telling) < (needed if _SOME_THING.search(rest) else _MIN_TELLING_WORDS_OF_ANY)


def _is_name_alone(text: str) -> bool:
    return _LEAD.match(text) is not None and not _find_telling_words(_remove_names(text))


def _remove_names(text: str) -> str:
    """Return what a sentence says besides "we propose" and the names of what it proposes."""
    rest = _LEAD.sub("", text)
    return _BRACKETS.sub("", _LATER_NAME.sub("", _NAME.sub("", rest, count=1)))


def _find_telling_words(text: str) -> set[str]:
    return {word.lower() for word in _WORDS.findall(text)} - _EMPTY_WORDS


def _is_broken(text: str) -> bool:
    return (
        text.endswith(ELLIPSIS)
        or any(text.count(left) != text.count(right) for left, right in ("()", "[]", "{}", "“”"))
        or text.count('"') % 2 > 0
        or _FRAGMENT_START.match(text) is not None
        or any(pattern.search(text) for pattern in (_BROKEN_HYPHEN, _ENDS_WITH_A_LETTER, _CLAUSE_ALONE, _ONE_OF_MANY))
        or any((half := first.search(text)) and not second.search(text, half.end()) for first, second in _HALF_PAIRS)
    )


def _points_back(text: str) -> bool:
    return (
        any(
            pattern.match(text)
            for pattern in (
                _STARTS_POINTING,
                _PRONOUN_WITHOUT_NOUN,
                _IT_AFTER_PLURAL,
                _THEN,
                _OF_ITS,
                _CHECKS_OWN_THING,
            )
        )
        or (_THE_MACHINE.match(text) is not None and not _PROPOSES.search(text))
        or bool(_POINTING_PHRASE.search(text))
        or any(not _PAIR.search(text, 0, match.start()) for match in _BOTH.finditer(text))
        or any(_lacks_antecedent(text, match) for match in _DEMONSTRATIVE.finditer(text))
    )


def _is_unnamed(text: str) -> bool:
    machine = _OWN_MACHINE.search(text)
    named = machine is not None and _PROPOSES.search(text, 0, machine.start()) is not None
    return machine is not None and not named


def _lacks_antecedent(text: str, match: re.Match[str]) -> bool:
    """Return whether none of the words after a "this" has been said before it."""
    if _NO_POINTER.match(match.group(1)) or _CLAUSE_BEFORE.match(text[: match.start()]):
        return False
    before = {word[:_STEM_LENGTH].lower() for word in _WORDS.findall(text[: match.start()])}
    following = [word[:_STEM_LENGTH].lower() for word in _WORDS.findall(match.group(1)) if len(word) > 3]
    return before.isdisjoint(following)
