"""The colours of every mail, for light and for dark screens. Pages have the same ones in templates/static/site.css.

Mail programs know no CSS variables, so templates write the values: `{% light "accent" %}`, `{% dark "accent" %}`.
"""

from typing import NamedTuple

from django import template

register = template.Library()


class LetterColor(NamedTuple):
    """A colour for light and for dark screens, as CSS writes it."""

    light: str
    dark: str


LETTER_COLORS = {
    "background": LetterColor("#faf9f6", "#161513"),
    "text": LetterColor("#1c1b19", "#ece9e2"),
    # What stands around the papers: authors, dates, the foot.
    "muted": LetterColor("#5d5950", "#aea89b"),
    # Links, buttons and the bar beside the reason.
    "accent": LetterColor("#0b5d5a", "#7cc9c2"),
    # Of the stripes at the top, which are the accent's and this.
    "second": LetterColor("#9a3412", "#f3ab88"),
    "text_on_accent": LetterColor("#ffffff", "#161513"),
    "line": LetterColor("#e0dacd", "#35322c"),
}


@register.simple_tag
def light(name: str) -> str:
    """Return the colour for light screens, as CSS writes it. Raises KeyError for a name that is none."""
    return LETTER_COLORS[name].light


@register.simple_tag
def dark(name: str) -> str:
    """Return the colour for dark screens, as CSS writes it. Raises KeyError for a name that is none."""
    return LETTER_COLORS[name].dark
