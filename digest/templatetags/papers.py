"""How papers are written on pages. Everything given back is plain text: the template escapes it."""

import re
from collections.abc import Sequence
from urllib.parse import urlsplit

from django import template
from django.utils.translation import gettext as _

from digest.assembly.tex import to_text
from subscriptions.taxonomy import CATEGORIES

register = template.Library()
register.filter("tex", to_text)

HTML_SINCE = "2312"
"""arXiv makes HTML of the papers since December 2023, so older ones get no link that leads nowhere."""
NEW_ID = re.compile(r"(?P<month>\d{4})\.\d{4,5}")
FEW_AUTHORS = 5


@register.filter
def authors(names: Sequence[str]) -> str:
    """All if they are few, else the first three and the last two."""
    names = [to_text(name) for name in names]
    if len(names) <= FEW_AUTHORS:
        return ", ".join(names)
    left_out = _("and %(count)d more") % {"count": len(names) - FEW_AUTHORS}
    return f"{', '.join(names[:3])}, … {left_out} …, {', '.join(names[-2:])}"


@register.filter
def names(people: Sequence[str]) -> str:
    return ", ".join(to_text(name) for name in people)


@register.filter
def category_name(code: str) -> str:
    """`Machine Learning` for cs.LG; the code itself when it is not one we know."""
    return CATEGORIES[code].name if code in CATEGORIES else code


@register.filter
def writer(name: str) -> str:
    """Who wrote a summary."""
    if name == "extractive":
        return _("From the abstract")
    if name == "imported":
        return _("Imported summary")
    return _("Summary by %(model)s") % {"model": name}


@register.filter
def web_address(url: str) -> str:
    """*url* if a browser may be sent there, else nothing: `javascript:` and its kin end here."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return ""
    return url if parts.scheme in {"http", "https"} and parts.hostname else ""


@register.filter
def has_html(arxiv_id: str) -> bool:
    found = NEW_ID.fullmatch(arxiv_id)
    # Ids of the last century begin with 91 to 99, but have no dot.
    return bool(found and found["month"] >= HTML_SINCE)
