"""Writes the styles of letters into their elements, because many mail programs drop a <style>.

`<p {% style "meta" %}>` becomes `<p class="meta" style="…">`, with what premailer makes of the rules for `.meta` in
templates/emails/letter.css. It does so once for each class, when templates are compiled, and never for a letter.
The class is there for the <style> of templates/emails/base.html: dark screens, and what a letter can do without.
"""

import logging
import re
from functools import lru_cache
from typing import Any

from django import template
from django.template.loader import render_to_string
from django.utils.translation import get_language_bidi
from premailer import Premailer

register = template.Library()

_CLASS = re.compile(r"^\.([a-z-]+) \{", re.MULTILINE)
_INLINED = re.compile(r"""<p class="([a-z-]+)" style=("[^"]*"|'[^']*')>""")
_NEEDLESS_SPACE = re.compile(r"(?<=[;:,]) ")


class StyleNode(template.Node):
    """An element's class and style. They are looked up when a template is compiled, not when it is rendered."""

    def __init__(self, name: str) -> None:
        self._left_to_right, self._right_to_left = (
            f'class="{name}" style="{_read_rules(is_right_to_left)[name]}"' for is_right_to_left in (False, True)
        )

    def render(self, context: Any) -> str:
        return self._right_to_left if get_language_bidi() else self._left_to_right


@register.tag
def style(parser: Any, token: Any) -> StyleNode:
    """Return the node of `{% style "name" %}`. Raises KeyError for a name that the style sheet does not have."""
    _, name = token.split_contents()
    return StyleNode(name.strip("\"'"))


@lru_cache(maxsize=2)
def _read_rules(is_right_to_left: bool) -> dict[str, str]:
    """Return by class the declarations that an element of it gets."""
    start, end = ("right", "left") if is_right_to_left else ("left", "right")
    sheet = render_to_string("emails/letter.css", {"start": start, "end": end})
    elements = "".join(f'<p class="{name}"></p>' for name in dict.fromkeys(_CLASS.findall(sheet)))
    page = Premailer(
        f"<html><head></head><body>{elements}</body></html>",
        css_text=sheet,
        allow_network=False,
        allow_loading_external_files=False,
        disable_basic_attributes=["align", "bgcolor", "height", "valign", "width"],
        disable_validation=True,
        cssutils_logging_level=logging.CRITICAL,
    ).transform(pretty_print=False)
    return {
        name: _NEEDLESS_SPACE.sub("", quoted[1:-1]).replace('"', "'") for name, quoted in _INLINED.findall(str(page))
    }
