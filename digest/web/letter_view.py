"""A letter in the browser: assembled again from its delivery, so that it is the letter that was sent.

With `?all=1` it is instead the list of everything in the edition that matches the reader's interests.
"""

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from digest.delivery.letter_order import order_for_delivery
from digest.letters.prerendered.renderer import LetterRenderer
from digest.letters.sender import Sender
from digest.models import Delivery
from digest.ranking.selection import select
from digest.web import selectors
from digest.web.cards import cards_of_picks
from digest.web.edition_pages import PAPERS_PER_PAGE
from digest.web.link_holder import letter_response
from subscriptions.links import tokens
from subscriptions.links.decorators import private_page
from subscriptions.reader import Reader
from subscriptions.selectors import get_readers


@private_page
@require_safe
def show_letter(request: HttpRequest, token: str) -> HttpResponse:
    claim = tokens.read("letter", token)
    delivery = selectors.find_delivery(claim.subject)
    reader = _reader(delivery, claim.epoch)
    if delivery is None or not delivery.picks:
        raise Http404(_("This letter no longer exists."))
    if "all" in request.GET:
        return _all_matches(request, delivery, reader)
    renderer = LetterRenderer(selectors.edition_contents(delivery.edition), Sender.from_settings())
    return letter_response(renderer.letter(reader, order_for_delivery(delivery)).html)


def _all_matches(request: HttpRequest, delivery: Delivery, reader: Reader) -> HttpResponse:
    """Show what matches the reader's interests as they are now, papers of earlier letters included."""
    contents, index = selectors.contents_and_index(delivery.edition)
    picks = select.choose_papers(reader._replace(papers=len(contents.papers), minimum=1), index).picks
    page = Paginator(picks, PAPERS_PER_PAGE).get_page(request.GET.get("page"))
    context = {"edition": delivery.edition, "page": page, "cards": cards_of_picks(contents, list(page))}
    return render(request, "digest/matches.html", context)


def _reader(delivery: Delivery | None, epoch: int) -> Reader:
    """Return the reader of a link. Raises ExpiredToken when the reader is gone or has made all earlier links void."""
    key = delivery.subscriber_id if delivery else None
    reader = get_readers([key]).get(key) if key is not None else None
    if reader is None or reader.epoch != epoch:
        raise tokens.ExpiredToken("the reader's links were renewed")
    return reader
