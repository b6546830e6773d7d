"""A letter's HTML as a page in which nothing can run."""

from django.http import HttpResponse

# A letter brings its own inline styles and may do nothing else; without allow-scripts nothing in it can run.
LETTER_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; form-action 'none'; base-uri 'none'; "
    "frame-ancestors 'self'; sandbox allow-popups allow-popups-to-escape-sandbox"
)


def letter_response(html: str) -> HttpResponse:
    """Return a letter's HTML as a page in which nothing can run."""
    response = HttpResponse(html)
    response["Content-Security-Policy"] = LETTER_POLICY
    return response
