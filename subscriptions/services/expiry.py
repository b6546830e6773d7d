"""Deletes what is kept about people for a time only."""

from datetime import datetime, timedelta

from django.conf import settings

from subscriptions.links.tokens import RESTORE_DAYS
from subscriptions.models import AddressChange, FormerInterests, RememberedBrowser


def delete_expired(now: datetime) -> None:
    """Delete browsers no longer remembered, changes of address that are final, and interests of expired letters."""
    RememberedBrowser.objects.filter(expires_at__lte=now).delete()
    AddressChange.objects.filter(changed_at__lte=now - timedelta(days=RESTORE_DAYS)).delete()
    FormerInterests.objects.filter(ended_at__lte=now - timedelta(days=settings.KEEP_LETTERS_DAYS)).delete()
