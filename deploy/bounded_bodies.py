"""Answers 413 to a request whose body is larger than any that we read, before anything of it is stored.

Django bounds forms, and stores the files in them whatever their size. deploy/Caddyfile has the same bound, and a
smaller one for forms; this one holds behind any web server.
"""

from collections.abc import Callable, Iterable
from typing import Any

Application = Callable[[dict[str, Any], Any], Iterable[bytes]]
_REFUSAL = b"This is larger than anything that is read here.\n"


def with_bounded_bodies(application: Application, max_bytes: int) -> Application:
    """Return the WSGI application, given no body of more than *max_bytes*.

    Without a length Django reads no body, so that it is enough to look at the length.
    """

    def wrapped(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        if int(environ.get("CONTENT_LENGTH") or 0) <= max_bytes:
            return application(environ, start_response)
        headers = [("Content-Type", "text/plain; charset=utf-8"), ("Content-Length", str(len(_REFUSAL)))]
        start_response("413 Content Too Large", headers)
        return [_REFUSAL]

    return wrapped
