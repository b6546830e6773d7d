"""What vectors of an embedding model change in the order of papers for readers of the past."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from digest.ranking.personal.earlier_papers import EarlierPapers
from digest.ranking.personal.relevance import DayScorer, load_shipped_weights
from digest.ranking.personal.signals import WeightedPaper
from digest.ranking.text.paper_vector import make_vector
from digest.ranking.text.term_rarity import load_shipped_rarity
from digest.research.measures import ndcg
from digest.research.past_days import PastPaper, group_by_day
from digest.research.past_readers import PastReader, SignalMaker, find_reader_days, prepare_days

DEPTH = 10


class VectorFigures(NamedTuple):
    """Of each day of a reader: nDCG@10 by words, and with vectors."""

    by_words: list[float]
    with_vectors: list[float]

    def __str__(self) -> str:
        change = np.subtract(self.with_vectors, self.by_words)
        error = change.std() / np.sqrt(len(change))
        means = f"{np.mean(self.by_words):.3f} by words, {np.mean(self.with_vectors):.3f} with vectors"
        return f"nDCG@{DEPTH} of {len(change)} days of readers: {means} ({change.mean():+.3f} ± {error:.3f})"


def measure_vectors(
    papers: Sequence[PastPaper], readers: Sequence[PastReader], vectors: Mapping[str, bytes]
) -> VectorFigures:
    """Return the figures of readers with likes and categories. *vectors* are of papers and likes, by arXiv id.

    The shipped weights were trained on these readers: only the difference says something.
    """
    rarity, weights, maker = load_shipped_rarity(), load_shipped_weights(), SignalMaker()
    reader_days = find_reader_days(readers, papers)
    figures = VectorFigures([], [])
    for past in prepare_days(group_by_day(papers), ()):
        texts = [make_vector(paper.title, paper.abstract, rarity) for paper in past.index.papers]
        held = [replace(text, embedding=vectors.get(key)) for text, key in zip(texts, past.ids, strict=True)]
        scorer = DayScorer(past.index, held, weights, EarlierPapers({}))
        for reader, day, chosen in reader_days:
            if day != past.day:
                continue
            signals = maker.make(reader.profile)
            with_vectors = signals._replace(liked=tuple(_add_vector(each, vectors) for each in signals.liked))
            for of_day, said, found in (
                (past.scorer, signals, figures.by_words),
                (scorer, with_vectors, figures.with_vectors),
            ):
                totals = weights.of(len(said.liked)) @ of_day.measure(said)
                first = np.argsort(-totals, kind="stable")[:DEPTH].tolist()
                found.append(ndcg([past.ids[rank] for rank in first], chosen, DEPTH))
    return figures


def _add_vector(liked: WeightedPaper, vectors: Mapping[str, bytes]) -> WeightedPaper:
    return liked._replace(vector=replace(liked.vector, embedding=vectors.get(liked.arxiv_id)))
