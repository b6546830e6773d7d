"""For the pages on which people type filters."""

from collections.abc import Iterator

from django import template

from subscriptions.filters.error_messages import Mistake, doubts
from subscriptions.filters.language import MOST_FILTERS

register = template.Library()


@register.filter(name="doubts")
def doubts_of(text: str) -> Iterator[Mistake]:
    """What the lines of *text* may not mean as they were meant."""
    lines = (line.strip() for line in str(text or "").splitlines()[:MOST_FILTERS])
    return doubts(line for line in lines if line)
