from argparse import ArgumentParser
from typing import Any

import dj_database_url
from django.core.management.base import BaseCommand, CommandError
from django.db import DataError, IntegrityError, connections
from django.utils.translation import gettext as _

from digest.backup.backup_file import NotMigrated
from digest.backup.restore import CannotRestore, copy_database
from digest.management.progress_bars import ProgressBars

# The name of the other database while the command runs.
TARGET = "move_target"


class Command(BaseCommand):
    help = (
        "Copy everything into another, empty database, for example from SQLite to PostgreSQL. Stop the workers and the"
        " website first: what is written after the copy began is not in it. Then set DATABASE_URL and start them."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("url", metavar="URL", help=_("As DATABASE_URL: postgres://user:password@host:5432/name"))

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            settings: dict[str, Any] = dict(dj_database_url.parse(options["url"]))
        except (ValueError, dj_database_url.ParseError) as error:
            raise CommandError(_("The URL is no address of a database: %s") % "postgres://…, sqlite:///…") from error
        connections.databases[TARGET] = connections.configure_settings({"default": {}, TARGET: settings})[TARGET]
        try:
            with ProgressBars().stage(_("rows")) as tick:
                moved = copy_database(TARGET, tick)
        except CannotRestore as error:
            raise CommandError(str(error)) from error
        except NotMigrated as error:
            raise CommandError(_("The database is older than this version. Run: python manage.py migrate")) from error
        except (DataError, IntegrityError, ValueError) as error:
            raise CommandError(
                _("The other database refused a row (%s). Nothing was written there.") % error
            ) from error
        finally:
            connections[TARGET].close()
        self.stdout.write(_("%d rows copied. Set DATABASE_URL to that database, and start everything again.") % moved)
