"""Searches of very different kinds among all real papers, and what is similar to the first paper that each finds.

To be read by eye: `python -m tests.tables searches`.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path

from digest.models import Announcement, Paper, Version
from digest.research.past_days import PastPaper, read_past_papers
from digest.search.find import Found, Hit, search_archive, similar
from digest.search.index import index_versions
from subscriptions.filters.language import FilterError

FILES = ("papers_dev_2026-02.jsonl.xz", "papers_dev_2026-03.jsonl.xz")
ROWS_AT_ONCE = 1000
SHOWN = 10

# What is asked, by its kind.
QUERIES = {
    "two words": "language model",
    "words with a preposition": "state space models for audio",
    "an abbreviation": "RLHF",
    "the same in full": "reinforcement learning from human feedback",
    "hyphens": "chain-of-thought faithfulness",
    "an exact phrase": '"theoretical guarantees"',
    "a mistype": "difusion modles for protien design",
    "an author": "Yoshua Bengio",
    "a name with accents": "Erdős",
    "fields": "title:survey cat:cs.CL -author:li",
    "an alternative": "(federated OR decentralized) learning privacy",
    "Chinese": "大语言模型 推理",
    "LaTeX": r"$\ell_1$ minimization",
    "one letter": "k",
    "a whole title": "Attention is all you need: a survey of efficient transformer architectures for long sequences",
    "a question": "why do large language models hallucinate?",
    "a field of physics": "gravitational waves from binary black hole mergers",
    "a number": "3D Gaussian splatting",
    "signs": "C++ code generation",
    "a rare word": "sheaf cohomology",
}


def store_papers(papers: Sequence[PastPaper]) -> None:
    """Store papers, each announced on its day in its first category, and index them."""
    rows = Paper.objects.bulk_create([Paper(arxiv_id=each.arxiv_id) for each in papers], ROWS_AT_ONCE)
    versions = Version.objects.bulk_create(
        [
            Version(
                paper=row,
                title=each.title,
                abstract=each.abstract,
                authors=list(each.authors),
                categories=list(each.categories),
                primary_category=each.categories[0],
            )
            for row, each in zip(rows, papers, strict=True)
        ],
        ROWS_AT_ONCE,
    )
    Announcement.objects.bulk_create(
        [
            Announcement(version=version, category=each.categories[0], day=each.day, kind="new")
            for version, each in zip(versions, papers, strict=True)
        ],
        ROWS_AT_ONCE,
    )
    index_versions()


def list_searches(shared: Path) -> Iterator[str]:
    """Yield lines: each query with the first papers that search, newest first and similar show for it."""
    store_papers([each for name in FILES for each in read_past_papers(shared / "papers" / name)])
    yield f"{Version.objects.count():,} papers"
    for kind, query in QUERIES.items():
        yield f"\n## {kind}: {query}"
        try:
            best, newest = search_archive(query, SHOWN), search_archive(query, SHOWN, order="newest")
        except FilterError as error:
            yield f"not understood: {error}"
            continue
        yield f"{best.total} papers have all of it{_describe_correction(best)}"
        yield from _list_papers(best.hits)
        yield f"newest first, {newest.apart} with the words apart last:"
        yield from _list_papers(newest.hits)
        if best.hits:
            yield "similar to the first:"
            yield from _list_papers(similar(best.hits[0].version_id, SHOWN))


def _describe_correction(found: Found) -> str:
    return f", read as: {found.corrected}" if found.corrected else ""


def _list_papers(hits: Sequence[Hit]) -> Iterator[str]:
    versions = Version.objects.select_related("paper").in_bulk([hit.version_id for hit in hits])
    for place, hit in enumerate(hits, start=1):
        version = versions[hit.version_id]
        codes = " ".join(version.categories)
        sign = "" if hit.matches else " (lacks a part)"
        yield f"{place:>3}. {version.paper.arxiv_id} [{codes}] {version.title}{sign}"
