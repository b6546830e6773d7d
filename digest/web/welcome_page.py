"""The page after the confirmation: today's papers at once, and five to rate for whoever wants better letters soon."""

from collections.abc import Sequence

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from digest.domain import Pick
from digest.editions import reader_feedback
from digest.models import Paper
from digest.picking.reader_signals import SignalLoader
from digest.picking.stored_picks import are_shortened, decode_picks
from digest.picking.welcome import MAX_EDITION_AGE
from digest.web import selectors
from digest.web.cards import describe_picks
from subscriptions.links.decorators import account_id_page
from subscriptions.next_letter import describe_next_letter_of
from subscriptions.preference_defaults import MAX_PAPERS
from subscriptions.selectors import get_readers

RATED_PAPERS = 5
# Fewer are not worth a form.
MIN_TO_RATE = 3
RATINGS = ("more", "less")


@require_http_methods(["GET", "HEAD", "POST"])
@account_id_page
def show_welcome(request: HttpRequest, subscriber_id: int) -> HttpResponse:
    """Show the first letter, or what it will be, and five papers to rate; a POST stores the ratings."""
    if request.method == "POST":
        _store_ratings(request, subscriber_id)
        return redirect(f"{reverse('digest:welcome')}?rated=1")
    delivery = selectors.newest_delivery(subscriber_id)
    edition = delivery.edition if delivery else selectors.latest_edition()
    now, first_letter_day = timezone.now(), None
    context: dict[str, object] = {"is_rated": request.GET.get("rated") == "1"}
    if edition is not None:
        contents, selection = selectors.contents_and_selection(edition)
        reader = get_readers([subscriber_id])[subscriber_id]
        [signals] = SignalLoader().load([reader])
        [choice] = selection.choose([reader._replace(papers=MAX_PAPERS)], [signals])
        picks: tuple[Pick, ...] = choice.picks[: reader.papers]
        matched, shown_contents = choice.matched, contents
        if delivery and delivery.picks and not are_shortened(delivery.picks):
            picks, shown_contents = decode_picks(delivery.picks), selectors.letter_contents(edition)
            matched = delivery.matched
        is_recent = edition.frozen_at is not None and now - edition.frozen_at < MAX_EDITION_AGE
        context["is_coming"] = delivery is not None
        context["is_expected"] = is_recent and selectors.is_newcomer(subscriber_id)
        # The first letter is that of the newest edition's day.
        first_letter_day = edition.day if delivery or context["is_expected"] else None
        letter: dict[str, object] = {"edition": edition, "matched": matched, "is_own": True}
        context["letter"] = letter | describe_picks(shown_contents, picks)
        context["to_rate"] = [contents.papers[rank] for rank in _choose_ranks_to_rate(choice.picks, picks)]
    context["next_letter"] = describe_next_letter_of(subscriber_id, now, after=first_letter_day)
    return render(request, "digest/welcome.html", context)


def _choose_ranks_to_rate(candidates: Sequence[Pick], picks: Sequence[Pick]) -> list[int]:
    """Return RATED_PAPERS of the candidates, the best first, without those in the letter; none if few are left."""
    in_letter = {pick.rank for pick in picks}
    others = [pick.rank for pick in candidates if pick.rank not in in_letter]
    return [] if len(others) < MIN_TO_RATE else others[:: max(len(others) // RATED_PAPERS, 1)][:RATED_PAPERS]


def _store_ratings(request: HttpRequest, subscriber_id: int) -> None:
    said = {
        name.removeprefix("rate-"): value
        for name, value in list(request.POST.items())[: 2 * RATED_PAPERS]
        if name.startswith("rate-") and value in RATINGS
    }
    for paper in Paper.objects.filter(arxiv_id__in=said):
        reader_feedback.record_feedback(subscriber_id, paper, said[paper.arxiv_id])
