"""Rows come into a table all at once, and never over one that stands there."""

import pytest
from django.db import IntegrityError, transaction

from digest.editions.build import build_edition
from digest.infra.insert_rows import insert_rows
from digest.models import EditionEntry, ShownPaper
from tests.editions.rows import FRIDAY, announce

pytestmark = pytest.mark.django_db

COLUMNS = ("entry_id", "block", "shown_to", "told_to")
ODD = b"\x00\\\t\n\xff"


@pytest.fixture
def entry() -> EditionEntry:
    announce("One", day=FRIDAY)
    return build_edition(FRIDAY).entries.get()


def list_rows() -> list[tuple[int, bytes, bytes]]:
    rows = ShownPaper.objects.order_by("block").values_list("block", "shown_to", "told_to")
    return [(block, bytes(shown_to), bytes(told_to)) for block, shown_to, told_to in rows]


def test_rows_come_in_as_they_are(entry: EditionEntry) -> None:
    insert_rows(ShownPaper, COLUMNS, [(entry.id, 0, ODD, b""), (entry.id, 1, b"", ODD)], skips_existing=False)
    assert list_rows() == [(0, ODD, b""), (1, b"", ODD)]


def test_a_row_that_exists_stays_as_it_is_where_that_is_wanted(entry: EditionEntry) -> None:
    insert_rows(ShownPaper, COLUMNS, [(entry.id, 1, b"old", b"")], skips_existing=False)
    insert_rows(ShownPaper, COLUMNS, [(entry.id, 0, ODD, b""), (entry.id, 1, b"new", b"")], skips_existing=True)
    assert list_rows() == [(0, ODD, b""), (1, b"old", b"")]


def test_else_no_row_comes_in(entry: EditionEntry) -> None:
    insert_rows(ShownPaper, COLUMNS, [(entry.id, 1, b"old", b"")], skips_existing=False)
    with pytest.raises(IntegrityError), transaction.atomic():
        insert_rows(ShownPaper, COLUMNS, [(entry.id, 0, ODD, b""), (entry.id, 1, b"new", b"")], skips_existing=False)
    assert list_rows() == [(1, b"old", b"")]
