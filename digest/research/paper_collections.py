"""Reads collections of papers and topics with seed papers (JSON Lines, plain or .xz), and ranks one by the other."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from digest.ranking.search.paper_terms import SearchedText
from digest.ranking.search.postings import MemoryIndex
from digest.ranking.search.query import read_query
from digest.ranking.search.rank_anew import RANKED_ANEW, rank_anew
from digest.ranking.search.ranking import find_hits
from digest.ranking.search.topic_model import TopicPaper, score_topic
from digest.ranking.text.paper_vector import make_vector
from digest.ranking.text.term_rarity import load_shipped_rarity
from digest.research.json_lines import JsonLinesError, get_text, get_texts, read_objects


class CollectedPaper(NamedTuple):
    """A paper of a collection, perhaps without a day: a `PastPaper` always has one, and is replayed by days."""

    arxiv_id: str
    # As the file writes it, such as 2026-02-02; empty where it says none.
    announced: str
    title: str
    abstract: str
    authors: tuple[str, ...]
    categories: tuple[str, ...]


class Topic(NamedTuple):
    """A subject by its seed papers."""

    name: str
    # The first and the last day it asks about; a day that is empty is no bound.
    window: tuple[str, str]
    seeds: tuple[CollectedPaper, ...]


def read_collection(paths: Sequence[Path]) -> list[CollectedPaper]:
    """Return the papers of several files, each id once. Raises JsonLinesError."""
    papers: dict[str, CollectedPaper] = {}
    for path in paths:
        for document in read_objects(path):
            paper = _read_paper(document, path)
            papers.setdefault(paper.arxiv_id, paper)
    return list(papers.values())


def read_topics(path: Path) -> Iterator[Topic]:
    """Yield the topics of a file; only `topic`, `seeds` and perhaps `window` are read. Raises JsonLinesError."""
    for document in read_objects(path):
        seeds, window = document.get("seeds"), document.get("window") or ("", "")
        if not isinstance(seeds, list) or not all(isinstance(seed, dict) for seed in seeds):
            raise JsonLinesError(f"{path.name}: a topic without a list of papers in 'seeds'")
        if not isinstance(window, (list, tuple)) or len(window) != 2:
            raise JsonLinesError(f"{path.name}: a topic whose 'window' is no pair of days")
        yield Topic(
            get_text(document, "topic"),
            (str(window[0] or ""), str(window[1] or "")),
            tuple(_read_paper(seed, path) for seed in seeds),
        )


def rank_by_topic(topics: Sequence[Topic], papers: Sequence[CollectedPaper]) -> Iterator[tuple[Topic, list[str]]]:
    """Yield for each topic the ids of all papers but its seeds, best first.

    Papers announced outside of the topic's window come after all others.
    """
    rarity = load_shipped_rarity()

    def prepare(paper: CollectedPaper) -> TopicPaper:
        return TopicPaper(make_vector(paper.title, paper.abstract, rarity), paper.categories)

    prepared = [prepare(paper) for paper in papers]
    for topic in topics:
        known = {seed.arxiv_id for seed in topic.seeds}
        asked: list[int] = []
        others: list[int] = []
        for place, paper in enumerate(papers):
            if paper.arxiv_id not in known:
                (asked if _is_within(paper.announced, topic.window) else others).append(place)
        seeds = [prepare(seed) for seed in topic.seeds]
        ranked: list[str] = []
        for places in (asked, others):
            scores = score_topic(seeds, [prepared[place] for place in places])
            ranked += [papers[places[each]].arxiv_id for each in np.argsort(-scores, kind="stable")]
        yield topic, ranked


def rank_by_query(text: str, papers: Sequence[CollectedPaper]) -> list[str]:
    """Return the ids of the papers that have anything of the query, best first. Raises FilterError."""
    query = read_query(text)
    rarity = load_shipped_rarity()
    index = MemoryIndex([SearchedText(each.title, each.abstract, each.authors, each.categories) for each in papers])
    hits = find_hits(query, index, rarity, len(papers))
    first = [papers[number] for number in hits.papers[:RANKED_ANEW]]
    vectors = [make_vector(each.title, each.abstract, rarity) for each in first]
    return [papers[number].arxiv_id for number in rank_anew(hits, vectors, text).papers]


def _is_within(day: str, window: tuple[str, str]) -> bool:
    first, last = window
    return not day or (first <= day and (not last or day <= last))


def _read_paper(document: dict[str, Any], path: Path) -> CollectedPaper:
    arxiv_id, announced, title, abstract = (
        get_text(document, name) for name in ("id", "announced", "title", "abstract")
    )
    if not arxiv_id:
        raise JsonLinesError(f"{path.name}: a paper without 'id'")
    authors, categories = (get_texts(document, name) for name in ("authors", "categories"))
    return CollectedPaper(arxiv_id, announced, title, abstract, authors, categories)
