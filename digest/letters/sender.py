"""Who sends the letters."""

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
    # The From of letters.
    sender: str = "letters@localhost"

    @classmethod
    def from_settings(cls) -> "Sender":
        return cls(
            site_url=settings.SITE_URL.rstrip("/"),
            site_name=settings.SITE_NAME,
            postal_address=settings.POSTAL_ADDRESS,
            contact=settings.CONTACT_EMAIL,
            sender=settings.DEFAULT_FROM_EMAIL,
        )

    @property
    def host(self) -> str:
        return urlsplit(self.site_url).hostname or "localhost"
