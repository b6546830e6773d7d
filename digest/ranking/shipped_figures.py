"""How well the shipped weights rank, as measured when they were trained: a file beside each of the two sets of weights.

The training commands write them. docs/ranking.md and the page that tells how papers are chosen show what they hold.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from digest.ranking.personal.relevance import WEIGHTS_FILE
from digest.ranking.trending.promise import WEIGHTS_FOLDER

PROMISE_FILE = "figures.json"


class ScenarioFigures(NamedTuple):
    """The mean nDCG@10 of readers of whom so much is known."""

    # None: all.
    likes: int | None
    keywords: int
    # By the family of columns that the weights were trained without, "" for none.
    ndcg: Mapping[str, float]

    @property
    def name(self) -> str:
        """Return what is known, as docs/ranking.md has it."""
        likes = "all likes" if self.likes is None else f"{self.likes or 'no'} like{'s' * (self.likes != 1)}"
        return f"{likes}, {self.keywords} keywords" if self.keywords else likes


class RelevanceFigures(NamedTuple):
    """How well the personal score ranks for readers whom its weights had not seen."""

    # How the weights were made, and on what: the same stands in their file.
    made: Mapping[str, Any]
    # So many days of readers were ranked.
    reader_days: int
    scenarios: Sequence[ScenarioFigures]


class PromiseFigure(NamedTuple):
    """How well the estimate ranks the papers of weeks that it was not trained on."""

    # "with names", "without names" or "words and categories alone".
    what: str
    # How old the list of noticed papers is by which names count; None: as old as the data have it.
    history_days: int | None
    # The family of features that it was trained without.
    left_out: str
    # Means over days: nDCG@30 of listed papers, and the share of the day's ten most voted in the first hundred.
    ndcg: float
    recall: float

    @property
    def name(self) -> str:
        """Return what was measured, as docs/ranking.md has it."""
        history = "" if self.history_days is None else f", of a history of {self.history_days} days"
        return f"{self.what}{history}{self.left_out and f', but without {self.left_out}'}"


class PromiseFigures(NamedTuple):
    """The figures of the estimate, and how it was made, as in its own file."""

    made: Mapping[str, Any]
    rows: Sequence[PromiseFigure]


def relevance_file(weights: Path) -> Path:
    """Return the file with the figures of a file of weights."""
    return weights.with_name(f"{weights.stem}_figures.json")


@cache
def load_relevance_figures() -> RelevanceFigures:
    """Return the figures of the weights that come with the package. They are read once."""
    document = json.loads(relevance_file(WEIGHTS_FILE).read_text("utf-8"))
    scenarios = [ScenarioFigures(**row) for row in document["scenarios"]]
    return RelevanceFigures(document["made"], document["reader_days"], scenarios)


@cache
def load_promise_figures() -> PromiseFigures:
    """Return the figures of the estimate that comes with the package. They are read once."""
    document = json.loads((WEIGHTS_FOLDER / PROMISE_FILE).read_text("utf-8"))
    return PromiseFigures(document["made"], [PromiseFigure(**row) for row in document["rows"]])


def format_relevance_file(figures: RelevanceFigures) -> str:
    """Return the text of a file with these figures."""
    return _format_file({**figures._asdict(), "scenarios": [row._asdict() for row in figures.scenarios]})


def format_promise_file(figures: PromiseFigures) -> str:
    """Return the text of a file with these figures."""
    return _format_file({**figures._asdict(), "rows": [row._asdict() for row in figures.rows]})


def _format_file(document: Mapping[str, Any]) -> str:
    return json.dumps(document, indent=1) + "\n"


def list_relevance_rows(figures: RelevanceFigures) -> Iterator[str]:
    """Yield the lines of a table in Markdown: a row for each scenario, a column for all families and without each."""
    families = list(figures.scenarios[0].ndcg)
    yield f"| nDCG@10 | {' | '.join(f'without {family}' if family else 'all columns' for family in families)} |"
    yield f"|---|{'--:|' * len(families)}"
    for scenario in figures.scenarios:
        yield f"| {scenario.name} | {' | '.join(f'{scenario.ndcg[family]:.4f}' for family in families)} |"


def list_promise_rows(figures: PromiseFigures) -> Iterator[str]:
    """Yield the lines of a table in Markdown."""
    yield from ("| | nDCG@30 | of the ten most voted, in the first hundred |", "|---|--:|--:|")
    yield from (f"| {row.name} | {row.ndcg:.3f} | {row.recall:.1%} |" for row in figures.rows)
