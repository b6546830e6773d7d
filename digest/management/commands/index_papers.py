from typing import Any

from django.core.management.base import BaseCommand

from digest.editions.version_vectors import fill_vectors
from digest.management.progress_bars import ProgressBars
from digest.models import Version
from digest.search.index import index_versions


class Command(BaseCommand):
    help = "Add to the index for searches the papers that it lacks. Each day adds its own; this is for an old database."

    def handle(self, *args: Any, **options: Any) -> None:
        with ProgressBars().stage("index") as tick:
            indexed = index_versions(tick=tick)
        with ProgressBars().stage("vectors") as tick:
            filled = fill_vectors(Version.objects.all(), tick)
        self.stdout.write(f"indexed={indexed} vectors={filled}")
