"""Browsers of readers, for tests."""

from django.test import Client

from subscriptions.links import tokens
from subscriptions.models import Subscriber


def open_account(client: Client, subscriber_id: int) -> Client:
    """Use the mailed link that opens the account, so that *client* is remembered, and return it."""
    epoch = Subscriber.objects.get(id=subscriber_id).epoch
    assert client.post(f"/account/{tokens.make('account', subscriber_id, epoch)}/").status_code == 302
    return client
