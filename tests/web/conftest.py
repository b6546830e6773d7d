"""Every test of the pages begins with empty caches: the same ids come again with other papers."""

from collections.abc import Iterator

import pytest

from digest.web import selectors


@pytest.fixture(autouse=True)
def _empty_caches() -> Iterator[None]:
    selectors.clear_caches()
    yield
    selectors.clear_caches()
