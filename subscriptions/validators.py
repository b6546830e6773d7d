"""The one place that checks what people chose, in a form or in an imported file.

Every function takes what came from outside and returns the checked value, or raises ValidationError with a sentence
for the person who sent it.
"""

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache
from zoneinfo import available_timezones

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from subscriptions.filters import language
from subscriptions.filters.error_messages import translate_error
from subscriptions.filters.syntax import FilterError
from subscriptions.letter_languages import LETTER_LANGUAGES
from subscriptions.models import Subscriber
from subscriptions.preference_defaults import (
    EVERY_DAY,
    MAX_LIKED_PAPERS,
    MAX_MINIMUM,
    MAX_PAPERS,
    MONDAY,
    POPULARITY_WEIGHTS,
    SIGNAL_FAMILIES,
    WORKDAYS,
)
from subscriptions.taxonomy import categories as taxonomy

DAY_NAMES = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
DAY_WORDS = {"daily": EVERY_DAY, "every day": EVERY_DAY, "weekdays": WORKDAYS, "workdays": WORKDAYS, "weekly": MONDAY}


def clean_categories(codes: Iterable[str]) -> tuple[str, ...]:
    """Return the codes in arXiv's spelling, each once; an archive such as `cs` stands for all its categories."""
    cleaned: dict[str, None] = {}
    for code in codes:
        expanded = taxonomy.expand(code)
        if not expanded:
            raise ValidationError(_unknown_category(code), code="category")
        cleaned.update(dict.fromkeys(expanded))
    return tuple(cleaned)


def clean_filters(texts: Iterable[str]) -> tuple[str, ...]:
    """Return the filters in their canonical form, each once, without blank ones.

    Raises ValidationError with the place of the mistake.
    """
    try:
        return _check_filters(tuple(text for text in texts if text.strip()))
    except FilterError as error:
        raise ValidationError(translate_error(error), code="filter", params={"error": error}) from error


def clean_liked_papers(arxiv_ids: Iterable[str]) -> tuple[str, ...]:
    """Return what may be arXiv ids, each once, at most MAX_LIKED_PAPERS of them; the rest is passed over."""
    likely = dict.fromkeys(each for each in arxiv_ids if re.fullmatch(r"[a-z-]{0,20}/?[0-9.]{7,12}", each, re.ASCII))
    return tuple(likely)[:MAX_LIKED_PAPERS]


def require_interests(categories: Sequence[str], filters: Sequence[str]) -> None:
    """Require at least one category, or one filter that chooses papers rather than only leaving some out."""
    if not categories and not filters:
        raise ValidationError(_("Please choose at least one category or write at least one keyword."), code="interest")
    if not categories and all(language.is_exclusion(language.parse(text)) for text in filters):
        problem = _("These filters only leave papers out. Please add a category or a keyword that chooses some.")
        raise ValidationError(problem, code="interest")


def clean_language(text: str) -> str:
    """Return `en` or `zh`, also for zh-CN, zh_Hans, en-US, Chinese."""
    tag = text.strip().lower().replace("_", "-")
    for each in LETTER_LANGUAGES.values():
        is_variant = tag.split("-")[0] == each.code and tag not in each.excluded_variants
        if is_variant or tag in each.aliases:
            return each.code
    known = ", ".join(LETTER_LANGUAGES)
    raise ValidationError(
        _("%(value)s is not a language we write in; these are: %(known)s.") % _sentence_values(text, known)
    )


def clean_timezone(text: str) -> str:
    """Return the name of a time zone that we know, such as `Europe/Paris`."""
    name = text.strip()
    if name not in _known_timezones():
        problem = _("%(value)s is not a time zone. Examples: %(known)s.")
        raise ValidationError(problem % _sentence_values(text, "UTC, Europe/Paris, Asia/Shanghai"), code="timezone")
    return name


def clean_hour(value: str | int) -> int:
    """Return an hour of the day, 0 to 23."""
    return _clean_number(value, 0, 23, _("hour"))


def clean_papers(value: str | int) -> int:
    """Return how many papers a letter may have."""
    return _clean_number(value, 1, MAX_PAPERS, _("papers"))


def clean_minimum(value: str | int) -> int:
    """Return how many papers a letter must have."""
    return _clean_number(value, 1, MAX_MINIMUM, _("minimum"))


def clean_detail(text: str) -> str:
    """Return one of Subscriber.Detail."""
    name = text.strip().lower()
    if name not in Subscriber.Detail.values:
        raise ValidationError(
            _("%(value)s is not one of: %(known)s.") % _sentence_values(text, ", ".join(Subscriber.Detail.values))
        )
    return name


def clean_popularity(text: str) -> str:
    """Return one of POPULARITY_WEIGHTS, or nothing for what is usual in the categories."""
    name = text.strip().lower()
    if name and name not in POPULARITY_WEIGHTS:
        known = ", ".join(POPULARITY_WEIGHTS)
        raise ValidationError(_("%(value)s is not one of: %(known)s.") % _sentence_values(text, known))
    return name


def clean_switched_off(names: Iterable[str]) -> tuple[str, ...]:
    """Return the SIGNAL_FAMILIES among which *names* are, each once and in their order."""
    chosen = {name.strip().lower() for name in names}
    if unknown := sorted(chosen - set(SIGNAL_FAMILIES)):
        known = ", ".join(SIGNAL_FAMILIES)
        raise ValidationError(_("%(value)s is not one of: %(known)s.") % _sentence_values(unknown[0], known))
    return tuple(family for family in SIGNAL_FAMILIES if family in chosen)


def clean_days(value: str | int | Sequence[str | int]) -> int:
    """Return the bits of the chosen days, from `mon,tue`, `1-5`, `daily`, `weekdays` or [1, 5].

    Monday is the bit 1, Sunday 64. Numbers are those of the days, 1 to 7, never the bits themselves.
    """
    if isinstance(value, str) and (found := DAY_WORDS.get(" ".join(value.lower().split()))):
        return found
    bits = 0
    for part in _split_days(value):
        bits |= _span_bits(part)
    if not bits:
        raise ValidationError(_("Please choose at least one day."), code="days")
    return bits


def _split_days(value: str | int | Sequence[str | int]) -> list[str]:
    if isinstance(value, str):
        return [part for part in re.split(r"[,;\s]+", value) if part]
    return [str(part) for part in ([value] if isinstance(value, int) else value)]


def _span_bits(part: str) -> int:
    """Return the bits of `mon` or `mon-fri`; a span may run over the weekend: `fri-mon`."""
    first, dash, last = part.partition("-")
    start, end = _day_number(first), _day_number(last if dash else first)
    return sum(1 << day % 7 for day in range(start, end + 1 + (7 if end < start else 0)))


def _day_number(text: str) -> int:
    """Return 0 for Monday, 6 for Sunday."""
    short = text.strip().lower()
    if short in {"1", "2", "3", "4", "5", "6", "7"}:
        return int(short) - 1
    if len(short) >= 3 and short[:3] in DAY_NAMES and short.isalpha():
        return DAY_NAMES.index(short[:3])
    problem = _("%(value)s is not a day. Examples: %(known)s.")
    raise ValidationError(problem % _sentence_values(text, "mon,wed · mon-fri · 1-5 · daily · weekdays"), code="days")


def _clean_number(value: str | int, least: int, most: int, name: str) -> int:
    text = str(value).strip()
    if isinstance(value, bool) or not re.fullmatch(r"[0-9]{1,4}", text) or not least <= int(text) <= most:
        problem = _("%(name)s must be a whole number from %(least)d to %(most)d, not %(value)s.")
        words = {"name": name, "least": least, "most": most, "value": quote_value(value)}
        raise ValidationError(problem % words, code="number")
    return int(text)


def _unknown_category(code: str) -> str:
    if near := taxonomy.suggest(code):
        message = _("%(value)s is not an arXiv category. Did you mean %(known)s?")
        return message % _sentence_values(code, ", ".join(near))
    return _("%(value)s is not an arXiv category. Examples: %(known)s.") % _sentence_values(code, "cs.LG, hep-th")


def _sentence_values(value: object, known: str) -> dict[str, str]:
    return {"value": quote_value(value), "known": known}


def quote_value(value: object) -> str:
    """Return a foreign value for use inside a sentence: short, on one line, in quotation marks."""
    text = "".join(sign if sign.isprintable() else " " for sign in str(value)[:60])
    return f"“{text}”"


@lru_cache(maxsize=4096)
def _check_filters(texts: tuple[str, ...]) -> tuple[str, ...]:
    # Thousands of imported rows repeat the same few filters.
    return language.check_filters(texts)


@lru_cache(maxsize=1)
def _known_timezones() -> frozenset[str]:
    # Reading their list takes a tenth of a second.
    return frozenset(available_timezones())
