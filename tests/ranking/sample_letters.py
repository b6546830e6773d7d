"""Letters of readers with few and many likes in some fields, for real days, to be read by eye."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path
from random import Random

import numpy as np

from digest.domain import Choice
from digest.ranking.personal.signals import ReaderSignals, WeightedPaper
from digest.ranking.selection.select import DaySelection
from digest.ranking.text.paper_vector import make_vector
from digest.ranking.text.term_index import TermIndex
from digest.ranking.text.term_rarity import load_shipped_rarity
from digest.research.past_days import PastPaper, group_by_day, read_past_papers
from digest.research.past_readers import PastDay, make_past_reader, prepare_days

FIELDS = ("cs.LG", "quant-ph", "math.CO", "astro-ph", "q-bio")
LIKES = (0, 3, 30, 300)
DAYS = (date(2026, 3, 5), date(2026, 3, 12), date(2026, 3, 25))


def list_letters(shared: Path, seed: int) -> Iterator[str]:
    """Yield lines: for each field and number of likes what is liked, and for each day the papers of the letter.

    A reader likes those papers of February in their field that are nearest to one drawn by *seed*, and follows its
    categories. Where the field has fewer papers, they like all.
    """
    papers = {month: shared / "papers" / f"papers_dev_2026-{month}.jsonl.xz" for month in ("02", "03")}
    earlier = _group_by_field(read_past_papers(papers["02"]))
    by_day = group_by_day(read_past_papers(papers["03"]))
    days = list(prepare_days({day: by_day[day] for day in DAYS}, ()))
    for field in FIELDS:
        liked = _order_by_subject(earlier[field], seed)
        for count in sorted({min(count, len(liked)) for count in LIKES}):
            yield f"\n## {field}, {count} likes of {len(liked)} papers in February"
            if count:
                yield f"    the first: {liked[0].arxiv_id} {liked[0].title}"
            signals = ReaderSignals(_list_categories(earlier[field], days, field), (), liked[:count], ())
            for past in days:
                reader = make_past_reader(f"{field} {count}", signals)
                (choice,) = DaySelection(past.index, past.scorer, past.day).choose([reader], [signals])
                yield f"\n### {past.day}"
                yield from _describe(choice, past, liked[:count])


def _group_by_field(papers: Iterator[PastPaper]) -> dict[str, list[PastPaper]]:
    found = defaultdict(list)
    for paper in papers:
        for field in FIELDS:
            if _is_of(paper.categories[0], field):
                found[field].append(paper)
    return found


def _is_of(category: str, field: str) -> bool:
    return category == field or category.startswith(f"{field}.")


def _order_by_subject(papers: Sequence[PastPaper], seed: int) -> list[WeightedPaper]:
    """Return the papers, one drawn by *seed* first, and those that are most similar to it next."""
    rarity = load_shipped_rarity()
    vectors = [make_vector(paper.title, paper.abstract, rarity) for paper in papers]
    drawn = Random(seed).randrange(len(papers))
    near = TermIndex(vectors).compare_all([vectors[drawn]])[0]
    return [
        WeightedPaper(vectors[place], papers[place].arxiv_id, papers[place].title, (), papers[place].categories)
        for place in np.argsort(-near, kind="stable").tolist()
    ]


def _list_categories(papers: Sequence[PastPaper], days: Sequence[PastDay], field: str) -> tuple[str, ...]:
    """Return the field itself, or all its categories."""
    known = {paper.categories[0] for paper in papers}
    known |= {code for past in days for paper in past.index.papers for code in paper.categories}
    return tuple(sorted(code for code in known if _is_of(code, field)))


def _describe(choice: Choice, past: PastDay, liked: Sequence[WeightedPaper]) -> Iterator[str]:
    titles = {paper.arxiv_id: paper.title for paper in liked}
    if not choice.picks:
        yield f"no letter: {choice.excluded or 'no match'}"
    for place, pick in enumerate(choice.picks, start=1):
        paper = past.index.papers[pick.rank]
        causes = "; ".join(f"{each.kind} {titles.get(each.text, each.text)} {each.share}%" for each in pick.reasons)
        yield f"{place:>2}. {paper.arxiv_id} {' '.join(paper.categories)} {pick.score:.2f} {paper.title} [{causes}]"
