"""Explains in words why a reader got a paper."""

import re
from collections.abc import Sequence

from django.utils.translation import npgettext, pgettext

from digest.domain import Reason
from digest.letters.tex.to_unicode import to_text
from digest.letters.text_layout import one_line, shorten
from digest.letters.wording import join_items

MAX_FILTER_LENGTH = 120
MAX_LIKED_TITLE_LENGTH = 90
MAX_FILTERS_NAMED = 3

_PHRASE = re.compile(r'["“”][^"“”]*["“”]')
_SIGNAL = re.compile(r"(\d+) (upvotes|comments|stars)")


def explain_reasons(reasons: Sequence[Reason]) -> str:
    """Return the reasons of a pick in words, as plain text; empty when there are none."""
    filters = [reason.text for reason in reasons if reason.kind == "keyword"]
    others = [_explain_reason(reason) for reason in reasons if reason.kind != "keyword"]
    phrases = [_explain_filters(filters), *others] if filters else others
    return pgettext("letter: between two reasons", "; ").join(filter(None, phrases))


def _explain_reason(reason: Reason) -> str:
    text = shorten(one_line(reason.text), MAX_FILTER_LENGTH)
    if reason.kind == "author":
        return pgettext("letter", "by %(name)s") % {"name": to_text(text)}
    if reason.kind == "perhaps_author":
        return _explain_perhaps_author(reason.text)
    if reason.kind == "category":
        return pgettext("letter", "in %(category)s, which you follow") % {"category": text}
    if reason.kind == "trending":
        return pgettext("letter", "trending: %(evidence)s") % {"evidence": _format_evidence(text)}
    return _explain_like(reason.text) if reason.kind == "like" else text


def _explain_perhaps_author(text: str) -> str:
    """Return `by G. Hinton, who may be Geoffrey Hinton`: the initials agree, and no more is known."""
    name, _, followed = (shorten(one_line(to_text(each)), MAX_FILTER_LENGTH) for each in text.partition("; "))
    return pgettext("letter", "by %(name)s, who may be %(followed)s") % {"name": name, "followed": followed}


def _explain_like(title: str) -> str:
    readable_title = shorten(to_text(title), MAX_LIKED_TITLE_LENGTH)
    if not readable_title:  # it held nothing but TeX that is not shown
        return pgettext("letter", "like papers you marked")
    return pgettext("letter", "like “%(title)s”, of which you wanted more") % {"title": readable_title}


def _explain_filters(texts: Sequence[str]) -> str:
    """Return one phrase for all filters that a paper matches; of many, the first ones are named."""
    quoted = [_quote_filter(text) for text in dict.fromkeys(texts)]
    if len(quoted) == 1:
        return pgettext("letter", "matches your filter %(filter)s") % {"filter": quoted[0]}
    named, more = quoted[:MAX_FILTERS_NAMED], len(quoted) - MAX_FILTERS_NAMED
    if more > 0:
        words = npgettext(
            "letter",
            "matches your filters %(filters)s and %(count)d more",
            "matches your filters %(filters)s and %(count)d more",
            more,
        )
        return words % {"filters": join_items(named), "count": more}
    words = pgettext("letter", "matches your filters %(filters)s and %(last)s")
    return words % {"filters": join_items(named[:-1]), "last": named[-1]}


def _quote_filter(filter_text: str) -> str:
    """Return a filter in quotes. A single phrase loses its own; a longer filter keeps those inside."""
    text = shorten(one_line(filter_text), MAX_FILTER_LENGTH)
    inner = text[1:-1] if _PHRASE.fullmatch(text) else text
    return pgettext("letter", "“%(filter)s”") % {"filter": inner}


def _format_evidence(text: str) -> str:
    """Return `120 upvotes, 300 stars` in the reader's words."""
    return join_items(
        _SIGNAL.sub(lambda signal: format_signal(signal[2], int(signal[1])), each) for each in text.split(", ")
    )


def format_signal(kind: str, count: int) -> str:
    """Return such as `15,400 stars`. Upvotes are those of Hugging Face, stars those of the code's page."""
    forms = {
        "upvotes": npgettext("letter", "%(count)s upvote on Hugging Face", "%(count)s upvotes on Hugging Face", count),
        "comments": npgettext("letter", "%(count)s comment", "%(count)s comments", count),
        "stars": npgettext("letter", "%(count)s star", "%(count)s stars", count),
    }
    return forms[kind] % {"count": f"{count:,}"}
