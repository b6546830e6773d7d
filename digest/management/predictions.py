"""The kinds of predictions that `predict` can write, one JSON object a line, to be scored against people's work."""

import json
from argparse import ArgumentParser
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
from django.utils.translation import gettext as _

from digest.domain import ProgressCallback
from digest.management.arguments import parse_count
from digest.ranking.selection.select import DaySelection
from digest.ranking.trending import promise
from digest.ranking.trending.author_history import AuthorHistory
from digest.research.paper_collections import rank_by_query, rank_by_topic, read_collection, read_topics
from digest.research.past_days import PastPaper, find_listed_before, group_by_day, read_list_entries, read_past_papers
from digest.research.past_readers import SignalMaker, make_past_reader, prepare_days, read_readers
from digest.research.scitldr import read_scitldr
from digest.summaries.extractive.writer import write_summary

# How much of a personal ranking is written.
RANKED_PAPERS = 200


@dataclass(frozen=True)
class PredictionKind:
    """One kind. `lines` gets the parsed options and yields objects as they are made."""

    help: str
    add_arguments: Callable[[ArgumentParser], None]
    lines: Callable[[Mapping[str, Any], ProgressCallback], Iterator[dict[str, Any]]]


def write_json_lines(objects: Iterator[dict[str, Any]]) -> Iterator[str]:
    for each in objects:
        yield json.dumps(each, ensure_ascii=False) + "\n"


def _add_tldr_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("scitldr", type=Path, metavar="SCITLDR_FILE")


def _predict_tldrs(options: Mapping[str, Any], tick: ProgressCallback) -> Iterator[dict[str, Any]]:
    for count, paper in enumerate(read_scitldr(options["scitldr"]), start=1):
        yield {"paper_id": paper.paper_id, "tldr": write_summary(paper.title, paper.abstract).tldr}
        tick(count, None)


def _add_trending_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("papers", type=Path, nargs="+", metavar="PAPERS")
    parser.add_argument("--hf", type=Path, nargs="+", required=True, metavar="HF")
    parser.add_argument("--no-author-history", action="store_true", help=_("Let no names count."))


def _predict_trending(options: Mapping[str, Any], tick: ProgressCallback) -> Iterator[dict[str, Any]]:
    """Yield the ranking of each day by promise: of the list, only what it had before the day is read."""
    list_entries = read_list_entries(options["hf"])
    days = group_by_day(each for path in options["papers"] for each in read_past_papers(path))
    for count, (day, papers) in enumerate(days.items(), start=1):
        names = not options["no_author_history"]
        history = AuthorHistory(find_listed_before(list_entries, day), day) if names else None
        yield {"day": day.isoformat(), "ranked": rank_by_promise(papers, history)}
        tick(count, len(days))


def rank_by_promise(papers: Sequence[PastPaper], history: AuthorHistory | None) -> list[str]:
    """Return the arXiv ids of a day's papers, the most promising first, equal ones by id."""
    rated = zip(promise.load_shipped().estimate(papers, history), papers, strict=True)
    return [paper.arxiv_id for _, paper in sorted(rated, key=lambda each: (-each[0], each[1].arxiv_id))]


def _add_topic_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("topics", type=Path, metavar="TOPICS_FILE")
    parser.add_argument("papers", type=Path, nargs="+", metavar="PAPERS_FILE")


def _predict_topics(options: Mapping[str, Any], tick: ProgressCallback) -> Iterator[dict[str, Any]]:
    topics = list(read_topics(options["topics"]))
    for count, (topic, ranked) in enumerate(rank_by_topic(topics, read_collection(options["papers"])), start=1):
        yield {"topic": topic.name, "ranked": ranked}
        tick(count, len(topics))


def _add_search_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("query", metavar="QUERY")
    parser.add_argument("papers", type=Path, nargs="+", metavar="PAPERS_FILE")


def _predict_search(options: Mapping[str, Any], tick: ProgressCallback) -> Iterator[dict[str, Any]]:
    query = options["query"]
    yield {"query": query, "ranked": rank_by_query(query, read_collection(options["papers"]))}
    tick(1, 1)


def _add_personal_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("users", type=Path, metavar="USERS")
    parser.add_argument("papers", type=Path, nargs="+", metavar="PAPERS")
    parser.add_argument(
        "--keywords",
        type=parse_count,
        default=0,
        metavar="N",
        help=_("Give readers N of the keywords suggested to them."),
    )
    likes = parser.add_mutually_exclusive_group()
    likes.add_argument("--no-likes", action="store_true", help=_("Let no likes count."))
    likes.add_argument(
        "--likes", type=parse_count, metavar="N", help=_("Let the first N papers of a profile be liked. Default: all.")
    )
    parser.add_argument(
        "--letters",
        action="store_true",
        help=_("Rank as letters are composed: their papers first, the others by score."),
    )


def _predict_personal(options: Mapping[str, Any], tick: ProgressCallback) -> Iterator[dict[str, Any]]:
    """Yield the ranking of each day for each reader: of the papers, only the day and those before it are read."""
    maker = SignalMaker()
    likes = 0 if options["no_likes"] else options["likes"]
    readers = {
        reader.name: maker.make(reader.profile, keywords=options["keywords"], likes=likes)
        for reader in read_readers(options["users"])
    }
    days = group_by_day(each for path in options["papers"] for each in read_past_papers(path))
    filters = set(chain.from_iterable(signals.filters for signals in readers.values()))
    for count, past in enumerate(prepare_days(days, filters), start=1):
        selection = DaySelection(past.index, past.scorer, past.day)
        for name, signals in readers.items():
            if options["letters"]:
                ranked = selection.rank_as_letter(make_past_reader(name, signals), signals)
            else:
                ranked = np.argsort(-past.scorer.score([signals]).total[0], kind="stable").tolist()
            ids = [past.ids[rank] for rank in ranked[:RANKED_PAPERS]]
            yield {"user": name, "day": past.day.isoformat(), "ranked": ids}
        tick(count, len(days))


PREDICTION_KINDS: Mapping[str, PredictionKind] = {
    "tldr": PredictionKind(
        "One sentence per paper of a SciTLDR file, by the extractive writer.", _add_tldr_arguments, _predict_tldrs
    ),
    "personal": PredictionKind(
        "A ranking of each day's papers for each reader.", _add_personal_arguments, _predict_personal
    ),
    "trending": PredictionKind(
        "A ranking of each day's papers by who will be on a public daily list.",
        _add_trending_arguments,
        _predict_trending,
    ),
    "topic": PredictionKind(
        "A ranking of papers per topic, by its seed papers.", _add_topic_arguments, _predict_topics
    ),
    "search": PredictionKind(
        "A ranking of papers for a query: words, or a filter.", _add_search_arguments, _predict_search
    ),
}
