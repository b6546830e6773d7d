"""Answers HEAD as GET, but without a body (RFC 9110, section 9.3.2). WSGI servers complain of one."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse

Answer = HttpResponse | StreamingHttpResponse


def answer_without_body(get_response: Callable[[HttpRequest], Answer]) -> Callable[[HttpRequest], Answer]:
    """Return the middleware. It stands before all others, so that the length of the body is known by then."""

    def middleware(request: HttpRequest) -> Answer:
        response = get_response(request)
        if request.method == "HEAD":
            if isinstance(response, StreamingHttpResponse):
                response.streaming_content = []
            else:
                response.content = b""
        return response

    return middleware
