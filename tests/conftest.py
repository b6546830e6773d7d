"""What every test may use."""

from pathlib import Path

import pytest

SHARED = Path(__file__).resolve().parent.parent.parent / "shared" / "data"


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real papers and captures; a user's clone does not have it."""
    if not SHARED.is_dir():
        pytest.skip("the evaluation data is not here")
    return SHARED
