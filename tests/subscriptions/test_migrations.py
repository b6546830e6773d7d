"""The migration that turns the addresses of suppressions into keyed hashes, with rows of before."""

import importlib
from collections.abc import Iterator

import pytest
from django.db import connection
from django.db.migrations import RunPython
from django.db.migrations.exceptions import IrreversibleError
from django.db.migrations.executor import MigrationExecutor

from subscriptions.address_hashes import hash_address
from subscriptions.models import Subscriber, Suppression
from subscriptions.services.suppression import suppress_all
from tests.people import ada, bao

BEFORE = ("subscriptions", "0006_asked_to_confirm")
hash_addresses = importlib.import_module("subscriptions.migrations.0007_suppressions_by_hash")
ONE_WAY = (("subscriptions", "0007_suppressions_by_hash"), ("subscriptions", "0008_no_suppressed_addresses"))


@pytest.fixture
def executor(transactional_db: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[MigrationExecutor]:
    """Migrates empty tables back to before; there is no such way for rows. At the end all is as it was."""
    executor = MigrationExecutor(connection)
    for migration in ONE_WAY:
        for operation in executor.loader.get_migration(*migration).operations:
            if isinstance(operation, RunPython):
                monkeypatch.setattr(operation, "reverse_code", RunPython.noop)
    executor.migrate([BEFORE])
    yield executor
    migrate_forward(executor)


def migrate_forward(executor: MigrationExecutor) -> None:
    executor.loader.build_graph()
    executor.migrate(executor.loader.graph.leaf_nodes())


def test_addresses_of_before_become_hashes(executor: MigrationExecutor) -> None:
    tables = executor.loader.project_state([BEFORE]).apps
    people, blocked = (tables.get_model("subscriptions", name) for name in ("Subscriber", "Suppression"))
    people.objects.create(email="ADA@example.org", email_key=ada.email)
    reasons = {ada.email: "complaint", bao.email: "asked by phone"}
    for key, reason in reasons.items():
        blocked.objects.create(email_key=key, reason=reason, detail=f"550 <{key}> is unknown", run=7)
    migrate_forward(executor)
    rows = Suppression.objects.order_by("id").values_list("address_hash", "reason", "run")
    assert list(rows) == [(hash_address(ada.email), "complaint", 7), (hash_address(bao.email), "blocked", 7)]
    assert Subscriber.objects.get().address_hash == hash_address(ada.email)
    with connection.cursor() as cursor:
        columns = connection.introspection.get_table_description(cursor, Suppression._meta.db_table)
    assert {column.name for column in columns} == {"id", "address_hash", "reason", "run", "created_at"}


def test_a_run_that_was_killed_begins_again(executor: MigrationExecutor, monkeypatch: pytest.MonkeyPatch) -> None:
    tables = executor.loader.project_state([BEFORE]).apps
    people, blocked = (tables.get_model("subscriptions", name) for name in ("Subscriber", "Suppression"))
    for reader in (ada, bao):
        people.objects.create(email=reader.email, email_key=reader.email)
    blocked.objects.create(email_key=ada.email, reason="complaint")
    killed, hash_real = [bao.email], hash_addresses.hash_address

    def hash_until_killed(address: str) -> str:
        if address in killed:
            raise KeyboardInterrupt
        return str(hash_real(address))

    monkeypatch.setattr(hash_addresses, "hash_address", hash_until_killed)
    monkeypatch.setattr(hash_addresses, "ROWS_PER_BATCH", 1)
    with pytest.raises(KeyboardInterrupt):
        migrate_forward(executor)
    killed.clear()
    migrate_forward(MigrationExecutor(connection))
    assert Suppression.objects.get().address_hash == hash_real(ada.email)
    assert {person.address_hash for person in Subscriber.objects.all()} == {hash_real(ada.email), hash_real(bao.email)}


def test_an_address_that_stands_there_twice_becomes_one(executor: MigrationExecutor) -> None:
    """Operators typed addresses and reasons by hand."""
    blocked = executor.loader.project_state([BEFORE]).apps.get_model("subscriptions", "Suppression")
    for key, reason in {ada.email: "asked by phone", ada.email.upper(): "asked again", bao.email: "complaint"}.items():
        blocked.objects.create(email_key=key, reason=reason)
    migrate_forward(executor)
    rows = Suppression.objects.order_by("id").values_list("address_hash", "reason")
    assert list(rows) == [(hash_address(ada.email), "blocked"), (hash_address(bao.email), "complaint")]


@pytest.mark.django_db(transaction=True)
def test_whoever_goes_back_is_told_that_they_cannot() -> None:
    """And not that a column of addresses, which are gone, cannot be filled."""
    suppress_all([ada.email, bao.email], "complaint")
    executor = MigrationExecutor(connection)
    try:
        with pytest.raises(IrreversibleError, match="0008_no_suppressed_addresses is not reversible"):
            executor.migrate([BEFORE])
        assert Suppression.objects.count() == 2
    finally:
        migrate_forward(executor)
