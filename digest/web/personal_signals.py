"""What a reader's letters are made of: each signal, what it did in their last letter, a switch and a reset.

Only a browser that opened the account sees the page: a forwarded letter tells and changes nothing of it.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from digest.domain import Pick, ReasonKind
from digest.editions import reader_feedback
from digest.letters.reasons import group_reasons
from digest.picking.stored_picks import decode_picks
from digest.web import selectors
from subscriptions.links.decorators import account_id_page
from subscriptions.preference_defaults import SIGNAL_FAMILIES
from subscriptions.services import personal_signals
from subscriptions.services.personal_signals import StoredSignals

# What the reasons of each kind belong to. `dislikes` bring no paper, so no reason is of theirs.
FAMILY_OF_KIND: Mapping[ReasonKind, str] = {
    "like": "likes",
    "author": "authors",
    "perhaps_author": "authors",
    "category": "categories",
    "keyword": "filters",
    "keyword_in_title": "filters",
    "related": "interests",
    "trending": "popularity",
    "explore": "new",
}
# The families that the page shows, in its order.
SHOWN_FAMILIES = ("likes", "dislikes", "authors", "filters", "interests", "categories", "popularity", "new")
NOTICES = ("saved", "reset", "last")
MAX_SHOWN = 12


@dataclass(frozen=True, slots=True)
class LetterPart:
    """What a family of signals did in a letter."""

    # Papers that it brought more of than anything else did.
    papers: int = 0
    # Its part of the papers' scores, in percent; None for a letter from before scores had shares.
    share: int | None = None


@dataclass(frozen=True, slots=True)
class LastLetter:
    """The last letter of a reader, as far as it is kept."""

    day: date
    papers: int
    parts: Mapping[str, LetterPart]


@dataclass(frozen=True, slots=True)
class SignalRow:
    """A signal on the page."""

    family: str
    # What is kept of it, the first MAX_SHOWN of them, and how many there are in all.
    items: Sequence[str]
    count: int
    part: LetterPart | None
    is_on: bool
    resets: Sequence[str] = ()


@require_http_methods(["GET", "HEAD", "POST"])
@account_id_page
def show_signals(request: HttpRequest, reader_id: int) -> HttpResponse:
    """Show every signal, and store what counts."""
    if request.method == "POST":
        switched_on = request.POST.getlist("on")
        off = [family for family in SIGNAL_FAMILIES if family not in switched_on]
        try:
            popularity = request.POST.get("popularity", "")
            is_stored = personal_signals.change_signals(reader_id, popularity=popularity, switched_off=off)
        except ValidationError as error:
            raise Http404 from error
        return _redirect_back("saved" if is_stored else "last")
    signals, counts = personal_signals.read_signals(reader_id), selectors.count_feedback(reader_id)
    letter = find_last_letter(reader_id)
    notice = request.GET.get("notice", "")
    context = {
        "rows": list_rows(signals, counts, letter),
        "letter": letter,
        "popularity": signals.popularity,
        "usual": signals.usual_popularity,
        "notice": notice if notice in NOTICES else "",
    }
    return render(request, "digest/signals.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@account_id_page
def reset_signal(request: HttpRequest, reader_id: int, what: str) -> HttpResponse:
    """Ask once whether something is to be forgotten, and forget it on a POST."""
    if what not in RESETS:
        raise Http404(_("There is nothing of this kind to reset."))
    if request.method == "POST":
        return _redirect_back("reset" if RESETS[what](reader_id) else "last")
    signals, counts = personal_signals.read_signals(reader_id), selectors.count_feedback(reader_id)
    kept = {
        "likes": counts.get("more", 0),
        "saved": counts.get("save", 0),
        "dislikes": counts.get("less", 0),
        "authors": len(signals.authors),
        "filters": len(signals.keywords),
        "categories": len(signals.categories),
    }
    return render(request, "digest/reset_signal.html", {"what": what, "count": kept.get(what, 0)})


def _forget_feedback(kind: str) -> Callable[[int], bool]:
    def forget(reader_id: int) -> bool:
        reader_feedback.delete_all_feedback(reader_id, kind)
        return True

    return forget


def _remove_interests(family: str) -> Callable[[int], bool]:
    return lambda reader_id: personal_signals.remove_interests(reader_id, family)


def _reset_popularity(reader_id: int) -> bool:
    personal_signals.reset_popularity(reader_id)
    return True


# What can be reset by itself, and how: each returns whether it could be done. Who resets `filters`, `authors` or
# `categories` removes them from their interests.
RESETS: Mapping[str, Callable[[int], bool]] = {
    "likes": _forget_feedback("more"),
    "saved": _forget_feedback("save"),
    "dislikes": _forget_feedback("less"),
    "authors": _remove_interests("authors"),
    "filters": _remove_interests("filters"),
    "categories": _remove_interests("categories"),
    "popularity": _reset_popularity,
}


def find_last_letter(reader_id: int) -> LastLetter | None:
    """Return what each family did in the last letter that left for the reader; None where nothing of one is kept."""
    delivery = selectors.past_letters(reader_id).first()
    picks = decode_picks(delivery.picks) if delivery else ()
    if not delivery or not picks:
        return None
    return LastLetter(delivery.edition.day, len(picks), measure_families(picks))


def measure_families(picks: Sequence[Pick]) -> dict[str, LetterPart]:
    """Return what each family did: how many papers it brought, and its part of their scores, which count alike."""
    brought: dict[str, int] = {}
    shares: dict[str, int] = {}
    for pick in picks:
        causes = group_reasons(pick.reasons)
        if causes:
            family = FAMILY_OF_KIND[causes[0].kind]
            brought[family] = brought.get(family, 0) + 1
        for reason in pick.reasons:
            family = FAMILY_OF_KIND[reason.kind]
            shares[family] = shares.get(family, 0) + reason.share
    has_shares = any(shares.values())
    return {
        family: LetterPart(
            brought.get(family, 0), round(shares.get(family, 0) / len(picks)) if has_shares and picks else None
        )
        for family in SHOWN_FAMILIES
    }


def list_rows(signals: StoredSignals, counts: Mapping[str, int], letter: LastLetter | None) -> list[SignalRow]:
    """Return the rows of the page; *counts* are the reader's marks by kind."""
    more, less, saved = (counts.get(kind, 0) for kind in ("more", "less", "save"))
    popularity = signals.popularity or signals.usual_popularity
    kept: dict[str, tuple[Sequence[str], int, Sequence[str]]] = {
        "likes": ((), more + saved, [name for name, count in (("likes", more), ("saved", saved)) if count]),
        "dislikes": ((), less, ["dislikes"] if less else []),
        "authors": (signals.authors, len(signals.authors), ["authors"] if signals.authors else []),
        "filters": (signals.keywords, len(signals.keywords), ["filters"] if signals.keywords else []),
        "interests": (signals.keywords, len(signals.keywords), []),
        "categories": (signals.categories, len(signals.categories), ["categories"] if signals.categories else []),
        "popularity": ((), 0, ["popularity"] if signals.popularity else []),
        "new": ((), 0, []),
    }
    rows = []
    for family in SHOWN_FAMILIES:
        items, count, resets = kept[family]
        is_on = popularity != "none" if family == "popularity" else family not in signals.switched_off
        part = letter.parts[family] if letter and family != "dislikes" else None
        shown = () if family == "interests" else items[:MAX_SHOWN]
        rows.append(SignalRow(family, shown, count, part, is_on, resets))
    return rows


def _redirect_back(notice: str) -> HttpResponse:
    return redirect(f"{reverse('digest:signals')}?notice={notice}")
