"""A reader's past letters, and each of them as a list whose papers can be rated: more, less, save, and undo.

Only a browser that opened the account sees them: a forwarded letter rates nothing here.
"""

from dataclasses import dataclass
from datetime import date

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from digest.dates import parse_day
from digest.models import Delivery
from digest.picking.stored_picks import decode_picks, list_ranks
from digest.web import selectors
from digest.web.cards import cards_of_picks, mark_cards
from digest.web.mark_buttons import store_answer
from subscriptions.links.decorators import account_id_page

MAX_LETTERS = 100


@dataclass(frozen=True, slots=True)
class PastLetter:
    """A letter of the list."""

    day: date
    papers: int
    # Whether its papers and the reasons for them are still kept.
    is_whole: bool


@require_safe
@account_id_page
def list_letters(request: HttpRequest, reader_id: int) -> HttpResponse:
    """Show the days of the reader's letters, the last one first, with how many papers each had."""
    letters = [
        PastLetter(letter.edition.day, len(list_ranks(letter.picks)), bool(decode_picks(letter.picks)))
        for letter in selectors.past_letters(reader_id)[:MAX_LETTERS]
    ]
    return render(request, "digest/past_letters.html", {"letters": letters})


@require_http_methods(["GET", "HEAD", "POST"])
@account_id_page
def rate_letter(request: HttpRequest, reader_id: int, day: str) -> HttpResponse:
    """Show the papers of the reader's letter of a day with what the reader said of each, and store what they say."""
    letter = _find_letter(reader_id, day)
    picks = decode_picks(letter.picks)
    if not picks:
        raise Http404(_("This letter no longer exists."))
    cards = cards_of_picks(selectors.letter_contents(letter.edition), picks)
    if request.method == "POST":
        arxiv_id = store_answer(reader_id, request.POST.get("act", ""), [card.paper.arxiv_id for card in cards])
        [rank] = [card.paper.rank for card in cards if card.paper.arxiv_id == arxiv_id]
        return redirect(f"{request.path}#paper-{rank}")
    marks = selectors.marks_by_paper(reader_id, [card.paper.arxiv_id for card in cards])
    context = {"day": letter.edition.day, "cards": mark_cards(cards, marks)}
    return render(request, "digest/rate_letter.html", context)


def _find_letter(reader_id: int, day: str) -> Delivery:
    """Return the letter of a day that left for the reader. Raises Http404."""
    try:
        return selectors.past_letters(reader_id).get(edition__day=parse_day(day))
    except (ValueError, Delivery.DoesNotExist):
        raise Http404(_("This letter no longer exists.")) from None
