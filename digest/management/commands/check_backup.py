import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from digest.backup.backup_file import BadBackup, check_backup
from digest.management.progress_bars import ProgressBars
from subscriptions.address_hashes import name_key


class Command(BaseCommand):
    help = "Read a backup to its end, and say whether it is whole and what is in it. The database is not asked."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, metavar="FILE")
        parser.add_argument("--json", action="store_true", help=_("Print a JSON object."))

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            with ProgressBars().stage(_("rows")) as tick:
                contents = check_backup(options["file"], tick)
        except BadBackup as error:
            raise CommandError(str(error)) from error
        is_our_key = contents.header.key == name_key()
        if options["json"]:
            made_at = contents.header.made_at.isoformat()
            self.stdout.write(json.dumps({"made_at": made_at, "key_fits": is_our_key, "rows": contents.rows}))
            return
        for name, rows in contents.rows.items():
            if rows:
                self.stdout.write(f"{name:<40} {rows:>12,}")
        made_at = f"{localtime(contents.header.made_at):%Y-%m-%d %H:%M %Z}"
        self.stdout.write(_("Whole: %(rows)d rows of %(made_at)s.") % {"rows": contents.total, "made_at": made_at})
        if not is_our_key:
            self.stdout.write(_("It was made with another SUPPRESSION_KEY than the one that is set here."))
