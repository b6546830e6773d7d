from typing import Any

from django.core.management.base import BaseCommand
from django.utils.translation import ngettext

from subscriptions import audit
from subscriptions.services.address_hash_renewal import renew_hashes


class Command(BaseCommand):
    help = (
        "Only where SUPPRESSION_KEY is lost and a new one is set: hash the addresses of all readers with it, so that "
        "their suppressions hold. Suppressions of addresses that are nobody's here, and who deleted their data, are "
        "lost with the key. See docs/backup.md."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        count = renew_hashes()
        audit.record_command("renew_address_hashes", count=count)
        text = ngettext("%(count)d address was hashed anew.", "%(count)d addresses were hashed anew.", count)
        self.stdout.write(text % {"count": count})
