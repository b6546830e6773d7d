"""The languages of letters: their own names, and which of them a page speaks."""

from django.conf import settings
from django.utils.translation import get_language

from subscriptions.reader import LANGUAGES


def page_language() -> str:
    """The letters' name for the language that is switched on: `en`, `zh`. English where there are no letters in it."""
    return next((code for code, name in LANGUAGES.items() if name == get_language()), "en")


def own_names() -> dict[str, str]:
    """`zh` → 简体中文."""
    names = dict(settings.LANGUAGES)
    return {code: names[name] for code, name in LANGUAGES.items()}
