"""A sample of each kind of account letter, for operators to look at. Its link leads nowhere."""

from typing import Any

from django.conf import settings
from django.utils import translation

from subscriptions.email.interests import describe_interests
from subscriptions.email.messages import build_letter
from subscriptions.letter_languages import django_code
from subscriptions.links.tokens import COME_BACK_DAYS, CONFIRMATION_DAYS, RESTORE_DAYS
from subscriptions.preference_defaults import Preferences
from subscriptions.transit_safe_mail import TransitSafeMessage

INTERESTS = Preferences(categories=("cs.LG", "hep-ph"), filters=("graph neural networks",))

# By kind: the template's name, the page that its link opens, and what it is told besides.
ACCOUNT_LETTERS: dict[str, tuple[str, str, dict[str, Any]]] = {
    "confirm": ("confirm", "confirm", {"days": CONFIRMATION_DAYS}),
    "reminder": ("confirm", "confirm", {"days": CONFIRMATION_DAYS, "reminder": True}),
    "link": ("link", "account", {}),
    "already-subscribed": ("link", "account", {"already": True}),
    "new-address": ("address", "address", {"days": CONFIRMATION_DAYS}),
    "address-changed": ("moved", "restore", {"days": RESTORE_DAYS}),
    "delete": ("delete", "delete", {}),
    "goodbye": ("goodbye", "return", {"days": COME_BACK_DAYS}),
}


def build_account_letter(kind: str, language: str, to: str) -> TransitSafeMessage:
    """Return a sample of a kind in ACCOUNT_LETTERS. It is not sent."""
    template, page, context = ACCOUNT_LETTERS[kind]
    with translation.override(django_code(language)):
        interests = describe_interests(INTERESTS)
    link = f"{settings.SITE_URL}/{page}/sample/"
    return build_letter(template, language, to, {**context, "interests": interests, "link": link})
