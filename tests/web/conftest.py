"""Every test of the pages begins with empty caches: the same ids come again with other papers."""

from collections.abc import Iterator

import pytest

from digest.web import keyword_suggestions, match_rates, selectors


@pytest.fixture(autouse=True)
def _empty_caches() -> Iterator[None]:
    _clear_caches()
    yield
    _clear_caches()


def _clear_caches() -> None:
    selectors.cached_contents.cache_clear()
    selectors.cached_selection.cache_clear()
    selectors.cached_covered_days.cache_clear()
    match_rates.load_recent_papers.cache_clear()
    keyword_suggestions.propose.cache_clear()
