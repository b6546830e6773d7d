"""Letters of before keep what they say when their columns change, also after a kill half-way."""

import importlib
from typing import Any

import pytest
from django.db import connection
from django.db.migrations import AddField
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.loader import MigrationLoader
from django.utils import timezone

from tests.editions.rows import FRIDAY

BEFORE, BETWEEN, AFTER = "0013_version_embeddings", "0014_compact_picks", "0016_only_compact_picks"
PICKS = [[7, 9.5, [["keyword", "graph"]]], [2, 8.0]]
TOLD = [(PICKS, [3]), ([], []), ([2, 0], []), ([], [4]), (PICKS, [])]
move_picks = importlib.import_module("digest.migrations.0015_move_picks")


def letters_at(name: str) -> Any:
    """Return the letters, by id, once the tables are as that migration leaves them."""
    target = ("digest", name)
    executor = MigrationExecutor(connection)
    executor.migrate([target])
    return executor.loader.project_state([target]).apps.get_model("digest", "Delivery").objects.order_by("id")


@pytest.mark.django_db(transaction=True)
def test_picks_are_moved_to_compact_columns_and_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(move_picks, "LETTERS_PER_BATCH", 2)
    try:
        letters = letters_at(BEFORE)
        edition = letters.model.edition.field.related_model.objects.create(day=FRIDAY)
        row = {"edition": edition, "language": "en", "detail": "tldr", "created_at": timezone.now()}
        for picks, notices in TOLD:
            letters.create(picks=picks, notices=notices, **row)
        moved = letters_at(BETWEEN).first()
        moved.compact_picks, moved.compact_notices = moved.picks, moved.notices
        moved.save()  # and then a kill
        for name in (AFTER, BEFORE, AFTER):
            assert list(letters_at(name).values_list("picks", "notices")) == TOLD
    finally:
        executor = MigrationExecutor(connection)
        executor.migrate(executor.loader.graph.leaf_nodes())


# From these on; those before are as they were made.
FIRST_KIND = {"digest": 26, "subscriptions": 13}


def test_the_version_before_can_still_write_rows() -> None:
    """It knows no new column while migrations run and until its processes are replaced."""
    loader = MigrationLoader(None)
    for (app, name), migration in loader.disk_migrations.items():
        if int(name.split("_")[0] if app in FIRST_KIND else 0) >= FIRST_KIND.get(app, 1):
            added = [each for each in migration.operations if isinstance(each, AddField)]
            unkind = [each.name for each in added if not (each.field.null or each.field.has_db_default())]
            assert unkind == [], f"{app}.{name}: null=True or a db_default is missing"


def find_indexes() -> dict[str, str]:
    """Return how PostgreSQL would make the indexes of letters, by name."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT indexname, indexdef FROM pg_indexes WHERE tablename = 'digest_delivery'")
        return dict(cursor.fetchall())


@pytest.mark.django_db(transaction=True)
def test_indexes_of_letters_are_made_small_also_after_a_kill() -> None:
    if connection.vendor != "postgresql":
        return
    executor = MigrationExecutor(connection)
    try:
        executor.migrate([("digest", "0024_approval_and_notes")])
        large = find_indexes()
        assert "btree" in large["delivery_by_provider_id"]
        with connection.cursor() as cursor:
            cursor.execute("CREATE INDEX new_next_deliveries ON digest_delivery (edition_id)")  # and then a kill
            cursor.execute("DROP INDEX delivery_by_provider_id")
        for _ in range(2):
            MigrationExecutor(connection).migrate([("digest", "0025_smaller_delivery_indexes")])
            small = find_indexes()
            assert "USING hash (provider_id)" in small["delivery_by_provider_id"]
            assert "accepted" in small["next_deliveries"]
            assert small.keys() == large.keys()
            MigrationExecutor(connection).migrate([("digest", "0024_approval_and_notes")])
            assert find_indexes() == large
    finally:
        executor = MigrationExecutor(connection)
        executor.migrate(executor.loader.graph.leaf_nodes())
