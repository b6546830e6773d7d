"""Every test begins with empty caches: the same ids come again with other papers."""

from collections.abc import Iterator

import pytest

from digest.search import attention, lookup


@pytest.fixture(autouse=True)
def _empty_caches() -> Iterator[None]:
    lookup.load_days_of_block.cache_clear()
    attention.load_noticed_versions.cache_clear()
    yield
    lookup.load_days_of_block.cache_clear()
    attention.load_noticed_versions.cache_clear()
