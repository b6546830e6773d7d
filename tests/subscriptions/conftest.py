from collections.abc import Iterator

import pytest
from django.core.cache import cache


@pytest.fixture(autouse=True)
def _fresh_limits() -> Iterator[None]:
    """Every test begins with nobody having asked for anything."""
    cache.clear()
    yield
    cache.clear()
