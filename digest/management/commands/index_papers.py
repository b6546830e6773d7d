from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import OperationalError, ProgrammingError

from digest.editions.version_vectors import fill_vectors
from digest.management.day_command import describe_database_error
from digest.management.progress_bars import ProgressBars
from digest.models import Version
from digest.search.index import index_versions


class Command(BaseCommand):
    help = "Add to the index for searches the papers that it lacks. Each day adds its own; this is for an old database."

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            with ProgressBars().stage("index") as tick:
                indexed = index_versions(tick=tick)
            with ProgressBars().stage("vectors") as tick:
                filled = fill_vectors(Version.objects.all(), tick)
        except (OperationalError, ProgrammingError) as error:
            raise CommandError(describe_database_error(error)) from error
        self.stdout.write(f"indexed={indexed} vectors={filled}")
