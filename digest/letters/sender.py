"""The sender of the letters, as the settings name it."""

from dataclasses import dataclass
from urllib.parse import urlsplit

from django.conf import settings


@dataclass(frozen=True, slots=True)
class Sender:
    # Without a slash at its end.
    site_url: str
    site_name: str
    postal_address: str = ""
    contact: str = ""
    # The From of letters: an address, perhaps with a name.
    from_address: str = "letters@localhost"
    # Where answers go; empty where they go to the sender.
    reply_to: str = ""

    @classmethod
    def from_settings(cls) -> "Sender":
        return cls(
            site_url=settings.SITE_URL.rstrip("/"),
            site_name=settings.SITE_NAME,
            postal_address=settings.POSTAL_ADDRESS,
            contact=settings.CONTACT_EMAIL,
            from_address=settings.DEFAULT_FROM_EMAIL,
            reply_to=settings.REPLY_TO,
        )

    @property
    def host(self) -> str:
        return urlsplit(self.site_url).hostname or "localhost"
