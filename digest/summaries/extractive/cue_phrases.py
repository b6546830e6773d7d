"""Cue phrases: words that tell if a sentence states a problem, a contribution, a method, a result or a conclusion."""

import re
from dataclasses import dataclass

from digest.summaries.extractive.sentences import word_set

_WORD = re.compile(r"[^\W_]+(?:['’][a-z]+)?")


# In words.
_LONGEST_CUE = 4


def _cues(phrases: str) -> frozenset[str]:
    return frozenset(phrase.strip() for phrase in phrases.split("/"))


CONTRIBUTION_CUES = _cues(
    "we propose/we present/we introduce/we develop/we show/we prove/we study/we investigate/we describe/we design"
    "/we establish/we derive/we construct/we report/we give/we provide/we demonstrate/we explore/we analyze/we analyse"
    "/we examine/we address/we consider/we formulate/we devise/we build/we release/we argue/we consider/we characterize"
    "/we obtain/we extend/we compute/we measure/we determine/we offer/we tackle/we revisit/we also propose/we here"
    "/we formalize/we create/we find/we aim/we identify/we present here/we classify/we generalize/we then propose"
    "/this paper/this work/this article/this study/this letter/this note/this survey/this thesis/this review"
    "/is proposed/are proposed/is presented/are presented/is introduced/are introduced/is shown/is developed"
    "/our goal/our aim/our contribution/our main result/main result/our paper/our work/dubbed/termed"
)
PROPOSAL_CUES = _cues(
    "we propose/we present/we introduce/we develop/we prove/we design/we devise/we establish/we build/we formulate"
    "/is proposed/is introduced/is presented/are proposed/are introduced/are presented"
) | frozenset(
    f"this {what} {does}"
    for what in ("paper", "work", "study", "article", "letter", "survey", "review")
    for does in ("proposes", "presents", "introduces", "develops", "investigates", "studies", "provides", "examines")
)
PROBLEM_CUES = _cues(
    "however/yet/but/remains/remain/challenge/challenges/challenging/lack/lacks/lacking/limited/limitation/limitations"
    "/suffer/suffers/difficult/difficulty/unclear/unknown/expensive/costly/crucial/critical/open problem/open question"
    "/fail/fails/hinder/hinders/little is known/bottleneck/overlook/overlooks/neglect/unfortunately/impractical/prone"
    "/inefficient/scarce/insufficient/struggle/struggles/often/important/unexplored/underexplored/poorly understood"
)
BACKGROUND_CUES = _cues(
    "recently/in recent years/recent advances/recent progress/recent work/recent studies/recent years/recent research"
    "/over the past/in the past/over the last/in the last/have been/has been/have become/has become/plays a/play a"
    "/is a fundamental/is an important/are widely/is widely/have shown/has emerged/have emerged/has attracted"
    "/traditionally/nowadays/today/existing/prior work/previous/many/with the rise/increasingly"
)
METHOD_CUES = _cues(
    "our method/our approach/our model/our framework/our algorithm/our system/our technique/our construction"
    "/our proof/our pipeline/our architecture/our strategy/our analysis/the proposed/by using/we use/we employ"
    "/we leverage/we train/we first/we then/we combine/we adopt/we apply/we utilize/we formulate/we design"
    "/we collect/we construct/we model/we evaluate/we introduce/we propose/we develop/we derive/we perform"
    "/we compare/specifically"
    "/consists of/consist of/is based on/based on/algorithm/the method/the approach/the framework/the proof"
    "/the model/the key idea/the core"
    "/by combining/by introducing/by leveraging/employs/leverages/incorporates/integrates/utilizes/works by"
    "/monte carlo/simulations/using/via"
)
RESULT_CUES = _cues(
    "experiments/experiment/experimental results/results show/results demonstrate/results indicate/results reveal"
    "/outperform/outperforms/outperforming/achieve/achieves/achieving/improve/improves/improvement/improvements"
    "/state of the art/we find/we prove/we show/we demonstrate/we observe/we obtain/significantly/reduces/reduce"
    "/reducing/accuracy/superior/yields/attains/reveal/reveals/empirically/benchmarks/shows that/show that/found"
    "/evaluations/evaluation/demonstrates/exceeds/surpasses/faster/higher/lower/compared/consistent with/confirms"
)
CONCLUSION_OPENERS = _cues(
    "suggest/suggests/conclude/concludes/overall/our findings/these findings/these results/implications/in summary"
    "/in conclusion/in sum/taken together/paves/pave/paving/our results suggest/our work/our study/this work highlights"
    "/highlight/highlights/underscore/underscores/insights/finally/promising/thus"
)
NOTICE_CUES = _cues(
    "code is available/available at/is available/are available/publicly available/github/https/http/code and data"
    "/open source/project page/will be released/our code/source code/pages/supplementary"
)
RESULT_STARTERS = word_set("experiments experimental extensive results empirical numerical evaluations")
LINKING_STARTERS = word_set(
    "specifically furthermore moreover additionally finally also further then first second third next similarly besides"
    " consequently lastly"
)
DANGLING_STARTERS = word_set("this these it they such its their those both here")
# The words after a "this" at the beginning with which it means the paper itself.
OWN_PAPER_WORDS = word_set(
    "paper work study article letter note survey review thesis report research manuscript contribution"
)


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence, its words in lower case, and all runs of up to four of them, so that a cue is found at one look."""

    text: str
    words: tuple[str, ...]
    runs: frozenset[str]

    def has(self, cues: frozenset[str]) -> bool:
        return not cues.isdisjoint(self.runs)

    def count(self, cues: frozenset[str]) -> int:
        return len(cues & self.runs)

    @property
    def first(self) -> str:
        return self.words[0] if self.words else ""

    @property
    def dangles(self) -> bool:
        """Return whether it begins with a "this" or "it" that stands for something said before."""
        return self.first in DANGLING_STARTERS and OWN_PAPER_WORDS.isdisjoint(self.words[1:2])


def read_sentence(text: str) -> Sentence:
    words = tuple(_WORD.findall(text.lower()))
    runs = [" ".join(words[start : start + size]) for size in range(2, _LONGEST_CUE + 1) for start in range(len(words))]
    return Sentence(text, words, frozenset([*words, *runs]))
