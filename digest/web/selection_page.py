"""The page that tells how papers are chosen, with the numbers by which they are.

The numbers are read from the modules that choose when the page is asked for, so that the page cannot be out of date.
"""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from digest.letters import size_limit
from digest.picking import covered_days, paper_news, reader_signals, sent_history
from digest.ranking.matching import day_index
from digest.ranking.personal import mark_weights
from digest.ranking.personal.relevance import COLUMNS, load_shipped_weights
from digest.ranking.selection import compose, reasons
from digest.ranking.trending import evidence, score
from subscriptions import preference_defaults
from subscriptions.page_cache import public_page


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
