"""Proposes filters to a reader: words and phrases that stand out in the papers they like.

A phrase is two or one words side by side that are no filling words. Its score is its weight in the papers (frequency
times rarity, each paper scaled to length 1), so a phrase of several of the papers comes before one of a single paper.
Two words are proposed if they are an expression: they stand together more often than by chance. A single word may be
as common as a whole subject: it finds more of what the reader would want than a rare phrase, and the score lets it
count less.
"""

from collections import Counter, defaultdict
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
MIN_RARITY_ALONE = 2.5
MIN_RARITY_IN_PHRASE = 1.5

# What is in fewer than about nine papers of two months, and in one of the reader's, is a name that this paper gave
# itself, not a subject.
MAX_RARITY = 8.3

# What a phrase of a title is worth beside one of an abstract.
TITLE_FACTOR = 2.0

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
    investigating revisiting uncovering conduct think you enough fixing assess qualifying harmonizing synergizing
    biasing balancing enhance know see anything deepen follow had don fewer modern worth conclude
    """.split()  # noqa: SIM905 - a list of words is read more easily as a text
)

# Words of many subjects: part of an expression (`graph representation`), but no filter by themselves.
_GENERAL = frozenset(
    fold(word)
    for word in """
    abstract abstraction access accuracy activity adaptable adaptation adaptive advantage affine age agent
    agnostic aha ahead air alert algorithm anchor answer application arc architecture assessment asset attribute
    automatic autonomous awareness balance band barrier baseline behavior behaviour binary body bottleneck
    branch budget build capacity certainty change character choice claim class click coarse cold collaboration
    collaborative competition completion complexity component composition compositional concept condition
    conditional confidence connection connectivity consistency construction contact content context control
    controllable correctness cost creation creative critic dark data decision decompose deep degenerate delay
    demand demonstration dense descriptor design developer development device diagonal dimension dimensional
    distribution disturbance divergence diversity domain duality duration dynamic edit enhancement enrichment
    environment era error escape estimation eval evaluator event excel execution expansion expensive experience
    expert exploration expression extraction extreme facet factor failure faint faithful fake feature file
    filter finite fire flow focal foresight form formation forward foundation function future gap generalization
    generation generator global goal grade granularity group guide hand head heart hierarchical hint history
    holistic horizon human hybrid hyper hypothesis identity impact industrial industry inference influence
    information initialization innovation input inside insight instruction integer intelligence intelligent
    intention interaction interactive interface interval intervention item knowledge lag landscape language
    leader learn learnable learning lego length likelihood line linear link listen literature load local log
    loop loss machine map margin matter measure measurement mechanism media mid mind mirror mitigation modal
    modality modular module motivation native near negative network neural node object objective observation
    observed off offline online operation operator optimization option output overlap overview parallel
    parameter part partial participant partition pass path pattern perfect phase physical pilot pipeline planner
    plug point popularity port position positive post posterior potent power pre precision prediction predictive
    preference primitive prism probabilistic processor professional profile project property proposal provenance
    public publicly quality question range rate react read realism reality recall receptive recipe recognition
    reconstruct reference refine regularization relative relevance reliability reliable remote repair repository
    representation requirement reset resilient resource response responsible rigid role rope router rule sage
    sample sampling scalability scalable scheme scientific scope score selection selective self semi sentence
    sequence sequential service sery setting shallow sharpness similarity siz slope soft solid solution solver
    space sparse specification speculative stack stationary stochastic stop storage strategic strength structure
    success suite surrogate synergy synthesis synthetic systematic tab target temporal test textual theoretical
    theory thought tool trace trade tradeoff train trained training trait transfer transferability transform
    transparent treatment trial triangle trip trust trustworthy turn ultra unfair universal unknown urgent val
    variable variational verifiable version viewpoint violation virtual visual whole width word wow
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


def suggest_keywords(
    papers: Sequence[SuggestedFrom],
    count: int,
    rarity: TermRarity | None = None,
    *,
    min_papers: int = 1,
    min_words: int = 1,
) -> tuple[str, ...]:
    """Return at most *count* filters in the readers' language, the best first; no two of them share a word.

    Each has at least *min_words* words, and at least *min_papers* of the papers hold it.
    """
    rarity = rarity or load_shipped_rarity()
    scores: defaultdict[tuple[str, ...], float] = defaultdict(float)
    spelled: dict[tuple[str, ...], tuple[str, ...]] = {}
    holding: Counter[tuple[str, ...]] = Counter()
    for paper in papers:
        title, abstract = words(paper.title), words(paper.abstract)
        vector = weigh_terms(count_terms([*map(fold, title)], [*map(fold, abstract)]), rarity)
        weights = dict(zip(vector.terms.tolist(), vector.weights.tolist(), strict=True))
        in_title = {key for key, _ in _iterate_phrases(title)}
        for key, phrase in dict(_iterate_phrases([*title, "", *abstract])).items():
            if len(key) >= min_words and _may_be_proposed(key, rarity):
                factor = TITLE_FACTOR if key in in_title else 1.0
                scores[key] += factor * weights.get(_number_phrase(key), 0) / (vector.length or 1.0)
                spelled.setdefault(key, phrase)
                holding[key] += 1
    subjects = (key for key in scores if holding[key] >= min_papers and (holding[key] > 1 or not _is_name(key, rarity)))
    return tuple(_choose(sorted(subjects, key=lambda key: (-scores[key], key)), spelled, count))


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


def _may_be_proposed(key: tuple[str, ...], rarity: TermRarity) -> bool:
    if len(key) == 1:
        is_general = key[0] in _GENERAL or key[0] in _SIGNS or key[0].endswith("ing")
        return not is_general and _measure_rarity(key, rarity) >= MIN_RARITY_ALONE
    alone = [_measure_rarity((word,), rarity) for word in key]
    is_expression = sum(alone) - _measure_rarity(key, rarity) >= MIN_TOGETHER
    return is_expression and min(alone) >= MIN_RARITY_IN_PHRASE


def _is_name(key: tuple[str, ...], rarity: TermRarity) -> bool:
    return max(_measure_rarity(part, rarity) for part in (key, *((word,) for word in key))) > MAX_RARITY


def _measure_rarity(key: tuple[str, ...], rarity: TermRarity) -> float:
    return int(rarity.values[_number_phrase(key)]) / RARITY_UNIT


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
