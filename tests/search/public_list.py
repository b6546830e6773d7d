"""A public page of papers on "theoretical guarantees", beside our topic page and search page for the same words.

Its 119 papers are stored among others of the evaluation data, and those that our pages show are compared with it. When
its papers came out and how they were noticed is not known here: those orders tell of recall alone.
"""

from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from itertools import count as count_on
from itertools import islice
from pathlib import Path

from digest.domain import FetchedPaper
from digest.editions.version_vectors import fill_vectors
from digest.models import Paper, Version
from digest.research.measures import recall
from digest.search.find import search_archive
from digest.search.index import index_versions
from digest.sources.files.detect import open_paths
from digest.web.found_papers import MAX_PAPERS
from digest.web.topic_pages import find_topic_papers

LIST, OTHERS = "seeds/002_0016ddee62b7a6c4.txt", "papers/papers_dev_2026-03.jsonl.xz"
FIRST_DAY = date(2026, 3, 2)
QUERY = "theoretical guarantees"
RECALL_DEPTH, PRECISION_DEPTH = 200, 100


def store_list(data: Path) -> list[int]:
    """Store the papers of the list, and return their versions. A title is a line, the abstract the next one."""
    lines = (data / LIST).read_text(encoding="utf-8").splitlines()[2:]
    lines[0] = lines[0].removeprefix("Subscribe")  # a button of that page
    pairs = zip(lines[::2], lines[1::2], strict=True)
    return [_store(f"list{number}", title, abstract, ["cs.LG"]) for number, (title, abstract) in enumerate(pairs)]


def store_others(data: Path, count: int) -> None:
    """Store so many other papers, those of one day after another."""
    days = (FIRST_DAY + timedelta(days=later) for later in count_on())
    entries = (each for day in days for each in open_paths([data / OTHERS]).entries(day))
    papers = (each for each in entries if isinstance(each, FetchedPaper) and each.kind == "new")
    for each in islice(papers, count):
        _store(each.arxiv_id, each.title, each.abstract, list(each.categories))


def _store(arxiv_id: str, title: str, abstract: str, categories: list[str]) -> int:
    paper = Paper.objects.create(arxiv_id=arxiv_id)
    version = Version.objects.create(
        paper=paper, title=title, abstract=abstract, categories=categories, primary_category=categories[0]
    )
    return version.pk


def measure(listed: list[int]) -> Mapping[str, tuple[int, float, float]]:
    """Return for each page how many papers match, recall at 200 and precision at 100."""
    index_versions()
    fill_vectors(Version.objects.all())
    pages = {
        "search, best matches": search_archive(QUERY, MAX_PAPERS),
        "topic, newest": find_topic_papers(QUERY),
        "topic, most noticed": find_topic_papers(QUERY, "noticed"),
        "topic, best matches": find_topic_papers(QUERY, "relevance"),
    }
    wanted = set(map(str, listed))
    found = {}
    for name, page in pages.items():
        ranked = [str(hit.version_id) for hit in page.hits]
        precision = sum(each in wanted for each in ranked[:PRECISION_DEPTH]) / PRECISION_DEPTH
        found[name] = (page.total, recall(ranked, wanted, RECALL_DEPTH), precision)
    return found


def list_rows(data: Path, others: int) -> Iterator[str]:
    """Yield the table."""
    listed = store_list(data)
    store_others(data, others)
    yield f"{len(listed)} papers of the list among {others:,} others: {QUERY}"
    yield f"{'':28}{'match':>7}{'recall@200':>12}{'precision@100':>15}"
    for name, (total, share, precision) in measure(listed).items():
        yield f"{name:28}{total:>7}{share:>12.3f}{precision:>15.3f}"
