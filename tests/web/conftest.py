"""Readers with their browsers. Every test begins with empty caches: the same ids come again with other papers."""

from collections.abc import Iterator

import pytest
from django.test import Client

from digest.search import attention, lookup
from digest.web import keyword_suggestions, match_rates, popular_topics, selectors
from tests.browsers import open_account
from tests.people import ada, bao, subscribe


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
    popular_topics.propose_topics.cache_clear()
    lookup.load_days_of_block.cache_clear()
    attention.load_noticed_versions.cache_clear()


@pytest.fixture
def two_readers() -> None:
    subscribe(ada)
    subscribe(bao)


@pytest.fixture
def ada_browser(two_readers: None, client: Client) -> Client:
    """A browser that opened Ada's account."""
    return open_account(client, ada.id)
