"""The languages of letters: their own names, and the one that fits the language of a page."""

from django.conf import settings
from django.utils.translation import get_language

from subscriptions.reader import LANGUAGES


def page_language() -> str:
    """Return the letters' code for the active language, `en` or `zh`; English where there are no letters in it."""
    return next((code for code, name in LANGUAGES.items() if name == get_language()), "en")


def own_names() -> dict[str, str]:
    """Return the name of each language in that language, by code: 简体中文 for `zh`."""
    names = dict(settings.LANGUAGES)
    return {code: names[name] for code, name in LANGUAGES.items()}
