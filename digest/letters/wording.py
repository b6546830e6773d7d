"""The letter's own words, in the language that is switched on. They have the context `letter` in the catalogue."""

import re
from collections.abc import Iterable, Sequence
from datetime import date, timedelta

from django.utils.formats import date_format
from django.utils.translation import get_language_info, npgettext, pgettext

from digest.domain import PaperRecord, Reason, SummaryRecord
from digest.letters import links
from digest.letters.tex.to_unicode import to_text
from digest.letters.text_layout import one_line, short
from subscriptions.reader import LANGUAGES
from subscriptions.taxonomy import categories as taxonomy

FEW_AUTHORS = 5
LONGEST_NAME = 60
LONGEST_FILTER = 120
LONGEST_TITLE = 90
FILTERS_NAMED = 3
OTHER_CATEGORIES = 8
# A paper submitted longer before its edition is not of the day: its date then says what it is the date of.
RECENT = timedelta(days=5)

_PHRASE = re.compile(r'["“”][^"“”]*["“”]')
_SIGNAL = re.compile(r"(\d+) (upvotes|comments|stars)")


def written_day(day: date) -> str:
    return date_format(day, pgettext("letter: format of a date", "j F Y"))


def submitted(paper: PaperRecord) -> str:
    """The day of submission, named as such where nobody would expect it."""
    day = paper.published.date() if paper.published else paper.day
    if paper.day - day <= RECENT:
        return written_day(day)
    return pgettext("letter", "submitted %(date)s") % {"date": written_day(day)}


def primary_category(paper: PaperRecord) -> str:
    return one_line(paper.categories[0] if paper.categories else paper.section)


def cross_lists(paper: PaperRecord) -> str:
    """`cross-listed in hep-ph, hep-th`: the other categories a reader may have got it by; empty when there are none."""
    codes = (primary_category(paper), *paper.categories[1:], paper.section)
    _, *others = dict.fromkeys(taxonomy.canonical(code) or one_line(code) for code in codes)
    if not others:
        return ""
    shown = between_items(others[:OTHER_CATEGORIES])
    return pgettext("letter", "cross-listed in %(categories)s") % {"categories": shown}


def categories(paper: PaperRecord) -> str:
    """`gr-qc, cross-listed in hep-ph`."""
    others = cross_lists(paper)
    return (
        f"{primary_category(paper)}{pgettext('letter: after a category', ', ')}{others}"
        if others
        else primary_category(paper)
    )


def between_items(items: Iterable[str]) -> str:
    return pgettext("letter: between two things of a list", ", ").join(items)


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
    """Only what is out of the ordinary: nearly every paper is new."""
    found = []
    if paper.kind == "cross":
        found.append(pgettext("letter", "Newly cross-listed"))
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
    filters = [reason.text for reason in reasons if reason.kind == "keyword"]
    others = [_reason(reason) for reason in reasons if reason.kind != "keyword"]
    told = [_filters(filters), *others] if filters else others
    return pgettext("letter: between two reasons", "; ").join(filter(None, told))


def _reason(reason: Reason) -> str:
    text = short(one_line(reason.text), LONGEST_FILTER)
    if reason.kind == "author":
        return pgettext("letter", "by %(name)s") % {"name": to_text(text)}
    if reason.kind == "category":
        return pgettext("letter", "in %(category)s, which you follow") % {"category": text}
    if reason.kind == "trending":
        return pgettext("letter", "trending: %(evidence)s") % {"evidence": _evidence(text)}
    return _like(reason.text) if reason.kind == "like" else text


def _like(title: str) -> str:
    """A title that shows nothing when read as TeX is not quoted."""
    shown = short(to_text(title), LONGEST_TITLE)
    if not shown:
        return pgettext("letter", "like papers you marked")
    return pgettext("letter", "like “%(title)s”, of which you wanted more") % {"title": shown}


def _filters(texts: Sequence[str]) -> str:
    """One phrase for all filters that a paper matches; of many, the first ones are named."""
    quoted = [_quoted(text) for text in dict.fromkeys(texts)]
    if len(quoted) == 1:
        return pgettext("letter", "matches your filter %(filter)s") % {"filter": quoted[0]}
    named, more = quoted[:FILTERS_NAMED], len(quoted) - FILTERS_NAMED
    if more > 0:
        words = npgettext(
            "letter",
            "matches your filters %(filters)s and %(count)d more",
            "matches your filters %(filters)s and %(count)d more",
            more,
        )
        return words % {"filters": between_items(named), "count": more}
    words = pgettext("letter", "matches your filters %(filters)s and %(last)s")
    return words % {"filters": between_items(named[:-1]), "last": named[-1]}


def _quoted(filter_text: str) -> str:
    """A single phrase loses its own quotes, because the sentence has some; a longer filter keeps those inside."""
    text = short(one_line(filter_text), LONGEST_FILTER)
    inner = text[1:-1] if _PHRASE.fullmatch(text) else text
    return pgettext("letter", "“%(filter)s”") % {"filter": inner}


def _evidence(text: str) -> str:
    """`120 upvotes, 300 stars` in the reader's words."""
    return between_items(_SIGNAL.sub(_signal, each) for each in text.split(", "))


def _signal(found: re.Match[str]) -> str:
    return signal(found[2], int(found[1]))


def signal(kind: str, count: int) -> str:
    """`15,400 stars`. Upvotes are those of Hugging Face, stars those of the code's page."""
    forms = {
        "upvotes": npgettext("letter", "%(count)s upvote on Hugging Face", "%(count)s upvotes on Hugging Face", count),
        "comments": npgettext("letter", "%(count)s comment", "%(count)s comments", count),
        "stars": npgettext("letter", "%(count)s star", "%(count)s stars", count),
    }
    return forms[kind] % {"count": f"{count:,}"}
