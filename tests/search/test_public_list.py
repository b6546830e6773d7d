"""Our pages beside a public list of papers: `python -m tests.tables topic` tells all figures."""

from pathlib import Path

import pytest

from tests.search.public_list import measure, store_list, store_others

pytestmark = [pytest.mark.django_db, pytest.mark.data]


def test_our_pages_find_what_a_public_page_lists(shared_data: Path) -> None:
    listed = store_list(shared_data)
    store_others(shared_data, 500)
    assert len(listed) == 119
    found = measure(listed)
    assert all(share > 0.9 for _, share, _ in found.values())
    assert found["search, best matches"][2] > 0.9
    assert found["topic, best matches"][2] > 0.9
