import pytest
from pytest_django import Settings


@pytest.fixture(autouse=True)
def _fresh_limits(settings: Settings, request: pytest.FixtureRequest) -> None:
    """Every test begins with nobody having asked for anything, and leaves the cache of the machine alone."""
    cache = {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "LOCATION": request.node.nodeid}
    settings.CACHES = {"default": cache}
