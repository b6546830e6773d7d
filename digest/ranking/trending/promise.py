"""Estimates how likely a paper is to be noticed, before anybody could vote: from 0 to 1.

Boosted trees over a linear score of its words and categories, its shape, the place of its number among the day's,
and how its authors' earlier papers fared. They were trained on what stood on a public daily list of papers
(Hugging Face). Such a list knows a few subjects well and most hardly at all, so it orders papers within a subject.
"""

import json
from collections.abc import Mapping, Sequence
from functools import cache
from math import exp
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from digest.ranking.trending.author_history import AuthorHistory
from digest.ranking.trending.decision_trees import DecisionTrees, format_trees, parse_trees
from digest.ranking.trending.described_paper import DescribedPaper
from digest.ranking.trending.paper_shape import count_ids_from_last, count_shape
from digest.ranking.trending.text_score import (
    WordWeights,
    extract_features,
    format_word_weights,
    parse_word_weights,
    score_text,
)

WEIGHTS_FOLDER = Path(__file__).with_name("weights")
WORDS_FILE, NAMELESS_FILE, NAMES_FILE, MADE_FILE = "words.json", "trees.jsonl", "trees_with_names.jsonl", "made.json"

# An installation that knows fewer listed papers does without names: absence from a short history says nothing.
MIN_LISTED_PAPERS = 1000

THOUSANDTHS = 1000


class PromiseModel(NamedTuple):
    """The weights, and how they were trained."""

    words: WordWeights
    nameless: DecisionTrees
    with_names: DecisionTrees
    made: Mapping[str, Any]

    def estimate(self, papers: Sequence[DescribedPaper], history: AuthorHistory | None) -> list[float]:
        """Return the promise of each of a day's *papers*, from 0 to 1.

        The papers must be all of the day, as their numbers are compared. Without a history, or with one of fewer than
        MIN_LISTED_PAPERS, names do not count.
        """
        if history is not None and len(history) >= MIN_LISTED_PAPERS:
            trees, table = self.with_names, count_features(papers, self.words, history)
        else:
            trees, table = self.nameless, count_features(papers, self.words, None)
        return [_probability(total / THOUSANDTHS) for total in trees.evaluate(select_columns(table, trees.features))]


def count_features(
    papers: Sequence[DescribedPaper], words: WordWeights, history: AuthorHistory | None
) -> list[dict[str, int]]:
    """Return all features of each of a day's papers by name; those of the history only if there is one."""
    return [
        {
            "text_score": score_text(extract_features(paper), words),
            "ids_from_last": ids_from_last,
            **count_shape(paper),
            **(history.count_history(paper.arxiv_id, paper.authors) if history is not None else {}),
        }
        for paper, ids_from_last in zip(papers, count_ids_from_last([each.arxiv_id for each in papers]), strict=True)
    ]


def select_columns(table: Sequence[Mapping[str, int]], features: Sequence[str]) -> NDArray[np.int64]:
    """Return the named features of papers as an array, papers × features."""
    rows = [[row[name] for name in features] for row in table]
    return np.array(rows, dtype=np.int64).reshape(len(rows), len(features))


def _probability(log_odds: float) -> float:
    """Return the probability of log odds; the bounds keep exp from overflowing, and rounding makes it the same."""
    return round(1 / (1 + exp(-max(-30.0, min(30.0, log_odds)))), 6)


@cache
def load_shipped() -> PromiseModel:
    """Return the model that comes with the package. It is read from its files once."""
    return read_model(WEIGHTS_FOLDER)


def read_model(folder: Path) -> PromiseModel:
    """Read the four files of a model. Raises OSError, ValueError or KeyError if they are none."""
    texts = {name: (folder / name).read_text("utf-8") for name in (WORDS_FILE, NAMELESS_FILE, NAMES_FILE, MADE_FILE)}
    return PromiseModel(
        parse_word_weights(texts[WORDS_FILE]),
        parse_trees(texts[NAMELESS_FILE]),
        parse_trees(texts[NAMES_FILE]),
        json.loads(texts[MADE_FILE]),
    )


def format_model(model: PromiseModel) -> Mapping[str, str]:
    """Return the texts of the files of a model by their names."""
    return {
        WORDS_FILE: format_word_weights(model.words),
        NAMELESS_FILE: format_trees(model.nameless),
        NAMES_FILE: format_trees(model.with_names),
        MADE_FILE: json.dumps(dict(model.made), indent=1) + "\n",
    }
