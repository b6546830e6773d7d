"""What the pages behind a signed link have in common."""

from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from subscriptions.links import tokens
from subscriptions.links.decorators import P, View, private
from subscriptions.models import Subscriber


def token_page(view: View[P]) -> View[P]:
    """GET, HEAD and POST, for the holder of a link."""
    return require_http_methods(["GET", "HEAD", "POST"])(private(view))


def to_sent(what: str) -> HttpResponse:
    """The page that says: look into your mailbox. *what* is one of the words that its template knows."""
    return HttpResponseRedirect(f"{reverse('subscriptions:sent')}?for={what}")


def to_preferences(subscriber: Subscriber, notice: str) -> HttpResponse:
    """A fresh link to the person's own preferences. *notice* is one of the words that the template knows."""
    token = tokens.make("manage", subscriber.id, subscriber.epoch)
    return HttpResponseRedirect(f"{reverse('subscriptions:preferences', args=(token,))}?notice={notice}")
