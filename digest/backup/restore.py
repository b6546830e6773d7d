"""Restores a backup into an empty database, and moves all rows into another database.

Letters that waited when a backup was made may have left since. So their editions are paused, unless whoever restores
knows that nothing left.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from pathlib import Path

from django.apps import apps
from django.apps.registry import Apps
from django.core.management import call_command
from django.db import DEFAULT_DB_ALIAS, DataError, IntegrityError, connections, transaction
from django.db.migrations.executor import MigrationExecutor
from django.db.models import Q
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from digest.backup.backup_file import (
    BadBackup,
    Contents,
    Header,
    StoredTable,
    check_backup,
    find_migrations,
    read_backup,
)
from digest.backup.rows import (
    Model,
    delete_all,
    list_columns,
    list_tables,
    make_decoder,
    one_moment,
    read_rows,
    reset_sequences,
    write_rows,
)
from digest.delivery import pause
from digest.domain import ProgressCallback, no_progress
from digest.models import Edition
from digest.picking import deadlines
from digest.sources.arxiv.announcement_schedule import EASTERN
from subscriptions.address_hashes import name_key

# An older backup than this is no ground to hold back days that nobody waits for.
MAX_DAYS_HELD_BACK = 14
# A database with a row of one of these belongs to somebody.
TABLES_OF_WORK = (
    "auth.user",
    "subscriptions.subscriber",
    "subscriptions.suppression",
    "digest.paper",
    "digest.edition",
)


class CannotRestore(Exception):
    """Nothing was changed. The text says why, and what to do."""


def restore_backup(
    path: Path, now: datetime, *, nothing_left_since: bool = False, tick: ProgressCallback = no_progress
) -> Contents:
    """Write all rows of a backup into the empty database of the settings, and bring it up to this version.

    The whole file is checked first, and all rows are written in one transaction: a kill leaves an empty database.
    Raises BadBackup, CannotRestore.
    """
    contents = check_backup(path)
    header = contents.header
    if header.key != name_key():
        raise CannotRestore(
            _("The backup was made with another SUPPRESSION_KEY. Set the one that was kept with it: docs/backup.md.")
        )
    state = _prepare_tables(header, DEFAULT_DB_ALIAS)
    _write_tables(read_backup(path)[1], state, contents.total, tick)
    call_command("migrate", interactive=False, verbosity=0)
    if not nothing_left_since:
        _hold_back(header.made_at, now)
    return contents


def _prepare_tables(header: Header, using: str) -> Apps:
    """Make the tables as they were when the backup was made, and return their models."""
    executor = MigrationExecutor(connections[using])
    targets = list(header.migrations.items())
    if any(target not in executor.loader.graph.nodes for target in targets):
        raise CannotRestore(_("The backup was made by a newer version. Restore it with that one, or a later one."))
    refuse_used_database(using)
    for app, name in targets:
        call_command("migrate", app, name, database=using, interactive=False, verbosity=0)
    if set(targets) == set(executor.loader.graph.leaf_nodes()):
        return apps
    return executor.loader.project_state(targets).apps


def refuse_used_database(using: str) -> None:
    """Raise CannotRestore if there is somebody's work in the database."""
    connection = connections[using]
    existing = set(connection.introspection.table_names())
    for label in TABLES_OF_WORK:
        model = apps.get_model(label)
        if model._meta.db_table in existing and model._base_manager.using(using).values_list("pk").exists():
            text = _("The database has rows already (%(table)s). Restore into an empty one: set DATABASE_URL.")
            raise CannotRestore(text % {"table": label})


def _write_tables(tables: Iterable[StoredTable], state: Apps, total: int, tick: ProgressCallback) -> None:
    models = {model._meta.label_lower: model for model in list_tables(state)}
    done = 0
    with transaction.atomic():
        refuse_used_database(DEFAULT_DB_ALIAS)  # a website may run on it already
        delete_all(models.values(), DEFAULT_DB_ALIAS)
        for table in tables:
            model = models.get(table.name)
            if model is None or sorted(list_columns(model)) != sorted(table.columns):
                raise BadBackup(_("The table %s is not as its migrations leave it.") % table.name)
            order = [table.columns.index(column) for column in list_columns(model)]
            decode = make_decoder(model)
            rows = (decode([row[place] for place in order]) for row in table.rows)
            try:
                done += write_rows(model, rows, DEFAULT_DB_ALIAS)
            except (ValueError, IndexError, TypeError, DataError, IntegrityError) as error:
                raise BadBackup(_("A row of %s cannot be read.") % table.name) from error
            tick(done, total)
        reset_sequences(list(models.values()), DEFAULT_DB_ALIAS)


def _hold_back(made_at: datetime, now: datetime) -> None:
    """Let nothing leave that may have left between the backup and now.

    Every edition that the scheduler handles is paused, and so is that of each day since, which is not made yet: whoever
    had a letter then has no row now. Account letters that waited are dropped: whoever wants one asks again.
    """
    reason = _("Restored from a backup of %s: letters may have left since, also to readers who have none here.")
    words = reason % f"{localtime(made_at):%Y-%m-%d %H:%M %Z}"
    first, last = made_at.astimezone(EASTERN).date(), now.astimezone(EASTERN).date()
    for ahead in range(min((last - first).days, MAX_DAYS_HELD_BACK) + 1):
        Edition.objects.get_or_create(day=last - timedelta(days=ahead))
    is_since = Q(day__gte=first)
    for edition in Edition.objects.filter(deadlines.is_scheduled(now) | is_since).order_by("day"):
        pause.pause_edition(edition, words, now)
    apps.get_model("subscriptions", "Errand")._base_manager.all().delete()


def copy_database(target: str, tick: ProgressCallback = no_progress) -> int:
    """Write all rows of the database of the settings into the empty one called *target*, and return how many.

    Raises CannotRestore, NotMigrated.
    """
    find_migrations()
    refuse_used_database(target)
    call_command("migrate", database=target, interactive=False, verbosity=0)
    tables: list[Model] = list_tables(apps)
    done = 0
    with one_moment(DEFAULT_DB_ALIAS), transaction.atomic(using=target):
        delete_all(tables, target)
        for model in tables:
            done += write_rows(model, read_rows(model, DEFAULT_DB_ALIAS), target)
            tick(done, None)
        reset_sequences(tables, target)
    return done
