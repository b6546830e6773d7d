"""Whose a link is, and letters shown in a browser."""

from django.http import HttpResponse

from subscriptions.links import tokens
from subscriptions.reader import Reader
from subscriptions.selectors import get_readers

# A letter brings its own inline styles and may do nothing else; without allow-scripts nothing in it can run.
LETTER_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; form-action 'none'; base-uri 'none'; "
    "frame-ancestors 'self'; sandbox allow-popups allow-popups-to-escape-sandbox"
)


def find_reader(token: str) -> Reader:
    """Return the reader whose feedback a link gives.

    Raises BadToken, also when they are gone or have made all earlier links void.
    """
    claim = tokens.read("feedback", token)
    reader = get_readers([claim.subject]).get(claim.subject)
    if reader is None or reader.epoch != claim.epoch:
        raise tokens.ExpiredToken("the reader's links were renewed")
    return reader


def letter_response(html: str) -> HttpResponse:
    response = HttpResponse(html)
    response["Content-Security-Policy"] = LETTER_POLICY
    return response
