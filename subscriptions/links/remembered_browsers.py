"""Browsers that stay open to one reader: a cookie with a random secret, and a row that can be deleted.

The table holds only the hash of the secret, so that whoever reads the database can open no account.
"""

import secrets
from datetime import timedelta
from hashlib import sha256

from django.conf import settings
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from subscriptions.models import RememberedBrowser, Subscriber

COOKIE_NAME = "reader"
VALIDITY = timedelta(days=90)


def remember(request: HttpRequest, response: HttpResponse, subscriber: Subscriber) -> None:
    """Remember this browser as one of the reader's own. Whoever it was remembered for before is forgotten."""
    _find_rows(request).delete()
    secret, now = secrets.token_urlsafe(32), timezone.now()
    RememberedBrowser.objects.create(
        subscriber=subscriber, secret_hash=_hash(secret), created_at=now, expires_at=now + VALIDITY
    )
    response.set_cookie(
        COOKIE_NAME,
        secret,
        max_age=VALIDITY,
        # A trial run on a laptop has no https.
        secure=settings.SITE_URL.startswith("https://"),
        httponly=True,
        # Sent along when somebody follows a link in their mailbox, and with no form of another site.
        samesite="Lax",
    )


def find_subscriber(request: HttpRequest) -> Subscriber | None:
    """Return the reader whose browser this is; None for a browser that we do not know, or no longer."""
    row = _find_rows(request).filter(expires_at__gt=timezone.now()).select_related("subscriber").first()
    return row.subscriber if row else None


def forget(request: HttpRequest, response: HttpResponse) -> None:
    """Forget this browser."""
    _find_rows(request).delete()
    response.delete_cookie(COOKIE_NAME, samesite="Lax")


def forget_all(subscriber: Subscriber) -> None:
    """Forget all browsers of a reader."""
    RememberedBrowser.objects.filter(subscriber=subscriber).delete()


def _find_rows(request: HttpRequest) -> QuerySet[RememberedBrowser]:
    secret = request.COOKIES.get(COOKIE_NAME, "")
    return RememberedBrowser.objects.filter(secret_hash=_hash(secret)) if secret else RememberedBrowser.objects.none()


def _hash(secret: str) -> str:
    return sha256(secret.encode(errors="replace")).hexdigest()
