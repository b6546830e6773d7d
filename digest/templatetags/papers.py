"""Template filters that write papers in the words of the letters. They return plain text; the template escapes it."""

from collections.abc import Sequence
from typing import Any

from django import template
from django.utils.translation import gettext as _

from digest.domain import PaperRecord
from digest.letters import links, reasons, wording
from digest.letters.tex.to_unicode import to_text
from subscriptions.page_language import page_language
from subscriptions.taxonomy.categories import CATEGORIES

register = template.Library()
register.filter("tex", to_text)
register.filter("authors", wording.format_authors)
register.filter("why", reasons.explain_reasons)
register.filter("html_language", wording.html_language)
register.filter("primary_category", wording.format_primary_category)
register.filter("abstract_link", links.abstract_url)
register.filter("pdf_link", links.pdf_url)
register.filter("html_link", links.html_url)
register.filter("code_link", links.code_url)


@register.filter
def signals(paper: PaperRecord) -> list[str]:
    """Return what others say of a paper, such as `120 upvotes on Hugging Face` and `15,400 stars`."""
    return [
        reasons.format_signal(kind, paper.signals[kind]) for kind in ("upvotes", "stars") if paper.signals.get(kind)
    ]


@register.filter
def names(people: Sequence[str]) -> str:
    """Return all the names, separated by commas."""
    return ", ".join(to_text(name) for name in people)


@register.filter
def category_name(code: str) -> str:
    """Return `Machine Learning` for cs.LG, in the language of the page; the code itself when we do not know it."""
    return _(CATEGORIES[code].name) if code in CATEGORIES else code


@register.filter
def thousands(number: int) -> str:
    """Return `28,066`."""
    return f"{number:,}"


@register.filter
def writer(summary: Any) -> str:
    """Return who wrote a summary (a record or a row), and in which language when it is not the page's."""
    return wording.label_summary(summary, page_language())
