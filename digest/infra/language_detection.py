"""Detects the language of a short text: by its script, and among Latin scripts by its commonest words."""

import re
from collections import Counter
from collections.abc import Mapping

# The answer where nothing speaks for any language.
DEFAULT_LANGUAGE = "en"

SCRIPTS: Mapping[str, re.Pattern[str]] = {
    "kana": re.compile(r"[\u3041-\u3096\u30a1-\u30fa\uff66-\uff9d]"),
    "han": re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]"),
    "hangul": re.compile(r"[\u1100-\u11ff\uac00-\ud7a3]"),
    "cyrillic": re.compile(r"[\u0400-\u052f]"),
    "arabic": re.compile(r"[\u0600-\u06ff\u0750-\u077f]"),
    "hebrew": re.compile(r"[\u05d0-\u05ea]"),
    "thai": re.compile(r"[\u0e01-\u0e5b]"),
    "devanagari": re.compile(r"[\u0900-\u097f]"),
}

# How many letters of a script weigh as much as one Latin word. Other scripts: 6.
LETTERS_PER_WORD = {"kana": 3.0, "han": 2.0, "hangul": 3.0, "thai": 5.0}

LANGUAGE_OF = {"han": "zh", "hangul": "ko", "arabic": "ar", "hebrew": "he", "thai": "th", "devanagari": "hi"}

# No word of one letter: formulas are full of them.
_COMMON: Mapping[str, str] = {
    "en": "the of and to in is that for with we this are by on as an from be which our it can at",
    "de": "der die das und ist nicht ein eine mit für auf den von zu wir wird im dem des sich auch",
    "fr": "le la les des et est une un dans pour que nous sur par du au aux avec qui cette ces",
    "es": "el la los las es una un en para que se por con del como al este esta más lo su",
    "it": "il lo la gli le una un di che per con del della dei nel sono questo questa si da",
    "pt": "os as uma um em para que se por com do da dos das não como este ao",
    "nl": "de het een en van is dat voor met op niet zijn wij te aan wordt door deze bij",
    "pl": "na że jest się nie do to dla oraz przez jako są od tym które",
    "sv": "och att det som en är för av på med den till vi inte ett från kan",
    "tr": "ve bir bu için ile olarak da de daha olan çok gibi biz",
    "vi": "của và là các một được cho trong với những này không chúng tôi để",
}

COMMON_WORDS = {language: frozenset(words.split()) for language, words in _COMMON.items()}

_LATIN_WORD = re.compile(r"[A-Za-z\u00c0-\u024f\u1e00-\u1eff]+")
_UKRAINIAN = re.compile(r"[іїєґІЇЄҐ]")


def detect_language(text: str) -> str:
    """Return a code such as `en`, `zh`, `ja`. Names and terms in Latin letters do not make a Chinese text English.

    Empty text, formulas and text too short to tell are called English, the language of nearly all of arXiv.
    """
    letters = {name: len(pattern.findall(text)) for name, pattern in SCRIPTS.items()}
    words = [word.lower() for word in _LATIN_WORD.findall(text)]
    weights = {name: count / LETTERS_PER_WORD.get(name, 6.0) for name, count in letters.items()}
    # Japanese is written in both.
    weights["han"] += weights.pop("kana")
    script = max(weights, key=lambda name: weights[name])
    if weights[script] == 0 or weights[script] < len(words) / 3:
        return _language_of_words(words)
    return _language_of_script(script, letters, text)


def _language_of_script(script: str, letters: Mapping[str, int], text: str) -> str:
    if script == "han":
        # A stray kana, as in a name, does not make Chinese Japanese.
        return "ja" if letters["kana"] * 10 > letters["han"] else "zh"
    if script == "cyrillic":
        return "uk" if _UKRAINIAN.search(text) else "ru"
    return LANGUAGE_OF[script]


def _language_of_words(words: list[str]) -> str:
    counts = Counter(words)
    found = {name: sum(counts[word] for word in common) for name, common in COMMON_WORDS.items()}
    best = max(found, key=lambda name: found[name])
    return best if found[best] > max(found[DEFAULT_LANGUAGE], 1) else DEFAULT_LANGUAGE
