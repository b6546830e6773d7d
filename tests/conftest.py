"""What every test may use."""

from collections.abc import Iterator
from pathlib import Path

import hypothesis
import pytest
from django.utils import translation
from pytest_django import Settings

hypothesis.settings.register_profile("calm", deadline=None)
hypothesis.settings.load_profile("calm")
"""No stopwatch on an example: a busy machine would fail it."""

SHARED = Path(__file__).resolve().parent.parent.parent / "shared" / "data"


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real papers and captures; a user's clone does not have it."""
    if not SHARED.is_dir():
        pytest.skip("the evaluation data is not here")
    return SHARED


@pytest.fixture(autouse=True)
def _errands_at_once(settings: Settings) -> None:
    """What a page promises to send is there when the page is."""
    settings.ERRANDS_INLINE = True


@pytest.fixture(autouse=True)
def _each_test_in_english() -> Iterator[None]:
    """A page in Chinese leaves its language switched on in the thread that made it."""
    translation.deactivate()
    yield
    translation.deactivate()
