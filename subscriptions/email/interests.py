"""What somebody asked for, in plain words, for the letter that asks them to confirm it."""

from collections.abc import Callable, Sequence

from django.utils.text import Truncator
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from subscriptions.filters import language
from subscriptions.filters.syntax import FilterError
from subscriptions.preferences import Profile
from subscriptions.taxonomy import categories

# Of categories, and of filters.
MOST_NAMED = 8

LONGEST_FILTER = 80


def wishes(profile: Profile) -> list[str]:
    """One line per category and per filter; of many, the first ones and how many there are besides.

    Anybody can have this sent to anybody: filters come in their canonical form, which has words and no addresses that
    a mail program would turn into links.
    """
    return [
        *_named([_category(code) for code in profile.categories], _more_categories),
        *_named([_filter(text) for text in map(_canonical, profile.filters) if text], _more_filters),
    ]


def _named(lines: Sequence[str], more: Callable[[int], str]) -> list[str]:
    rest = len(lines) - MOST_NAMED
    return [*lines[:MOST_NAMED], more(rest)] if rest > 0 else list(lines)


def _category(code: str) -> str:
    known = categories.CATEGORIES.get(code)
    return f"{_(known.name)} ({code})" if known else code


def _filter(text: str) -> str:
    return _("papers that match %(filter)s") % {"filter": Truncator(text).chars(LONGEST_FILTER)}


def _canonical(text: str) -> str:
    """Empty for what a changed filter language no longer reads."""
    try:
        return language.canonical(language.parse(text))
    except FilterError:
        return ""


def _more_categories(count: int) -> str:
    return ngettext("%(count)d more category", "%(count)d more categories", count) % {"count": count}


def _more_filters(count: int) -> str:
    return ngettext("%(count)d more filter", "%(count)d more filters", count) % {"count": count}
