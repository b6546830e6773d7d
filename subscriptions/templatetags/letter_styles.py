"""Writes the styles of letters into their elements, because many mail programs drop a <style>.

`<p {% style "meta" %}>` becomes `<p class="meta" style="…">`, with the rule of `.meta` in templates/emails/letter.css.
The class is there for the <style> of templates/emails/base.html: dark screens, and what a letter can do without.
"""

import re
from functools import lru_cache
from typing import Any

from django import template
from django.template.loader import render_to_string
from django.utils.translation import get_language_bidi

register = template.Library()

_RULE = re.compile(r"\.([a-z-]+) \{ (.*?) \}")
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
    start, end = ("right", "left") if is_right_to_left else ("left", "right")
    sheet = render_to_string("emails/letter.css", {"start": start, "end": end})
    return {name: _NEEDLESS_SPACE.sub("", rule.rstrip(";")) for name, rule in _RULE.findall(sheet)}
