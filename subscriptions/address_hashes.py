"""Keyed hashes of addresses: how an address is known that is not kept.

They are made with SUPPRESSION_KEY, which never changes: with another key nobody would be found again.
"""

import hashlib
import hmac
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import models

from subscriptions import email_addresses

if TYPE_CHECKING:
    TextField = models.CharField[str, str]
else:
    # Django's own class takes no type arguments while it runs.
    TextField = models.CharField

HASH_LENGTH = hashlib.sha256().digest_size * 2
# The field of the same row whose hash it is.
KEY_FIELD = "email_key"


def hash_address(address: str) -> str:
    """Return the keyed hash of an address. Two addresses of one person have the same."""
    return hash_text(email_addresses.key(address))


def hash_text(text: str) -> str:
    """Return the HMAC-SHA256 of *text* under SUPPRESSION_KEY, in hexadecimal digits."""
    key = settings.SUPPRESSION_KEY.encode()
    return hmac.digest(key, text.encode(errors="surrogatepass"), "sha256").hex()


def name_key() -> str:
    """Return a short name of SUPPRESSION_KEY, by which two installations see whether theirs is the same."""
    return hash_text("the name of this key, not an address")[:12]


class AddressHashField(TextField):
    """The keyed hash of the row's `email_key`, written whenever the row is: the database compares it with others."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**{"max_length": HASH_LENGTH, "editable": False, **options})

    def pre_save(self, model_instance: models.Model, add: bool) -> str:
        """Return the hash of the address that is about to be written."""
        address_hash = hash_address(getattr(model_instance, KEY_FIELD))
        setattr(model_instance, self.attname, address_hash)
        return address_hash
