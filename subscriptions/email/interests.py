"""A subscriber's interests in plain words, for the letter that asks them to confirm."""

from django.utils.text import Truncator
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from subscriptions.filters import language
from subscriptions.filters.syntax import FilterError
from subscriptions.preference_defaults import Preferences
from subscriptions.taxonomy import categories

# Of many categories, and of many filters, only the first ones are named.
MAX_NAMED = 8
MAX_FILTER_LENGTH = 80


def describe_interests(preferences: Preferences) -> list[str]:
    """Return one line per category and per filter; of many, the first ones and how many more there are.

    Anybody can have this sent to anybody. Filters come in their canonical form, which has words but no addresses that
    a mail program would turn into links.
    """
    lines = []
    for code in preferences.categories[:MAX_NAMED]:
        known = categories.CATEGORIES.get(code)
        lines.append(f"{_(known.name)} ({code})" if known else code)
    if (count := len(preferences.categories) - MAX_NAMED) > 0:
        lines.append(ngettext("%(count)d more category", "%(count)d more categories", count) % {"count": count})
    filters = [text for text in map(_canonical_filter, preferences.filters) if text]
    shortened = [Truncator(text).chars(MAX_FILTER_LENGTH) for text in filters[:MAX_NAMED]]
    lines += [_("papers that match %(filter)s") % {"filter": text} for text in shortened]
    if (count := len(filters) - MAX_NAMED) > 0:
        lines.append(ngettext("%(count)d more filter", "%(count)d more filters", count) % {"count": count})
    return lines


def _canonical_filter(text: str) -> str:
    """Return the filter's canonical form; empty for what a changed filter language no longer reads."""
    try:
        return language.canonical(language.parse(text))
    except FilterError:
        return ""
