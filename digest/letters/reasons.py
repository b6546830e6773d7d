"""Explains in words why a reader got a paper, and what each cause brought.

Filters that matched in the same way are one cause: "matches “graphs” and “trees” in the title". What decided most comes
first, and each says its share of the paper's score in steps of SHARE_STEP percent, unless it brought all of it. Reasons
that were stored before they had shares say none.
"""

import re
from collections.abc import Callable, Hashable, Sequence
from typing import NamedTuple

from django.utils.translation import npgettext, pgettext

from digest.domain import Reason, ReasonKind
from digest.letters.tex.to_unicode import to_text
from digest.letters.text_layout import one_line, shorten
from digest.letters.wording import join_items

MAX_FILTER_LENGTH = 120
MAX_LIKED_TITLE_LENGTH = 90
MAX_FILTERS_NAMED = 3
# Percent. Nobody wants to know it more exactly, and papers chosen for the same then say the same.
SHARE_STEP = 5
# From here on a cause brought all but nothing of the score: then its share is not told.
WHOLE_SHARE = 95

# The kinds whose text is a filter. All reasons of such a kind are one cause.
FILTER_KINDS: tuple[ReasonKind, ...] = ("keyword_in_title", "keyword", "related")

_PHRASE = re.compile(r'["“”][^"“”]*["“”]')
_SIGNAL = re.compile(r"(\d+) (upvotes|comments|stars)(?: in (\d+) (hours|days))?")


class ReasonGroup(NamedTuple):
    """One or several reasons that a reader is told in one phrase."""

    kind: ReasonKind
    texts: tuple[str, ...]
    # How many liked papers the paper is like; 0 where that is not known.
    liked: int
    # Percent of the paper's score, a multiple of SHARE_STEP; 0 for less than half a step, or where it is not known.
    share: int


class PlacedReasons(NamedTuple):
    """A line of a letter that tells why papers are there, by the places of these papers from 0."""

    # Of the paper at which it stands.
    place: int
    # Of the paper whose reasons it tells: an earlier one, if it refers to that.
    first: int
    # For how many papers behind its own it speaks, too.
    following: int


def explain_reasons(reasons: Sequence[Reason]) -> str:
    """Return the reasons of a pick in words, as plain text; empty when there are none."""
    separator = pgettext("letter: between two reasons", "; ")
    return join_groups(group_reasons(reasons), explain_group, tell_share, separator)


def join_groups(
    groups: Sequence[ReasonGroup],
    explain: Callable[[ReasonGroup], str],
    tell: Callable[[int, bool], str],
    separator: str,
) -> str:
    """Return the words of all *groups*, with the share of each unless it brought all of the score."""
    phrases, is_first = [], True
    for group in groups:
        if phrase := explain(group):
            if 0 < group.share < WHOLE_SHARE:
                phrase, is_first = phrase + tell(group.share, is_first), False
            phrases.append(phrase)
    return separator.join(phrases)


def group_reasons(reasons: Sequence[Reason]) -> list[ReasonGroup]:
    """Return the causes, what decided most first; that a paper is something new stands before all else."""
    if len(reasons) == 1:
        kind, text, share, liked = reasons[0]
        return [ReasonGroup(kind, (text,), liked, _round_share(share))]
    groups: dict[tuple[ReasonKind, str], list[Reason]] = {}
    for reason in reasons:
        groups.setdefault((reason.kind, "" if reason.kind in FILTER_KINDS else reason.text), []).append(reason)
    causes = []
    for (kind, text), together in groups.items():
        share = sum([reason.share for reason in together])
        texts = (text,) if text else tuple(dict.fromkeys([reason.text for reason in together]))
        causes.append(ReasonGroup(kind, texts, together[0].liked, _round_share(share)))
    return sorted(causes, key=_place_cause)


def _round_share(share: int) -> int:
    return (share + SHARE_STEP // 2) // SHARE_STEP * SHARE_STEP


def find_causes(groups: Sequence[ReasonGroup]) -> frozenset[tuple[ReasonKind, tuple[str, ...], int]]:
    """Return what brought a paper, whatever the share of each cause: papers of the same causes are told once why."""
    return frozenset([(kind, texts, liked) for kind, texts, liked, _ in groups])


def place_reasons(causes: Sequence[Hashable], words: Sequence[str]) -> list[PlacedReasons]:
    """Return the lines of a letter that tell why, for the causes of each paper and its reasons in words.

    Papers of the same causes are told once. A line tells the first of them, and those right behind it that have the
    same words; later ones are referred to it, once for several in a row. Papers without words get no line.
    """
    lines: list[PlacedReasons] = []
    firsts: dict[Hashable, int] = {}
    # Of the last line: where it stands, whose reasons it tells, and up to which paper it speaks.
    place = first = last = -1
    for paper, (own, said) in enumerate(zip(causes, words, strict=True)):
        if not said:
            continue
        told = firsts.setdefault(own, paper)
        if told == first and last + 1 == paper and (place != first or said == words[first]):
            last = paper
            continue
        if place >= 0:
            lines.append(PlacedReasons(place, first, last - place))
        place, first, last = paper, told, paper
    if place >= 0:
        lines.append(PlacedReasons(place, first, last - place))
    return lines


def _place_cause(cause: ReasonGroup) -> tuple[bool, int, int]:
    kind = FILTER_KINDS.index(cause.kind) if cause.kind in FILTER_KINDS else len(FILTER_KINDS)
    return cause.kind != "explore", -cause.share, kind


def tell_share(share: int, is_first: bool) -> str:
    """Return what follows a phrase: ` (60% of the score)`, and ` (25%)` where it was said before what that is of."""
    if is_first:
        return pgettext("letter: after a reason", " (%(share)d%% of the score)") % {"share": share}
    return pgettext("letter: after a reason", " (%(share)d%%)") % {"share": share}


def explain_group(group: ReasonGroup) -> str:
    """Return a group in words, without its share."""
    shown = [show_text(group.kind, text) for text in group.texts[:MAX_FILTERS_NAMED]]
    return word_group(group.kind, shown, len(group.texts), group.liked)


def show_text(kind: ReasonKind, text: str) -> str:
    """Return a reason's text as it stands between the words."""
    if kind == "like":
        return shorten(to_text(text), MAX_LIKED_TITLE_LENGTH)
    short = shorten(one_line(text), MAX_FILTER_LENGTH)
    match kind:
        case "keyword_in_title" | "keyword" | "related":
            # A single phrase loses its own quotes; a longer filter keeps those inside.
            return short[1:-1] if _PHRASE.fullmatch(short) else short
        case "author":
            return to_text(short)
        case "trending":
            return _format_evidence(short)
    return text if kind == "perhaps_author" else short


def word_group(kind: ReasonKind, shown: Sequence[str], count: int, liked: int) -> str:
    """Return the words around the texts of a group, of which there are *count* and the first ones are *shown*."""
    match kind:
        case "keyword_in_title":
            return pgettext("letter", "matches %(filters)s in the title") % {"filters": _name_filters(shown, count)}
        case "keyword":
            return pgettext("letter", "matches %(filters)s") % {"filters": _name_filters(shown, count)}
        case "related":
            words = npgettext("letter", "near your interest %(filters)s", "near your interests %(filters)s", count)
            return words % {"filters": _name_filters(shown, count)}
        case "like":
            return _explain_like(shown[0], liked)
        case "author":
            return pgettext("letter", "by %(name)s, whom you follow") % {"name": shown[0]}
        case "perhaps_author":
            return _explain_perhaps_author(shown[0])
        case "category":
            return pgettext("letter", "in %(category)s, which you follow") % {"category": shown[0]}
        case "trending":
            return shown[0]
        case "explore":
            return pgettext("letter", "something new, drawn by lot among papers that came close")


def _explain_perhaps_author(text: str) -> str:
    """Return `by G. Hinton, who may be Geoffrey Hinton`: the initials agree, and no more is known."""
    name, _, followed = (shorten(one_line(to_text(each)), MAX_FILTER_LENGTH) for each in text.partition("; "))
    return pgettext("letter", "by %(name)s, who may be %(followed)s") % {"name": name, "followed": followed}


def _explain_like(title: str, liked: int) -> str:
    """Return `like 3 papers you liked or saved, mostly “A title”`."""
    if not title:  # it held nothing but TeX that is not shown
        return pgettext("letter", "like papers you marked")
    if not liked:
        return pgettext("letter", "like “%(title)s”, of which you wanted more") % {"title": title}
    if liked == 1:
        return pgettext("letter", "like “%(title)s”, which you liked or saved") % {"title": title}
    words = npgettext(
        "letter",
        "like %(count)d paper you liked or saved, mostly “%(title)s”",
        "like %(count)d papers you liked or saved, mostly “%(title)s”",
        liked,
    )
    return words % {"count": liked, "title": title}


def _name_filters(shown: Sequence[str], count: int) -> str:
    """Return `“a”, “b” and “c”`; of many, the first ones are named."""
    named = [pgettext("letter", "“%(filter)s”") % {"filter": text} for text in shown]
    if count == 1:
        return named[0]
    if more := count - len(named):
        words = npgettext("letter", "%(filters)s and %(count)d more", "%(filters)s and %(count)d more", more)
        return words % {"filters": join_items(named), "count": more}
    return pgettext("letter", "%(filters)s and %(last)s") % {"filters": join_items(named[:-1]), "last": named[-1]}


def _format_evidence(text: str) -> str:
    """Return `120 upvotes on Hugging Face in 6 hours, 300 stars` in the reader's words."""
    return join_items(_SIGNAL.sub(_format_rate, each) for each in text.split(", "))


def _format_rate(found: re.Match[str]) -> str:
    signal, hours = format_signal(found[2], int(found[1])), int(found[3] or 0)
    if not hours:
        return signal
    if found[4] == "hours":
        words = npgettext("letter", "%(signal)s in %(count)d hour", "%(signal)s in %(count)d hours", hours)
    else:
        words = npgettext("letter", "%(signal)s in %(count)d day", "%(signal)s in %(count)d days", hours)
    return words % {"signal": signal, "count": hours}


def format_signal(kind: str, count: int) -> str:
    """Return such as `15,400 stars`. Upvotes are those of Hugging Face, stars those of the code's page."""
    forms = {
        "upvotes": npgettext("letter", "%(count)s upvote on Hugging Face", "%(count)s upvotes on Hugging Face", count),
        "comments": npgettext("letter", "%(count)s comment", "%(count)s comments", count),
        "stars": npgettext("letter", "%(count)s star", "%(count)s stars", count),
    }
    return forms[kind] % {"count": f"{count:,}"}
