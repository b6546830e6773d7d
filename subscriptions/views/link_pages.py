"""The decorator that the views of signed links share, and their redirects to other pages."""

from datetime import timedelta

from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from subscriptions.links.decorators import P, View, private_page

TEN_MINUTES = timedelta(minutes=10)


def token_page(view: View[P]) -> View[P]:
    """Decorate the view of a signed link: it takes GET, HEAD and POST, and no cache keeps it."""
    return require_http_methods(["GET", "HEAD", "POST"])(private_page(view))


def redirect_to_sent(letter: str, *, tidied: bool = False, wait: timedelta = timedelta(0)) -> HttpResponse:
    """Redirect to the page that says: look into your mailbox. *letter* is one of the words that its template knows.

    It says of a *tidied* address that invisible signs were taken out of it, and how long the letter may have to *wait*
    for its domain, in tens of minutes.
    """
    minutes = -(-wait // TEN_MINUTES) * 10
    query = f"?for={letter}{'&tidied=1' if tidied else ''}{f'&wait={minutes}' if minutes else ''}"
    return HttpResponseRedirect(reverse("subscriptions:sent") + query)


def redirect_to_preferences(notice: str) -> HttpResponse:
    """Redirect to the preferences of a remembered browser. *notice* is one of the words that the template knows."""
    return HttpResponseRedirect(f"{reverse('subscriptions:preferences')}?notice={notice}")
