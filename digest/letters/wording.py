"""The letter's own words, in the language that is switched on. They have the context `letter` in the catalogue."""

import re
from collections.abc import Iterable, Sequence
from datetime import date, timedelta

from django.utils.formats import date_format
from django.utils.translation import get_language_info, npgettext, pgettext

from digest.domain import PaperRecord, SummaryRecord
from digest.letters import links
from digest.letters.tex.to_unicode import to_text
from digest.letters.text_layout import one_line, shorten
from digest.sources.withdrawals import judge_withdrawal
from subscriptions.letter_languages import LETTER_LANGUAGES
from subscriptions.taxonomy import categories as taxonomy

MAX_AUTHORS_IN_FULL = 5
# In short cards.
MAX_FIRST_AUTHORS = 2
MAX_AUTHOR_NAME_LENGTH = 60
MAX_OTHER_CATEGORIES = 8
# A paper submitted longer before its edition is not of the day: its date then says what it is the date of.
RECENT_SUBMISSION = timedelta(days=5)


def format_day(day: date) -> str:
    return date_format(day, pgettext("letter: format of a date", "j F Y"))


def format_heading(first_day: date | None, day: date) -> str:
    """Return the heading of a letter: the days that it covers."""
    if first_day is None:
        return pgettext("letter", "Your papers of %(date)s") % {"date": format_day(day)}
    return pgettext("letter", "Your papers from %(first)s to %(last)s") % format_range(first_day, day)


def format_range(first_day: date, day: date) -> dict[str, str]:
    """Return the `first` and the `last` of several days, with one month and year where they share them."""
    if (first_day.year, first_day.month) != (day.year, day.month):
        return {"first": format_day(first_day), "last": format_day(day)}
    return {
        "first": date_format(first_day, pgettext("letter: format of the first date of a range in a month", "j")),
        "last": date_format(day, pgettext("letter: format of the last date of a range in a month", "j F Y")),
    }


def describe_letter(day: date) -> str:
    """Return what a letter is, for the preheader."""
    return pgettext("letter", "New papers from arXiv, chosen for you on %(date)s") % {"date": format_day(day)}


def tell_why_subscribed(email: str, site: str) -> str:
    """Return why a reader gets letters at all."""
    words = pgettext("letter", "You get this letter because %(email)s subscribed to %(site)s.")
    return words % {"email": email, "site": site}


def format_submission_day(paper: PaperRecord) -> str:
    """Return the day of submission, named as such where nobody would expect it."""
    day = paper.published.date() if paper.published else paper.day
    if paper.day - day <= RECENT_SUBMISSION:
        return format_day(day)
    return pgettext("letter", "submitted %(date)s") % {"date": format_day(day)}


def format_primary_category(paper: PaperRecord) -> str:
    return one_line(paper.categories[0] if paper.categories else paper.section)


def list_cross_lists(paper: PaperRecord) -> list[str]:
    """Return the categories but the primary one that are named: of hundreds, the first ones."""
    codes = (format_primary_category(paper), *paper.categories[1:], paper.section)
    _, *others = dict.fromkeys(taxonomy.canonical(code) or one_line(code) for code in codes)
    return others[:MAX_OTHER_CATEGORIES]


def format_cross_lists(paper: PaperRecord) -> str:
    """Return such as `cross-listed in hep-ph, hep-th`; empty if the paper is in its primary category alone."""
    others = list_cross_lists(paper)
    return pgettext("letter", "cross-listed in %(categories)s") % {"categories": join_items(others)} if others else ""


def format_categories(paper: PaperRecord) -> str:
    """Return such as `gr-qc, cross-listed in hep-ph`."""
    others = format_cross_lists(paper)
    return (
        f"{format_primary_category(paper)}{pgettext('letter: after a category', ', ')}{others}"
        if others
        else format_primary_category(paper)
    )


def join_items(items: Iterable[str]) -> str:
    return pgettext("letter: between two things of a list", ", ").join(items)


def after_label() -> str:
    """Return what follows a label before its text: a colon, and a space where the language has one."""
    return pgettext("letter: after a label", ": ")


def before_address() -> str:
    """Return what follows a label before an address: always with a space, or mail programs miss the link."""
    return after_label().rstrip() + " "


def choose_authors(names: Sequence[str]) -> tuple[Sequence[str], Sequence[str]]:
    """Return the authors to name before and after a gap: all before it if they are few, else the first and last ones.

    Some papers have thousands.
    """
    return (names, ()) if len(names) <= MAX_AUTHORS_IN_FULL else (names[:3], names[-2:])


def format_author(name: str) -> str:
    return shorten(to_text(name), MAX_AUTHOR_NAME_LENGTH)


def format_authors(names: Sequence[str]) -> str:
    """Return such as `Ada, Bao … Yara, Zoe`."""
    return " … ".join(", ".join(map(format_author, some)) for some in choose_authors(names) if some)


def format_first_authors(names: Sequence[str]) -> str:
    """Return the first names, and how many more there are."""
    written = ", ".join(map(format_author, names[:MAX_FIRST_AUTHORS]))
    if (more := len(names) - MAX_FIRST_AUTHORS) <= 0:
        return written
    return npgettext("letter", "%(names)s and %(count)d more", "%(names)s and %(count)d more", more) % {
        "names": written,
        "count": more,
    }


def list_badges(paper: PaperRecord) -> list[str]:
    """Return badges for what is out of the ordinary: nearly every paper is new."""
    found = []
    if paper.kind == "cross":
        found.append(pgettext("letter", "Newly cross-listed"))
    if links.code_url(paper):
        found.append(pgettext("letter", "Code"))
    if judge_withdrawal(paper.comment) == "unclear":
        found.append(pgettext("letter", "The comment speaks of a withdrawal"))
    return found


def label_summary(summary: SummaryRecord, language: str) -> str:
    """Return who wrote a summary, and in which language when it is not the reader's."""
    if summary.writer == "extractive":
        label = pgettext("letter", "From the abstract")
    elif summary.writer == "imported":
        label = pgettext("letter", "Imported summary")
    else:
        label = pgettext("letter", "Summary by %(model)s") % {"model": shorten(one_line(summary.writer), 40)}
    if summary.language == language:
        return label
    return pgettext("letter", "%(label)s (in %(language)s)") % {
        "label": label,
        "language": language_name(summary.language),
    }


def language_name(code: str) -> str:
    """Return a language's name in the reader's language; a code that nobody knows stays itself."""
    known = {"en": pgettext("letter", "English"), "zh": pgettext("letter", "Chinese")}
    try:
        return known.get(code) or str(get_language_info(code)["name_translated"])
    except KeyError:
        return one_line(code)


def html_language(code: str) -> str:
    """Return the value of a `lang` attribute."""
    language = LETTER_LANGUAGES.get(code)
    return language.html_code if language else re.sub(r"[^A-Za-z0-9-]", "", code) or "en"


def label_reasons(following: int) -> str:
    """Return the label of why a paper is there, and with it the *following* papers."""
    if not following:
        return pgettext("letter", "Why you")
    return npgettext(
        "letter",
        "Why you (the next paper too)",
        "Why you (the next %(count)d papers too)",
        following,
    ) % {"count": following}


def refer_to_reasons(number: int) -> str:
    """Return the words for the reasons of the paper with this *number* in the letter."""
    return pgettext("letter: after Why you", "same as for paper %(number)d") % {"number": number}


def label_relation(writer: str) -> str:
    """Return the label of the sentence that relates a paper to one that the reader kept."""
    return pgettext("letter", "Beside a paper you kept, by %(model)s") % {"model": shorten(one_line(writer), 40)}


def describe_shortened_papers(count: int) -> str:
    """Return the sentence about papers that say less than they would if there was room."""
    return npgettext(
        "letter",
        "One paper is shown in brief, so that no mail program cuts this letter off.",
        "%(count)d papers are shown in brief, so that no mail program cuts this letter off.",
        count,
    ) % {"count": count}


def label_whole_edition() -> str:
    """Return the text of the link to the papers that a letter shortens."""
    return pgettext("letter", "The whole edition on the web")


def describe_more_on_the_web(count: int) -> str:
    """Return the text of the link to what a letter does not hold."""
    return npgettext("letter", "%(count)d more on the web", "%(count)d more on the web", count) % {"count": count}
