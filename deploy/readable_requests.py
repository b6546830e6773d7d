"""Answers 400 to a request whose form, query or cookies are no text in UTF-8, before any page reads it.

Views that take what mail programs and providers post (`csrf_exempt`) read their bodies themselves: what cannot be read
must not keep anybody from unsubscribing.
"""

import codecs
import re
from collections.abc import Callable, Iterable
from itertools import chain
from typing import Any
from urllib.parse import unquote_to_bytes

from django.core.exceptions import BadRequest, SuspiciousOperation
from django.http import HttpRequest, HttpResponse, QueryDict, UnreadablePostError
from django.http.multipartparser import MultiPartParserError
from django.utils.http import parse_header_parameters

Application = Callable[[dict[str, Any], Any], Iterable[bytes]]
# The key in WSGI's environment that is set where the content type is not understood.
UNREADABLE_TYPE = "preprint_post.unreadable_content_type"
# No database holds these: the NUL character, and halves of characters.
_SURROGATES = frozenset(map(chr, range(0xD800, 0xE000)))
REPLACEMENT = "\ufffd"
# What Django raises over a form that cannot be read, or whose sender has gone.
FORM_ERRORS: tuple[type[Exception], ...] = (
    BadRequest,
    LookupError,
    MultiPartParserError,
    SuspiciousOperation,
    UnreadablePostError,
    ValueError,
)


def with_readable_headers(application: Application) -> Application:
    """Return the WSGI application, given no charset and no length that is no number.

    Django breaks over some of them before it has a view.
    """

    def wrapped(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        environ["CONTENT_TYPE"], is_utf_8 = drop_charset(environ.get("CONTENT_TYPE") or "")
        if not is_utf_8:
            environ[UNREADABLE_TYPE] = True
        if not re.fullmatch("[0-9]{1,15}", environ.get("CONTENT_LENGTH") or "0"):
            environ["CONTENT_LENGTH"] = ""
        return application(environ, start_response)

    return wrapped


def drop_charset(content_type: str) -> tuple[str, bool]:
    """Return *content_type* without its charset, and whether that was UTF-8, a part of it, or missing.

    What cannot be parsed becomes empty.
    """
    try:
        kind, parameters = parse_header_parameters(content_type)
        charset = parameters.get("charset")
        is_utf_8 = charset is None or codecs.lookup(charset).name in {"utf-8", "ascii"}
    except (LookupError, ValueError):
        kind, parameters, charset, is_utf_8 = content_type.partition(";")[0].strip(), {}, "", False
    if charset is None:
        return content_type, True
    boundary = parameters.get("boundary", "")
    return f'{kind}; boundary="{boundary}"' if boundary and not set('"\\') & set(boundary) else kind, is_utf_8


class RefuseUnreadable:
    """The middleware. It stands before all that read forms and sessions."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: Any, args: object, kwargs: object) -> None:
        """Raise BadRequest for what is no text, unless the view reads its requests itself."""
        if not getattr(view, "csrf_exempt", False) and not is_readable(request):
            raise BadRequest("The request is not text in UTF-8.")


def is_readable(request: HttpRequest) -> bool:
    """Return whether path, query, cookies and form are text. A link may lose the encoding of its query on its way."""
    texts = chain([request.path], request.COOKIES.values(), _words(request.GET))
    if request.method == "POST":
        if request.META.get(UNREADABLE_TYPE) or not _is_utf_8(request.META.get("QUERY_STRING", "").encode("latin-1")):
            return False
        try:
            form = request.POST
        except FORM_ERRORS:
            return False
        if request.content_type == "multipart/form-data" and any(REPLACEMENT in word for word in _words(form)):
            return False
        if request.content_type == "application/x-www-form-urlencoded" and not _is_utf_8(request.body):
            return False
        texts = chain(texts, _words(form))
    return all("\0" not in text and _SURROGATES.isdisjoint(text) for text in texts)


def _words(form: QueryDict) -> Iterable[str]:
    return chain(form, *(values for _name, values in form.lists()))


def _is_utf_8(encoded: bytes) -> bool:
    try:
        unquote_to_bytes(encoded).decode()
    except UnicodeDecodeError:
        return False
    return True
