"""A subscriber's interests in plain words, for the letter that asks them to confirm."""

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from subscriptions.preference_defaults import Preferences
from subscriptions.taxonomy import categories

# Of many categories only the first ones are named.
MAX_NAMED = 8


def describe_interests(preferences: Preferences) -> list[str]:
    """Return one line per category, of many the first ones and how many more there are, and how many filters.

    Anybody can have this sent to anybody. So it has no word of theirs: filters are counted, not shown.
    """
    known = [category for code in preferences.categories if (category := categories.CATEGORIES.get(code))]
    lines = [f"{_(category.name)} ({category.code})" for category in known[:MAX_NAMED]]
    if (count := len(known) - MAX_NAMED) > 0:
        lines.append(ngettext("%(count)d more category", "%(count)d more categories", count) % {"count": count})
    if count := len(preferences.filters):
        lines.append(ngettext("%(count)d keyword filter", "%(count)d keyword filters", count) % {"count": count})
    return lines
