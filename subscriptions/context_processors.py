"""Variables that the templates of all pages may use."""

from django.conf import settings
from django.http import HttpRequest

from subscriptions.page_language import page_language


def site(request: HttpRequest) -> dict[str, object]:
    """Return the site's name, address and contact, and the language of letters that fits the page.

    Also whether the letters stay in the mailbox of this machine.
    """
    return {
        "site_name": settings.SITE_NAME,
        "site_url": settings.SITE_URL,
        "contact_email": settings.CONTACT_EMAIL,
        "letter_language": page_language(),
        "has_mailbox": settings.DEBUG and settings.EMAIL_BACKEND.endswith(".MailboxBackend"),
    }
