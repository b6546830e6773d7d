"""Python's collector of cycles, kept from walking through all of a day's prepared pieces again and again.

It does so whenever some thousand objects have been made, and letters make many: it took more than half of their time.
"""

import gc
from collections.abc import Iterator
from contextlib import contextmanager

# New objects before the young ones are searched. What a letter leaves behind is mostly freed without a search.
YOUNG_THRESHOLD = 20_000
# So many such searches before all objects are searched.
OLD_THRESHOLD = 1_000_000


@contextmanager
def collect_seldom() -> Iterator[None]:
    """Collect cycles seldom while the block runs: for work of minutes on objects that stay."""
    before = gc.get_threshold()
    gc.set_threshold(YOUNG_THRESHOLD, before[1], OLD_THRESHOLD)
    try:
        yield
    finally:
        gc.set_threshold(*before)
