"""The languages of letters: the one table that the site, the letters and the summaries read. No Django here.

A new language is an entry here, its rules in digest/summaries/llm/language_rules.py, and its catalogues (CONTRIBUTING).
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class LetterLanguage:
    """A language in which letters are written."""

    # Our short code, which subscribers' rows and summaries hold.
    code: str
    # Django's name for it, which its catalogues are found by.
    django_code: str
    # The value of a `lang` attribute in HTML.
    html_code: str
    own_name: str
    # The name that a model is told to write in.
    name_for_models: str
    # Other names that people write for it in files, in lower case. Codes such as `en-GB` need no entry.
    aliases: tuple[str, ...] = ()
    # Variants with the same first part that we do not write in, in lower case with hyphens.
    excluded_variants: tuple[str, ...] = ()


LETTER_LANGUAGES: dict[str, LetterLanguage] = {
    language.code: language
    for language in (
        LetterLanguage("en", "en", "en", "English", "English", aliases=("english",)),
        LetterLanguage(
            "zh",
            "zh-hans",
            "zh-Hans",
            "简体中文",
            "Simplified Chinese (简体中文)",
            aliases=("chinese", "中文", "简体中文"),
            excluded_variants=("zh-hant", "zh-tw", "zh-hk"),
        ),
    )
}


def django_code(code: str) -> str:
    """Return Django's name for a language of letters; that of English for any other code."""
    language = LETTER_LANGUAGES.get(code)
    return language.django_code if language else "en"
