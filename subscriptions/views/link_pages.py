"""What the pages behind a signed link have in common."""

from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from subscriptions.links import tokens
from subscriptions.links.decorators import P, View, private_page
from subscriptions.models import Subscriber


def token_page(view: View[P]) -> View[P]:
    """Decorate a view of the holder of a link: GET, HEAD and POST, kept by no cache."""
    return require_http_methods(["GET", "HEAD", "POST"])(private_page(view))


def redirect_to_sent(letter: str) -> HttpResponse:
    """Redirect to the page that says: look into your mailbox. *letter* is one of the words that its template knows."""
    return HttpResponseRedirect(f"{reverse('subscriptions:sent')}?for={letter}")


def redirect_to_preferences(subscriber: Subscriber, notice: str) -> HttpResponse:
    """Redirect to a fresh link to the person's preferences. *notice* is one of the words that the template knows."""
    token = tokens.make("manage", subscriber.id, subscriber.epoch)
    return HttpResponseRedirect(f"{reverse('subscriptions:preferences', args=(token,))}?notice={notice}")
