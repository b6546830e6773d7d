from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from django.utils.translation import gettext as _

from digest.backup.backup_file import BadBackup
from digest.backup.restore import CannotRestore, restore_backup
from digest.management.progress_bars import ProgressBars
from digest.models import Edition


class Command(BaseCommand):
    help = (
        "Write a backup into an empty database, and bring it up to this version. Letters that waited when the backup"
        " was made stay paused, as they may have left since."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, metavar="FILE")
        parser.add_argument(
            "--nothing-left-since",
            action="store_true",
            help=_("No letter left after the backup was made, as for a move: letters that wait may go on."),
        )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            with ProgressBars().stage(_("rows")) as tick:
                contents = restore_backup(
                    options["file"], timezone.now(), nothing_left_since=options["nothing_left_since"], tick=tick
                )
        except (BadBackup, CannotRestore) as error:
            raise CommandError(str(error)) from error
        self.stdout.write(_("%d rows restored.") % contents.total)
        paused = Edition.objects.filter(paused=True).order_by("day").values_list("day", flat=True)
        if paused and not options["nothing_left_since"]:
            text = _("Paused, as letters may have left since the backup: %s. What to do: docs/backup.md")
            self.stdout.write(text % ", ".join(map(str, paused)))
