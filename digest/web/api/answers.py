"""Answers of the API: JSON with an ETag, problems as RFC 9457 has them, and a limit for each client's network."""

import json
from collections.abc import Callable, Mapping
from functools import wraps
from hashlib import sha256
from http import HTTPStatus
from math import ceil

from django.http import HttpRequest, HttpResponse
from django.utils import translation
from django.utils.cache import get_conditional_response
from django.views.decorators.csrf import csrf_exempt

from digest.web.paper_lists.addresses import LANGUAGE_PARAMETER, USUAL_LANGUAGE
from subscriptions import rate_limits
from subscriptions.letter_languages import LETTER_LANGUAGES, django_code
from subscriptions.rate_limits import Allowance

JSON_TYPE, PROBLEM_TYPE = "application/json", "application/problem+json"
# How long an answer may be kept.
MAX_AGE = 300
METHODS = ("GET", "HEAD", "OPTIONS")


class ApiProblem(Exception):
    """What is wrong with a request. *members* are added to the answer."""

    def __init__(self, status: HTTPStatus, detail: str, **members: object) -> None:
        super().__init__(detail)
        self.status, self.detail, self.members = status, detail, members


def api_view(answer: Callable[..., object]) -> Callable[..., HttpResponse]:
    """Return the view that answers with the JSON of what *answer* returns. It may raise ApiProblem.

    Anybody may keep the answer for MAX_AGE. Requests that are no text come here too, and are answered as problems
    (`deploy/readable_requests.py` lets them).
    """
    return _make_view(answer, keeper="public")


def search_view(answer: Callable[..., object]) -> Callable[..., HttpResponse]:
    """Return the same for searches, whose answers only who asked may keep: they are nobody else's business."""
    return _make_view(answer, keeper="private")


def _make_view(answer: Callable[..., object], *, keeper: str) -> Callable[..., HttpResponse]:
    @csrf_exempt
    @wraps(answer)
    def view(request: HttpRequest, **values: str) -> HttpResponse:
        if request.method == "OPTIONS":
            return _allow_origins(HttpResponse(status=HTTPStatus.NO_CONTENT, headers={"Allow": ", ".join(METHODS)}))
        if request.method not in METHODS:
            response = describe_problem(HTTPStatus.METHOD_NOT_ALLOWED, "This API can only be read.")
            response["Allow"] = ", ".join(METHODS)
            return response
        allowance = rate_limits.allow_api_request(request)
        if not allowance.is_allowed:
            response = describe_problem(HTTPStatus.TOO_MANY_REQUESTS, "Your network has asked too often. Please wait.")
            response["Retry-After"] = str(_seconds(allowance))
        else:
            response = _answer(request, answer, values, keeper)
        # https://datatracker.ietf.org/doc/draft-ietf-httpapi-ratelimit-headers/
        window = rate_limits.API_REQUESTS_PER_CLIENT.window.total_seconds()
        response["RateLimit-Policy"] = f'"default";q={allowance.limit};w={window:.0f}'
        response["RateLimit"] = f'"default";r={allowance.remaining};t={_seconds(allowance)}'
        return response

    return view


def _answer(
    request: HttpRequest, answer: Callable[..., object], values: Mapping[str, str], keeper: str
) -> HttpResponse:
    texts = [*values.values(), *request.GET, *(each for _, listed in request.GET.lists() for each in listed)]
    if not all(map(_is_text, texts)):
        return describe_problem(HTTPStatus.BAD_REQUEST, "The request is not text in UTF-8.")
    language = request.GET.get(LANGUAGE_PARAMETER, USUAL_LANGUAGE)
    if language not in LETTER_LANGUAGES:
        return describe_problem(HTTPStatus.BAD_REQUEST, f"`language` is one of {', '.join(LETTER_LANGUAGES)}.")
    try:
        with translation.override(django_code(language)):
            found = answer(request, **values)
    except ApiProblem as problem:
        return describe_problem(problem.status, problem.detail, **problem.members)
    body = json.dumps(found, ensure_ascii=False).encode()
    response = HttpResponse(body, content_type=JSON_TYPE)
    response["ETag"] = etag = f'"{sha256(body).hexdigest()[:32]}"'
    response["Cache-Control"] = f"{keeper}, max-age={MAX_AGE}"
    _allow_origins(response)
    conditional = get_conditional_response(request, etag=etag, response=response)
    return _allow_origins(conditional) if isinstance(conditional, HttpResponse) else response


def describe_problem(status: HTTPStatus, detail: str, **members: object) -> HttpResponse:
    """Return a problem as JSON: RFC 9457."""
    problem = {"type": "about:blank", "title": status.phrase, "status": status.value, "detail": detail, **members}
    body = json.dumps(problem, ensure_ascii=False).encode()
    response = HttpResponse(body, content_type=PROBLEM_TYPE, status=status)
    response["Cache-Control"] = "no-store"
    return _allow_origins(response)


def _allow_origins(response: HttpResponse) -> HttpResponse:
    """Let pages of any other site read the answer. It holds nothing of one reader's, and cookies are not looked at."""
    response["Access-Control-Allow-Origin"] = "*"
    response["Access-Control-Allow-Methods"] = "GET"
    response["Access-Control-Allow-Headers"] = "If-None-Match"
    response["Access-Control-Expose-Headers"] = "ETag, RateLimit, RateLimit-Policy, Retry-After"
    response["X-Robots-Tag"] = "noindex"
    return response


def _is_text(text: str) -> bool:
    return not any(sign == "\0" or "\ud800" <= sign <= "\udfff" for sign in text)


def _seconds(allowance: Allowance) -> int:
    return max(1, ceil(allowance.wait.total_seconds()))
