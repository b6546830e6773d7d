"""Keeps the answers of public pages for a minute, and answers 304 to a browser that has the page already.

What is kept depends on the path, some parameters of the query, and the language; on no cookie but through the language.
So a page with anything of one reader's is never kept: it is answered with `no-store`. A page with a form is kept
without the token of the form, which is put in for each request, and browsers are told that it is theirs alone. Each web
process keeps its own answers, as many as the cache `pages` of the settings may hold.
"""

import re
import secrets
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import wraps
from hashlib import sha256
from http import HTTPStatus
from typing import Concatenate, ParamSpec
from urllib.parse import urlencode
from zlib import compress, decompress

from django.conf import settings
from django.core.cache import BaseCache, caches
from django.http import HttpRequest, HttpResponse, QueryDict
from django.middleware.csrf import get_token
from django.utils.cache import get_conditional_response, patch_cache_control, patch_vary_headers
from django.utils.http import http_date, parse_http_date
from django.utils.translation import get_language

P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, P], HttpResponse]

# Longer values are no page number and no category.
MAX_VALUE_LENGTH = 100
# Answers that are larger when they are compressed are made anew for each request.
MAX_KEPT_BYTES = 100_000
# So long after its time an answer is still given to others, while one request makes it anew.
STALE_SECONDS = 30
# So long the time of the last change is remembered: an answer that is made anew and is the same was not changed.
REMEMBERED_SECONDS = 3600
# Set by views, and kept with the answer.
KEPT_HEADERS = ("Cache-Control", "Content-Type", "Content-Disposition", "Link", "X-Robots-Tag")
# By which browsers ask for a page only if they do not have it.
CONDITIONS = ("HTTP_IF_NONE_MATCH", "HTTP_IF_MODIFIED_SINCE", "HTTP_IF_MATCH", "HTTP_IF_UNMODIFIED_SINCE")
# Stands for the token of a form in what is kept. Nobody outside knows it, so that no text from outside can hold it.
TOKEN_PLACE = secrets.token_hex(32).encode()
_TOKEN = re.compile(rb'(?P<before>name="csrfmiddlewaretoken" value=")[A-Za-z0-9]{64}')


@dataclass(frozen=True, slots=True)
class KeptAnswer:
    """The answer of a page, as it was made for whoever asked first."""

    packed: bytes
    headers: Mapping[str, str]
    etag: str
    # Seconds since 1970.
    changed_at: int
    fresh_until: float = field(default=0.0)


def public_page(
    *parameters: str, seconds: int | None = None, by_language: bool = True, has_form: bool = False
) -> Callable[[View[P]], View[P]]:
    """Return a decorator for a page that is the same for everybody: it keeps whole answers.

    Of the query only *parameters* count; the view sees no others. *seconds* is how long an answer is good, usually
    PAGE_CACHE_SECONDS. *by_language*: whether the page has words of ours, which are in the reader's language.
    *has_form*: whether it has forms with a CSRF token; all else in it is the same for everybody.
    """

    def decorate(view: View[P]) -> View[P]:
        @wraps(view)
        def wrapped(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
            if request.method not in ("GET", "HEAD"):
                return view(request, *args, **kwargs)
            request.GET = QueryDict(_keep_parameters(request.GET, parameters))
            good_for = settings.PAGE_CACHE_SECONDS and (seconds or settings.PAGE_CACHE_SECONDS)
            cache, key = caches["pages"], _make_key(request, by_language=by_language)
            kept: KeptAnswer | None = cache.get(key) if good_for else None
            if kept is None or not _may_give(kept, cache, key):
                with _without_conditions(request):
                    response = view(request, *args, **kwargs)
                if _is_personal(request, response, has_form=has_form):
                    patch_cache_control(response, private=True, no_store=True)
                    return response
                if response.status_code != HTTPStatus.OK or response.streaming:
                    return response
                kept = _keep(response, kept, has_form=has_form)
                if good_for and len(kept.packed) <= MAX_KEPT_BYTES:
                    cache.set(key, replace(kept, fresh_until=time.time() + good_for), REMEMBERED_SECONDS)
            if has_form:
                return _answer_with_token(request, kept, by_language=by_language)
            return _answer(request, kept, good_for, by_language=by_language)

        return wrapped

    return decorate


def _keep_parameters(query: QueryDict, parameters: tuple[str, ...]) -> str:
    """Return a query string with the last value of each parameter that counts, in one order."""
    given = {name: query.get(name) for name in parameters}
    return urlencode({name: value for name, value in given.items() if value and len(value) <= MAX_VALUE_LENGTH})


def _make_key(request: HttpRequest, *, by_language: bool) -> str:
    parts = (get_language() or "" if by_language else "", request.path, request.GET.urlencode())
    return sha256("\n".join(parts).encode(errors="replace")).hexdigest()


def _may_give(kept: KeptAnswer, cache: BaseCache, key: str) -> bool:
    """Return whether an answer is good, or another request makes it anew right now."""
    late = time.time() - kept.fresh_until
    return late <= 0 or (late < STALE_SECONDS and not cache.add(f"{key}:renewed", True, STALE_SECONDS))


def _is_personal(request: HttpRequest, response: HttpResponse, *, has_form: bool) -> bool:
    """Return whether an answer holds a token, read the session, sets a cookie, or says that it is for one reader."""
    control = response.get("Cache-Control", "")
    has_token = request.META.get("CSRF_COOKIE_NEEDS_UPDATE", False) and not has_form
    session = getattr(request, "session", None)
    looked_at_session = session is not None and session.accessed
    return bool(has_token or looked_at_session or response.cookies or "no-store" in control or "private" in control)


@contextmanager
def _without_conditions(request: HttpRequest) -> Iterator[None]:
    """Have a view make the whole page: one that looks at what the browser has would answer 304."""
    conditions = {name: request.META.pop(name) for name in CONDITIONS if name in request.META}
    request.__dict__.pop("headers", None)
    try:
        yield
    finally:
        request.META.update(conditions)
        request.__dict__.pop("headers", None)


def _keep(response: HttpResponse, earlier: KeptAnswer | None, *, has_form: bool) -> KeptAnswer:
    """Return what is kept of an answer. Where it is the same as the *earlier* one, so is the time of its change.

    A view may say itself when that was, and which ETag it has.
    """
    body = _TOKEN.sub(rb"\g<before>" + TOKEN_PLACE, response.content) if has_form else response.content
    etag = response.get("ETag") or f'"{sha256(body).hexdigest()[:24]}"'
    changed_at = earlier.changed_at if earlier and earlier.etag == etag else int(time.time())
    if "Last-Modified" in response:
        changed_at = parse_http_date(response["Last-Modified"])
    headers = {name: response[name] for name in KEPT_HEADERS if name in response}
    return KeptAnswer(compress(body, level=1), headers, etag, changed_at)


def _answer(request: HttpRequest, kept: KeptAnswer, good_for: int, *, by_language: bool) -> HttpResponse:
    response = HttpResponse(decompress(kept.packed), headers={**kept.headers})
    response["ETag"], response["Last-Modified"] = kept.etag, http_date(kept.changed_at)
    if "Cache-Control" not in kept.headers:
        patch_cache_control(response, public=True, max_age=good_for)
    if by_language:
        # The language may be chosen by a cookie.
        patch_vary_headers(response, ("Accept-Language", "Cookie"))
    return get_conditional_response(request, kept.etag, kept.changed_at, response) or response


def _answer_with_token(request: HttpRequest, kept: KeptAnswer, *, by_language: bool) -> HttpResponse:
    body = decompress(kept.packed).replace(TOKEN_PLACE, get_token(request).encode())
    response = HttpResponse(body, headers={**kept.headers})
    patch_cache_control(response, private=True, no_cache=True)
    patch_vary_headers(response, ("Accept-Language", "Cookie") if by_language else ("Cookie",))
    return response
