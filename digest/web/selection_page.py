"""The page that tells how papers are chosen, with the numbers by which they are.

The numbers are read from the modules that choose when the page is asked for, so that the page cannot be out of date.
"""

from collections.abc import Mapping
from dataclasses import MISSING, fields
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_safe

from digest.letters import size_limit
from digest.picking import covered_days, paper_news, reader_signals, sent_history
from digest.ranking.matching import day_index
from digest.ranking.personal import mark_weights
from digest.ranking.personal.relevance import COLUMNS, load_shipped_weights
from digest.ranking.selection import compose, reasons
from digest.ranking.shipped_figures import (
    PromiseFigure,
    ScenarioFigures,
    load_promise_figures,
    load_relevance_figures,
)
from digest.ranking.trending import evidence, score
from subscriptions import preference_defaults
from subscriptions.page_cache import public_page

# What was left out where the figures were measured, and how the guess was made.
LEFT_OUT: Mapping[str, Any] = {
    "": gettext_lazy("All columns"),
    "likes": gettext_lazy("Leaving out likes"),
    "categories": gettext_lazy("Leaving out categories"),
    "filters": gettext_lazy("Leaving out filters"),
    "interests": gettext_lazy("Leaving out papers near filters"),
}
GUESSES: Mapping[str, Any] = {
    "with names": gettext_lazy("With names"),
    "without names": gettext_lazy("Without names"),
    "words and categories alone": gettext_lazy("By words and categories alone"),
    "words and categories as text": gettext_lazy("Leaving out words"),
    "shape, links, number of authors": gettext_lazy("Leaving out shape, links, number of authors"),
    "categories as numbers": gettext_lazy("Leaving out categories"),
    "place among the day's numbers": gettext_lazy("Leaving out how late it was handed in"),
    "papers that two authors share": gettext_lazy("Leaving out earlier papers that two authors share"),
    "papers of single authors": gettext_lazy("Leaving out earlier papers of single authors"),
    "votes of earlier papers": gettext_lazy("Leaving out votes of earlier papers"),
}


@require_safe
@public_page()
def show_selection(request: HttpRequest) -> HttpResponse:
    letter = {
        "first": compose.FIRST_PLACES,
        "duplicate": round(100 * compose.DUPLICATE_SIMILARITY),
        "narrow": compose.MAX_NARROW_PAPERS,
        "places": compose.PLACES_PER_EXPLORED,
        "shortest": compose.MIN_EXPLORED_LETTER,
        "pool": compose.EXPLORATION_POOL,
        "reasons": reasons.MAX_REASONS,
        "share": reasons.MIN_SHARE_PERCENT,
    }
    preferences = {
        "papers": preference_defaults.DEFAULT_PAPERS,
        "most": preference_defaults.MAX_PAPERS,
        "minimum": preference_defaults.DEFAULT_MINIMUM,
    }
    weights = load_shipped_weights()
    context = {
        "columns": [(name, weights.none[name], weights.many[name]) for name in COLUMNS],
        "set_by_hand": [
            (each.name, getattr(weights, each.name)) for each in fields(weights) if each.default is not MISSING
        ],
        "relevance": _tell_relevance(),
        "guess": _tell_guess(),
        "letter": letter,
        "preferences": preferences,
        "promise": round(100 * score.PROMISE_WEIGHT),
        "names_count": settings.TRENDING_AUTHOR_HISTORY,
        "asks_for_signals": settings.SIGNALS,
        "trending": day_index.MAX_TRENDING_REASONS,
        "evidence": evidence.MIN_EVIDENCE,
        "marks": reader_signals.MAX_MARKS_PER_READER,
        "percent_more": round(100 * (mark_weights.SEEN_MORE_OFTEN - 1)),
        "repeat_days": settings.KEEP_SEEN_PAPERS_DAYS,
        "notices": sent_history.MAX_NOTICES,
        "news": paper_news.MAX_NEWS,
        "covered_days": covered_days.MAX_COVERED_DAYS,
        "kilobytes": size_limit.MAX_LETTER_BYTES // 1000,
    }
    return render(request, "digest/selection.html", context)


def _tell_relevance() -> dict[str, Any]:
    """Return how well papers are ranked for readers: on what it was measured, the columns of a table and its rows."""
    figures = load_relevance_figures()
    families = list(figures.scenarios[0].ndcg)
    return {
        "days": figures.made["days"].replace(" to ", " – "),
        "readers": figures.made["readers"],
        "reader_days": figures.reader_days,
        "heads": [LEFT_OUT.get(family, family) for family in families],
        "rows": [
            (_tell_scenario(row), [f"{row.ndcg[family]:.4f}" for family in families]) for row in figures.scenarios
        ],
    }


def _tell_scenario(row: ScenarioFigures) -> str:
    known = {"likes": row.likes, "keywords": row.keywords}
    if row.likes is None:
        return _("All likes, %(keywords)d keywords") % known if row.keywords else _("All likes")
    if row.likes == 0:
        return _("No likes, %(keywords)d keywords") % known
    return (
        ngettext("%(likes)d like, %(keywords)d keywords", "%(likes)d likes, %(keywords)d keywords", row.likes) % known
    )


def _tell_guess() -> dict[str, Any]:
    """Return how well the guess ranks papers: on what it was measured, and the rows of a table."""
    figures = load_promise_figures()
    return {
        "days": figures.made["days"].replace(" to ", " – "),
        "papers": figures.made["papers"],
        "listed": figures.made["listed"],
        "rows": [(_tell_what_was_guessed(row), f"{row.ndcg:.3f}", f"{row.recall:.1%}") for row in figures.rows],
    }


def _tell_what_was_guessed(row: PromiseFigure) -> str:
    if row.history_days is not None:
        text = ngettext("With names noticed in %(days)d day", "With names noticed in %(days)d days", row.history_days)
        return text % {"days": row.history_days}
    what = row.left_out or row.what
    return str(GUESSES.get(what, what))
