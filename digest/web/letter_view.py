"""A letter in the browser: assembled again from its delivery, so that it is the letter that was sent.

With `?all=1` it is instead the list of everything in the edition that matched the reader's interests then. Whoever has
a forwarded letter can look too: so the address is masked, and the list does not say which interest a paper matched.
"""

from django.conf import settings
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from digest.delivery.letter_order import order_for_delivery
from digest.infra.letter_response import letter_response
from digest.letters.prerendered.renderer import LetterRenderer
from digest.letters.sender import Sender
from digest.models import Delivery
from digest.picking.reader_signals import SignalLoader
from digest.picking.stored_picks import are_shortened
from digest.web import selectors
from digest.web.cards import cards_of_papers
from digest.web.paper_lists.paper_list import PAPERS_PER_PAGE
from digest.web.reader_of_link import find_reader
from subscriptions.links import tokens
from subscriptions.links.decorators import private_page
from subscriptions.masked_address import mask_address
from subscriptions.reader import Reader
from subscriptions.selectors import find_reader_as_of


@private_page
@require_safe
def show_letter(request: HttpRequest, token: str) -> HttpResponse:
    """Show the letter as it was sent, or with `?all=1` all that matched; 410 where it is no longer kept."""
    try:
        claim = tokens.read("letter", token)
    except tokens.ExpiredToken:
        return _say_it_is_gone(request)
    delivery = selectors.find_delivery(claim.subject)
    if delivery is None or delivery.subscriber_id is None:
        raise tokens.ExpiredToken("the letter or its reader is gone")
    reader = find_reader(delivery.subscriber_id, claim.epoch)
    if not delivery.picks:
        raise Http404(_("This letter no longer exists."))
    if are_shortened(delivery.picks):
        return _say_it_is_gone(request)
    if "all" in request.GET:
        return _all_matches(request, delivery, reader)
    reader = reader._replace(email=mask_address(reader.email))
    renderer = LetterRenderer(selectors.letter_contents(delivery.edition), Sender.from_settings())
    return letter_response(renderer.letter(reader, order_for_delivery(delivery)).html)


def _say_it_is_gone(request: HttpRequest) -> HttpResponse:
    return render(request, "digest/letter_gone.html", {"days": settings.KEEP_LETTERS_DAYS}, status=410)


def _all_matches(request: HttpRequest, delivery: Delivery, reader: Reader) -> HttpResponse:
    """Show what matched when the letter was planned, papers of earlier letters included."""
    contents, selection = selectors.contents_and_selection(delivery.edition, delivery.covers_from)
    reader = find_reader_as_of(reader, delivery.created_at)
    [signals] = SignalLoader(before=delivery.created_at.date()).load([reader])
    ranks = selection.rank_candidates(reader, signals)
    page = Paginator(ranks, PAPERS_PER_PAGE).get_page(request.GET.get("page"))
    cards = cards_of_papers([contents.papers[rank] for rank in page], contents.summaries)
    context = {"edition": delivery.edition, "first_day": delivery.covers_from, "page": page, "cards": cards}
    return render(request, "digest/matches.html", context)
