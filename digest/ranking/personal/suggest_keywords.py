"""Proposes filters to a reader: phrases that stand out in the papers they like.

A phrase is two or one words side by side that are no filling words. Its score is its weight in the papers (frequency
times rarity, each paper scaled to length 1), so a phrase of several of the papers comes before one of a single paper.
Two words are proposed if they are an expression: they stand together more often than by chance.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from typing import Protocol

from digest.ranking.text.paper_vector import count_terms, weigh_terms
from digest.ranking.text.term_rarity import RARITY_UNIT, TermRarity, load_shipped_rarity, number_pair, number_word
from subscriptions.filters.language import FilterError, fold, parse, words

# Two words are an expression from this on: ln of how much more often they stand together than by chance, where each
# paper were one place.
MIN_TOGETHER = 1.0

# Words that are in more papers are part of an expression, but no filter by themselves; ln(papers / papers with it).
MIN_RARITY_ALONE = 4.5
MIN_RARITY_IN_PHRASE = 1.5

# What is in fewer than about nine papers of two months is a name that one paper gave itself, not a subject.
MAX_RARITY = 8.3

# What a phrase is worth beside a single word of the same weight, and a phrase of a title beside one of an abstract.
PHRASE_FACTOR, TITLE_FACTOR = 1.3, 1.5

MIN_LETTERS = 3

# Words of every subject. They are compared folded.
_FILLING = frozenset(
    fold(word)
    for word in """
    a about above across after against all allow allows almost along also although always among an analyses
    analysis analyze and another any apply applying approach approaches are as at available average based be
    been before below benchmark benchmarks best better between beyond both but by can capture captures case
    cases challenge challenges challenging code commonly compare compared comparison complex comprehensive
    consider consistent consistently contrast current dataset datasets demonstrate demonstrates demonstrating
    despite develop different does due during each effect effective effectively efficiency efficient either
    empirical enable enables enabling even evaluate evaluation every evidence existing experiment experimental
    experiments explicit explore extensive few find finding findings first five focus for four framework from
    full fully further general generally give given good has have here high higher highly how however identify
    important improve improved improvement improvements improves improving in include including increase into
    introduce investigate is issue it its key kind large largely larger lead leading least less level leverage
    leverages leveraging like limit limitation limitations limited low lower main mainly make many may method
    methods might model models more moreover most much must necessary need neither new no not novel number
    numerical obtain obtained of often on one only onto open or order other our out outperform outperforming
    outperforms over overall paper papers particular perform performance performs place possible potential
    present presented presents previous previously prior problem problems process propose proposed proposes
    proposing provide provided provides providing rather real reduce reduces reducing related rely remain
    remains require requires research result resulting results reveal reveals robust same scale scenario second
    set several shot show showing shown shows significant significantly similar simple simultaneously since
    single small so some source specific specifically state strategy strong studies study such suggest support
    system systems table task tasks technique techniques term than that the their them then there therefore
    these they this those three through thus time to together toward towards tree two type typical typically
    under understand understanding unlike up us use used useful user uses using usual value various very via was
    way we well were what when where whether which while who whose wide widely will with within without work
    works world would yet yield yields zero end art per fine grained multi non long short free driven aware wise
    level step try www http https com github org arxiv et al eg ie vs i e g
    your my his her diagnose localize empowering enhancing exploring rethinking unlocking weaving decomposing boosting
    unleashing detecting evaluating benchmarking discovering addressing capability improper powering building making
    """.split()  # noqa: SIM905 - a list of words is read more easily as a text
)

# Signs of formulas: `gamma ray` is a subject, but gamma is none.
_SIGNS = frozenset(
    fold(word)
    for word in (
        *("alpha", "beta", "gamma", "delta", "epsilon", "zeta", "eta", "theta", "kappa", "lambda", "sigma", "tau"),
        *("upsilon", "phi", "chi", "psi", "omega", "rho", "iota", "tex", "latex"),
    )
)


class SuggestedFrom(Protocol):
    """The fields of a paper that the suggester reads."""

    @property
    def title(self) -> str: ...
    @property
    def abstract(self) -> str: ...


def suggest_keywords(papers: Sequence[SuggestedFrom], count: int, rarity: TermRarity | None = None) -> tuple[str, ...]:
    """Return at most *count* filters in the readers' language, the best first; no two of them share a word."""
    rarity = rarity or load_shipped_rarity()
    scores: defaultdict[tuple[str, ...], float] = defaultdict(float)
    spelled: dict[tuple[str, ...], tuple[str, ...]] = {}
    for paper in papers:
        title, abstract = words(paper.title), words(paper.abstract)
        vector = weigh_terms(count_terms([*map(fold, title)], [*map(fold, abstract)]), rarity)
        weights = dict(zip(vector.terms.tolist(), vector.weights.tolist(), strict=True))
        in_title = {key for key, _ in _iterate_phrases(title)}
        found = dict(_iterate_phrases([*title, "", *abstract]))
        for key, phrase in found.items():
            factor = (TITLE_FACTOR if key in in_title else 1.0) * _rate_phrase(key, rarity)
            if factor:
                scores[key] += factor * weights.get(_number_phrase(key), 0) / (vector.length or 1.0)
                spelled.setdefault(key, phrase)
    return tuple(_choose(sorted(scores, key=lambda key: (-scores[key], key)), spelled, count))


def _iterate_phrases(found: Sequence[str]) -> Iterator[tuple[tuple[str, ...], tuple[str, ...]]]:
    """Yield the phrases of a text, folded and as they are written."""
    for word in found:
        if _is_subject(word):
            yield (fold(word),), (word,)
    for first, second in pairwise(found):
        if _is_subject(first) and _is_subject(second):
            yield (fold(first), fold(second)), (first, second)


def _is_subject(word: str) -> bool:
    """Return whether a word may name a subject: of letters, no filling word, no adverb or participle."""
    if len(word) < MIN_LETTERS or not word.isalpha() or fold(word) in _FILLING:
        return False
    return not word.endswith(("ly", "ed"))


def _rate_phrase(key: tuple[str, ...], rarity: TermRarity) -> float:
    whole = int(rarity.values[_number_phrase(key)]) / RARITY_UNIT
    alone = [int(rarity.values[number_word(word)]) / RARITY_UNIT for word in key]
    if max(whole, *alone) > MAX_RARITY:
        return 0.0
    if len(key) == 1:
        return float(whole >= MIN_RARITY_ALONE and not key[0].endswith("ing") and key[0] not in _SIGNS)
    is_expression = sum(alone) - whole >= MIN_TOGETHER
    return PHRASE_FACTOR if is_expression and min(alone) >= MIN_RARITY_IN_PHRASE else 0.0


def _number_phrase(key: tuple[str, ...]) -> int:
    return number_word(key[0]) if len(key) == 1 else number_pair(key[0], key[1])


def _choose(
    ordered: Iterable[tuple[str, ...]], spelled: dict[tuple[str, ...], tuple[str, ...]], count: int
) -> Iterator[str]:
    taken: set[str] = set()
    left = count
    for key in ordered:
        if left <= 0:
            return
        written = " ".join(spelled[key])
        text = f'"{written}"' if len(key) > 1 else written
        if taken.isdisjoint(key) and _is_filter(text):
            taken.update(key)
            left -= 1
            yield text


def _is_filter(text: str) -> bool:
    try:
        parse(text)
    except FilterError:
        return False
    return True
