"""The template filter `filter_hints`, for the pages on which people type filters."""

from collections.abc import Iterator

from django import template

from subscriptions.filters.error_messages import FilterProblem, find_hints, split_lines

register = template.Library()


@register.filter
def filter_hints(text: str) -> Iterator[FilterProblem]:
    """Yield the hints about the filters in *text*, which has one filter per line."""
    return find_hints(split_lines(str(text or "")))
