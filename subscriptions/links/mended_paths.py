"""Makes links work that a mail program has extended: by the sign after them, a zero-width sign, or its own HTML.

The path is changed within the request, and nobody is sent elsewhere: so a POST stays one (RFC 8058), and there is no
redirect to misuse.
"""

import re
from collections.abc import Callable
from html import unescape
from urllib.parse import unquote

from django.http import HttpRequest, HttpResponse
from django.urls import Resolver404, get_script_prefix, resolve

# Besides the pages with a token, these stand in letters.
PUBLIC_PAGES = {"subscriptions:home", "digest:edition", "digest:privacy", "digest:selection"}

# Breaks that nobody sees, which may stand anywhere in a long word.
_ZERO_WIDTH = re.compile("[\u00ad\u200b-\u200d\u2060\ufeff]")
# What the paths of mailed links consist of. None ends with a dot.
_PATH = re.compile(r"[\w./-]*", re.ASCII)


def mend_mailed_links(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Return the middleware. It stands before the one that redirects to the path with a slash at its end."""

    def middleware(request: HttpRequest) -> HttpResponse:
        mended = mend_path(request.path_info)
        if mended != request.path_info and _is_mailed(mended):
            request.path_info, request.path = mended, f"{get_script_prefix().rstrip('/')}{mended}"
        return get_response(request)

    return middleware


def mend_path(path: str) -> str:
    """Return *path* up to the first sign that no mailed link has, with one slash at its end.

    What was encoded twice, for the address or for HTML, is decoded once more.
    """
    found = _PATH.match(_ZERO_WIDTH.sub("", unescape(unquote(path))))
    return f"{found[0].rstrip('./')}/" if found else path


def _is_mailed(path: str) -> bool:
    try:
        page = resolve(path)
    except Resolver404:
        return False
    return "token" in page.kwargs or page.view_name in PUBLIC_PAGES
