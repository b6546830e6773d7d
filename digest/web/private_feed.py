"""A reader's own papers as a feed: the page on which they make, renew and end its address, and the feed itself."""

from http import HTTPStatus

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from digest.web import selectors
from digest.web.paper_lists.addresses import full_address
from digest.web.paper_lists.paper_list import PaperList
from digest.web.paper_lists.registry import FEEDS
from digest.web.paper_lists.serve import link_formats
from subscriptions.links.decorators import account_id_page
from subscriptions.links.tokens import BadToken, ExpiredToken
from subscriptions.page_language import page_language
from subscriptions.services import private_feed

# The papers of so many letters.
LETTERS = 30


@require_http_methods(["GET", "HEAD", "POST"])
@account_id_page
def manage_feed(request: HttpRequest, reader_id: int) -> HttpResponse:
    """Show the addresses of the reader's private feed; a POST of `end` ends them, any other makes new ones."""
    if request.method == "POST":
        if "end" in request.POST:
            private_feed.end(reader_id)
        else:
            private_feed.renew(reader_id)
        return redirect("digest:private_feed")
    token = private_feed.find_token(reader_id)
    links = link_formats(reverse("digest:private_feed_list", args=[token]), FEEDS) if token else []
    feeds = [(each.label, full_address(each.path)) for each in links]
    return render(request, "digest/private_feed.html", {"feeds": feeds})


def find_letter_papers(request: HttpRequest, token: str, *, limit: int) -> PaperList | HttpResponse:
    """Return the papers of a reader's last letters; 410 once the address has ended. Raises Http404."""
    try:
        reader_id = private_feed.find_reader(token)
    except ExpiredToken:
        words = _("This feed has ended. Its reader can make a new address for it.")
        response = HttpResponse(f"{words}\n", "text/plain; charset=utf-8", HTTPStatus.GONE)
        response["Cache-Control"], response["X-Robots-Tag"] = "private, no-store", "noindex"
        return response
    except BadToken:
        raise Http404(_("There is no feed at this address.")) from None
    picks = selectors.newest_picks(reader_id, LETTERS)[:limit]
    versions = [pick.version_id for pick in picks]
    return PaperList(
        title=_("Your papers"),
        description=_("The papers of your letters, the last one first"),
        path=reverse("digest:private_feed_list", args=[token]),
        file_name="my-papers",
        papers=selectors.load_records(versions),
        summaries=selectors.newest_summaries(versions, page_language()),
        listed_at={pick.version_id: pick.at for pick in picks},
        age=None,
    )
