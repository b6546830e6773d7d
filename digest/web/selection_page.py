"""The page that tells how papers are chosen, with the numbers by which they are.

The numbers are read from the modules that choose when the page is asked for, so that the page cannot be out of date.
"""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from digest.letters import size_limit
from digest.picking import liked_papers, sent_history
from digest.ranking.matching import day_index, match_points
from digest.ranking.trending import score
from subscriptions import preference_defaults


@require_safe
def show_selection(request: HttpRequest) -> HttpResponse:
    points = {
        "title": match_points.TITLE_POINTS,
        "often": match_points.ABSTRACT_OFTEN_POINTS,
        "once": match_points.ABSTRACT_ONCE_POINTS,
        "primary": match_points.PRIMARY_POINTS,
        "cross_listed": match_points.CROSS_LISTED_POINTS,
    }
    preferences = {
        "papers": preference_defaults.DEFAULT_PAPERS,
        "most": preference_defaults.MAX_PAPERS,
        "minimum": preference_defaults.DEFAULT_MINIMUM,
    }
    context = {
        "points": points,
        "preferences": preferences,
        "promise": round(100 * score.PROMISE_WEIGHT),
        "names_count": settings.TRENDING_AUTHOR_HISTORY,
        "asks_for_signals": settings.SIGNALS,
        "trending": day_index.MAX_TRENDING_REASONS,
        "evidence": score.MIN_EVIDENCE,
        "marks": liked_papers.MAX_MARKS_PER_READER,
        "repeat_days": settings.KEEP_SEEN_PAPERS_DAYS,
        "notices": sent_history.MAX_NOTICES,
        "kilobytes": size_limit.MAX_LETTER_BYTES // 1000,
    }
    return render(request, "digest/selection.html", context)
