"""The language of letters that fits the language of a page."""

from django.utils.translation import get_language

from subscriptions.letter_languages import LETTER_LANGUAGES

# How long a browser keeps the language that somebody chose at the foot of a page.
LANGUAGE_COOKIE_DAYS = 365


def page_language() -> str:
    """Return the letters' code for the active language, `en` or `zh`; English where there are no letters in it."""
    return next((each.code for each in LETTER_LANGUAGES.values() if each.django_code == get_language()), "en")
