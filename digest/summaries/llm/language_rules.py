"""The rules for summaries in each language: the length that the prompt asks for, and the checks of an answer."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from digest.summaries.length_limits import (
    MAX_FIELD_CHARACTERS,
    MAX_FIELD_WORDS,
    MAX_TLDR_CHARACTERS,
    MAX_TLDR_WORDS,
    TARGET_FIELD_CHARACTERS,
    TARGET_FIELD_WORDS,
    TARGET_TLDR_CHARACTERS,
)

# A word of more characters than this on average is none: text without spaces must not pass for a few words.
MAX_CHARACTERS_PER_WORD = 20
# Signs of a foreign script that may stand in a text, such as a name.
MAX_FOREIGN_SIGNS = 3
MAX_TRADITIONAL_SIGNS = 2

_HAN = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff]")
_LATIN = re.compile(r"[A-Za-z]")
_TRADITIONAL = re.compile("[們這個為與對並學習們實驗過來將個還數據應現發該進現況變樣達遠選術優]")
_OTHER_SCRIPTS = re.compile(r"[\u3041-\u30ff\uac00-\ud7a3\u0400-\u052f\u0590-\u07ff\u0900-\u0dff\u0e00-\u0e7f]")


@dataclass(frozen=True, slots=True)
class LanguageRules:
    """The rules of one language."""

    # The sentence of the prompt about lengths.
    length_rule: str
    # Returns what is wrong with the length of a field (is it the TL;DR?, the text); empty if nothing is.
    check_length: Callable[[bool, str], str]
    # Returns what is wrong with the script of a text; empty if nothing is.
    check_script: Callable[[str], str]


def check_script(text: str, language: str) -> str:
    """Return what is wrong with the script of *text*; empty if it is that of *language*."""
    if len(_OTHER_SCRIPTS.findall(text)) > MAX_FOREIGN_SIGNS:
        return "is in another script"
    return rules_of(language).check_script(text)


def rules_of(language: str) -> LanguageRules:
    """Return the rules of a language; those of English for one without rules of its own."""
    return _RULES.get(language, _RULES["en"])


def _check_words(is_tldr: bool, text: str) -> str:
    limit = MAX_TLDR_WORDS if is_tldr else MAX_FIELD_WORDS
    is_too_long = len(text.split()) > limit or len(text) > limit * MAX_CHARACTERS_PER_WORD
    return f"is longer than {limit} words" if is_too_long else ""


def _check_characters(is_tldr: bool, text: str) -> str:
    limit = MAX_TLDR_CHARACTERS if is_tldr else MAX_FIELD_CHARACTERS
    return f"is longer than {limit} characters" if len(text) > limit else ""


def _check_english(text: str) -> str:
    return "is not in English" if len(_HAN.findall(text)) * 10 > len(_LATIN.findall(text)) else ""


def _check_chinese(text: str) -> str:
    if len(_HAN.findall(text)) * 4 < len(_LATIN.findall(text)):
        return "is not in Chinese"
    return "is not in Simplified Chinese" if len(_TRADITIONAL.findall(text)) > MAX_TRADITIONAL_SIGNS else ""


_RULES: Mapping[str, LanguageRules] = {
    "en": LanguageRules(
        f"tldr: one sentence of at most {MAX_TLDR_WORDS} words."
        f" Each other field: one or two sentences, at most {TARGET_FIELD_WORDS} words.",
        _check_words,
        _check_english,
    ),
    "zh": LanguageRules(
        f"tldr: one sentence of at most {TARGET_TLDR_CHARACTERS} characters."
        f" Each other field: at most two sentences and {TARGET_FIELD_CHARACTERS} characters.",
        _check_characters,
        _check_chinese,
    ),
}
