"""The letter's own words, in the language that is switched on. They have the context `letter` in the catalogue."""

import re
from collections.abc import Sequence
from datetime import date

from django.utils.formats import date_format
from django.utils.translation import get_language_info, npgettext, pgettext

from digest.assembly import links
from digest.assembly.tex import to_text
from digest.assembly.text import one_line, short
from digest.records import PaperRecord, Reason, SummaryRecord
from subscriptions.readers import LANGUAGES

FEW_AUTHORS = 5
LONGEST_NAME = 60
LONGEST_FILTER = 120
LONGEST_TITLE = 90
_SIGNAL = re.compile(r"(\d+) (upvotes|comments|stars)")


def written_day(day: date) -> str:
    return date_format(day, pgettext("letter: format of a date", "j F Y"))


def after_label() -> str:
    """What follows a label before its text: a colon, and a space where the language has one."""
    return pgettext("letter: after a label", ": ")


def before_address() -> str:
    """The same before an address. That one always gets a space, or mail programs miss where the link begins."""
    return after_label().rstrip() + " "


def authors(names: Sequence[str]) -> str:
    """All if they are few, else the first three and the last two: some papers have thousands."""
    shown = names if len(names) <= FEW_AUTHORS else (*names[:3], *names[-2:])
    written = [short(to_text(name), LONGEST_NAME) for name in shown]
    if len(names) <= FEW_AUTHORS:
        return ", ".join(written)
    return f"{', '.join(written[:3])} … {', '.join(written[3:])}"


def badges(paper: PaperRecord) -> list[str]:
    found = []
    if paper.kind == "new":
        found.append(pgettext("letter", "New"))
    elif paper.kind == "cross" and paper.categories and paper.categories[0] != paper.section:
        found.append(pgettext("letter", "Cross-list from %(category)s") % {"category": one_line(paper.categories[0])})
    if links.code(paper):
        found.append(pgettext("letter", "Code"))
    return found


def by_whom(summary: SummaryRecord, language: str) -> str:
    """Who wrote a summary, and in which language when it is not the reader's."""
    if summary.writer == "extractive":
        label = pgettext("letter", "From the abstract")
    elif summary.writer == "imported":
        label = pgettext("letter", "Imported summary")
    else:
        label = pgettext("letter", "Summary by %(model)s") % {"model": short(one_line(summary.writer), 40)}
    if summary.language == language:
        return label
    return pgettext("letter", "%(label)s (in %(language)s)") % {
        "label": label,
        "language": language_name(summary.language),
    }


def language_name(code: str) -> str:
    """`English` in the reader's language; a code that nobody knows stays itself."""
    known = {"en": pgettext("letter", "English"), "zh": pgettext("letter", "Chinese")}
    try:
        return known.get(code) or str(get_language_info(code)["name_translated"])
    except KeyError:
        return one_line(code)


def html_language(code: str) -> str:
    """The value of a `lang` attribute."""
    return {"zh": "zh-Hans"}.get(code, re.sub(r"[^A-Za-z0-9-]", "", code) or "en")


def django_language(code: str) -> str:
    return LANGUAGES.get(code, "en")


def why(reasons: Sequence[Reason]) -> str:
    """The reasons of a pick in words, as plain text; empty when there are none."""
    return pgettext("letter: between two reasons", "; ").join(filter(None, map(_reason, reasons)))


def _reason(reason: Reason) -> str:
    text = short(one_line(reason.text), LONGEST_FILTER)
    if reason.kind == "keyword":
        return _filter(text)
    if reason.kind == "author":
        return pgettext("letter", "by %(name)s") % {"name": to_text(text)}
    if reason.kind == "category":
        return pgettext("letter", "in %(category)s, which you follow") % {"category": text}
    if reason.kind == "trending":
        return pgettext("letter", "trending: %(evidence)s") % {"evidence": _SIGNAL.sub(_signal, text)}
    return _like(reason.text) if reason.kind == "like" else text


def _like(title: str) -> str:
    """A title that shows nothing when read as TeX is not quoted."""
    shown = short(to_text(title), LONGEST_TITLE)
    if not shown:
        return pgettext("letter", "like papers you marked")
    return pgettext("letter", "like “%(title)s”, of which you wanted more") % {"title": shown}


def _filter(text: str) -> str:
    """A single phrase loses its own quotes, because the sentence has some; a longer filter keeps them and gets none."""
    inner = text[1:-1] if text[:1] == text[-1:] == '"' else text
    if '"' in inner:
        return pgettext("letter", "matches your filter %(filter)s") % {"filter": text}
    return pgettext("letter", "matches your filter “%(filter)s”") % {"filter": inner}


def _signal(found: re.Match[str]) -> str:
    count = int(found[1])
    forms = {
        "upvotes": npgettext("letter", "%(count)d upvote", "%(count)d upvotes", count),
        "comments": npgettext("letter", "%(count)d comment", "%(count)d comments", count),
        "stars": npgettext("letter", "%(count)d star", "%(count)d stars", count),
    }
    return forms[found[2]] % {"count": count}
