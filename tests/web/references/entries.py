"""A paper for the tests of references, and what is written of it."""

from datetime import UTC, datetime
from typing import Any

from digest.domain import PaperRecord
from digest.web.references.bibtex import bibtex
from digest.web.references.ris import ris
from tests.ranking.papers import paper


def attention(**changes: Any) -> PaperRecord:
    known: dict[str, Any] = {
        "arxiv_id": "2601.15380",
        "abstract": "Short.\nAnd new.",
        "authors": ("Grace Hopper", "P. Erd\\H{o}s", "The ATLAS Collaboration", "Ann and Bob", "Madonna"),
        "categories": ("cs.LG", "stat.ML"),
        "published": datetime(2026, 1, 21, tzinfo=UTC),
    }
    return paper("Attention in $O(n \\log n)$: 50\\% less & BERT", **(known | changes))


def bibtex_of(found: PaperRecord) -> str:
    return "".join(bibtex([found]))


def ris_of(found: PaperRecord) -> str:
    return "".join(ris([found]))
