"""The template filter `filter_hints`, for the pages on which people type filters."""

from collections.abc import Iterator

from django import template

from subscriptions.filters.error_messages import FilterProblem, find_hints
from subscriptions.filters.language import MAX_FILTERS

register = template.Library()


@register.filter
def filter_hints(text: str) -> Iterator[FilterProblem]:
    """Yield the hints about the filters in *text*, which has one filter per line."""
    lines = (line.strip() for line in str(text or "").splitlines()[:MAX_FILTERS])
    return find_hints(line for line in lines if line)
