"""Writes CSS into the elements, because many mail programs drop a <style>. Once per piece, never per reader."""

import re
from functools import lru_cache

from django.template.loader import render_to_string

_STYLE = re.compile(r" style=(\"[^\"]*\"|'[^']*')")
_NEEDLESS_SPACE = re.compile(r"(?<=[;,]) ")
_BEGIN, _END = "<!--piece-->", "<!--/piece-->"


def inline_fragment(html: str, direction: str) -> str:
    """Return what stands in a page's body with its CSS written into the elements."""
    page = inline_document(f"<html><head></head><body>{_BEGIN}{html}{_END}</body></html>", direction)
    return page[page.index(_BEGIN) + len(_BEGIN) : page.rindex(_END)]


@lru_cache(maxsize=4)
def _render_css(direction: str) -> str:
    return render_to_string("emails/letter.css", {"start": "right" if direction == "rtl" else "left"})


def inline_document(html: str, direction: str) -> str:
    """Write the CSS into the elements of a whole page. A <style data-premailer="ignore"> stays as it is."""
    from premailer import Premailer  # it costs 0.1 s to import, and only those who assemble letters need it

    premailer = Premailer(
        html,
        css_text=_render_css(direction),
        strip_important=False,
        allow_network=False,
        allow_loading_external_files=False,
        disable_link_rewrites=True,
        disable_basic_attributes=["align", "bgcolor", "height", "valign", "width"],
        disable_validation=True,
        cssutils_logging_level=50,
    )
    return _STYLE.sub(
        lambda style: _NEEDLESS_SPACE.sub("", style.group()), str(premailer.transform(pretty_print=False))
    )
