"""A paper that was fetched later stands in the listing that had named it."""

import pytest

from digest.ingest.refetch_missing import place_in_listing
from digest.sources.arxiv.sections import expand_codes
from tests.ingest.fetched import paper


@pytest.mark.parametrize(
    ("category", "version", "expected"),
    [
        ("cs", 1, ("cs.LG", "new")),
        ("cs", 2, ("cs.LG", "replace")),
        ("stat", 1, ("stat.ML", "cross")),
        ("stat", 2, ("stat.ML", "replace-cross")),
        # The listing named it, but the categories have changed since: it stands in its own section.
        ("math", 1, ("cs.LG", "new")),
        ("math", None, ("cs.LG", "new")),
    ],
)
def test_the_listing_says_whether_the_paper_is_a_cross_list(
    category: str, version: int | None, expected: tuple[str, str]
) -> None:
    fetched = paper(1, version=version, categories=("cs.LG", "stat.ML"), section="", kind="new")
    placed = place_in_listing(fetched, expand_codes(category))
    assert (placed.section, placed.kind) == expected
    assert placed.where == "2602.00001"
