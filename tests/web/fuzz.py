"""Odd requests to every address of the site: `python -m tests.web.fuzz --requests 10000`.

Each is drawn at random from a seed: a method, a path of the URL patterns, a query, a body, its content type, headers.
What a request changed is taken back, so that each of them meets the same readers. It prints how often each status was
answered and every request that was answered with 5xx, and ends with 1 if there is one.
"""

import argparse
import base64
import os
import random
import re
import sys
import tempfile
import warnings
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from typing import Any
from urllib.parse import quote
from wsgiref.util import setup_testing_defaults

import django
from django.conf import settings
from django.core.signals import got_request_exception, request_finished, request_started
from django.db import close_old_connections, transaction
from django.test import Client, override_settings
from django.test.utils import get_runner
from django.urls import URLPattern, URLResolver, get_resolver

from tests import environment
from tests.web.webhooks import SECRET, SETTINGS, TOPICS

assert environment  # its import has set what the tests want

Application = Callable[[dict[str, Any], Any], Iterable[bytes]]
ARGUMENT = re.compile(r"<(?:\w+:)?(\w+)>")
METHODS = ("GET", "HEAD", "POST", "POST", "POST", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "BREW", "post")
CHARSETS = (
    *("", "utf-8", "UTF8", "latin-1", "utf-16", "utf-7", "gb18030", "shift_jis", "idna", "punycode", "hex", "rot13"),
    *(
        "undefined",
        "unicode_escape",
        "raw_unicode_escape",
        "base64",
        "zlib",
        "none",
        "x" * 300,
        '"',
        "\x00",
        "utf-8\x00",
    ),
)
CONTENT_TYPES = (
    *("application/x-www-form-urlencoded",) * 4,
    *("multipart/form-data; boundary=b", "multipart/form-data", "multipart/form-data; boundary=\xff"),
    *("multipart/form-data; boundary=" + "b" * 300, "multipart/form-data; boundary*=utf-8''%ff"),
    *("application/json", "text/plain", "", ";", "///", "application/xml", "multipart/mixed; boundary=b"),
)
# The fields of our forms, of Django's admin and of what mail programs and providers post.
FIELDS = (
    *("email", "categories", "presets", "filters", "language", "timezone", "hour", "days", "papers", "minimum"),
    *("detail", "until", "resume", "instead", "paper", "website", "preview", "add", "find", "found", "fragment"),
    "List-Unsubscribe",
    *("csrfmiddlewaretoken", "username", "password", "next", "action", "_selected_action", "index", "post", "_save"),
    *("email_key", "reason", "page", "section", "part", "all", "for", "notice", "q", "p", "o", "e", "id__gte", "term"),
    *("mandrill_events", "signature", "token", "timestamp", "_popup", "_to_field", "new_email", "old_password"),
)
TEXTS = (
    *("", " ", "0", "1", "-1", "9" * 5000, "1e309", "NaN", "²", "٣", "true", "none", "on", "unsubscribed", "pause"),
    *("ada@example.org", "a@b", "@", '"a\\"@b"@c.d', "ä@ü.de", "a@" + "b." * 200 + "c", "a\r\nBcc: b@c.d", "=1+1"),
    *("cs.LG", "attention", '"', "(" * 300, "author:", "a OR b AND (c", "-" * 500, "con* OR pro*", "title:" * 50),
    *("2026-01-23", "9999-99-99", "0000-00-00", "2026-02-30", "10000-01-01", "Europe/Berlin", "../../etc/passwd"),
    *("\U0001f4a5", "\u202e\u200b\ufeff", "<script>", "{{ 7 }}", "%s%n"),
    *("' OR 1=1 --", "[]", "{}", "null", "x" * 100_000, "\r\n\r\n", "pause_edition", "resume", "delete_selected"),
)
# No text.
NO_TEXTS = ("\x00", "a\x00b", "\ud800", "\udfff\ud800")
# Bytes after a percent sign that are no UTF-8, and what is no encoding at all.
BROKEN_ESCAPES = ("%ff", "%ED%A0%80", "%00", "%C0%80", "%", "%zz", "%u0041", "\xff\xfe", "%F4%90%80%80")
HEADERS: dict[str, tuple[str, ...]] = {
    "HTTP_ACCEPT_LANGUAGE": ("zh", "zh-Hans-CN;q=9e999", ",;=", "x" * 9000, "\xff", "de;q=nan"),
    "HTTP_COOKIE": ("csrftoken=\xff", "sessionid=" + "x" * 5000, ";;;===", "django_language=\x00", "messages=a:b:c"),
    "HTTP_HOST": ("testserver", "evil.example", "[::1", "a:b:c", "testserver:99999999", "\xff", ""),
    "HTTP_X_FORWARDED_FOR": ("1.2.3.4:5", "[::1]:80", "nonsense", "," * 500, "\xff", "2001:db8::1%eth0"),
    "HTTP_X_FORWARDED_PROTO": ("http", "https", "gopher"),
    "HTTP_REFERER": ("https://[", "nonsense", "https://testserver/\xff"),
    "HTTP_ORIGIN": ("null", "https://[", "https://testserver"),
    "HTTP_RANGE": ("bytes=0-", "bytes=-1--5", "lines=9"),
    "HTTP_IF_MODIFIED_SINCE": ("yesterday", "Sun, 99 Nov 9999 99:99:99 GMT", "0"),
    "HTTP_IF_NONE_MATCH": ('"', "*", '"a", W/"b"'),
    "HTTP_ACCEPT": ("*/*", "a/b;q=x", ";;", "\xff"),
    "HTTP_ACCEPT_ENCODING": ("gzip", "gzip;q=x", "*"),
    "HTTP_AUTHORIZATION": ("Basic", "Basic !!!", "Basic " + base64.b64encode(b"\xff:\x00").decode(), "Bearer x"),
    "HTTP_X_CSRFTOKEN": ("\xff", "x" * 64),
    "HTTP_X_HTTP_METHOD_OVERRIDE": ("DELETE",),
    "CONTENT_LENGTH": ("0", "5", "99999999999", "-1", "abc", ""),
    "QUERY_STRING": ("\xff\xfe", "&&&===", "a" * 9000, "=".join("ab" * 2000)),
}
PROVIDER_HEADERS = {
    "HTTP_X_AMZ_SNS_MESSAGE_TYPE": ("Notification", "SubscriptionConfirmation", "x"),
    "HTTP_SIGNATURE": ("x", "\xff"),
    "HTTP_X_POSTAL_SIGNATURE": ("x", "eA=="),
    "HTTP_X_MANDRILL_SIGNATURE": ("x",),
    "HTTP_SVIX_ID": ("x",),
}


@dataclass(frozen=True)
class Answer:
    """One request that was answered, with what it takes to send it again."""

    request: dict[str, Any]
    body: bytes
    status: int
    # Of the body, in bytes.
    length: int
    error: str

    def describe(self) -> str:
        shown = {name: str(value)[:120] for name, value in self.request.items() if not name.startswith("wsgi")}
        return f"{self.status} {self.error}\n  {shown}\n  {self.body[:300]!r}"


def send_odd_requests(number: int, *, seed: int) -> Iterator[Answer]:
    """Send *number* requests to a site with a reader, an edition, a letter and an operator, and yield the answers."""
    # Its import sets up Django, which reads the settings.
    from deploy.wsgi import application

    draw = random.Random(seed)
    scene = make_scene()
    # Most addresses are the admin's: every other request is for one of the others.
    routes = sorted(walk_patterns(get_resolver()))
    parts = [[route for route in routes if route.startswith("/admin/") is is_admin] for is_admin in (False, True)]
    for turn in range(number):
        part = parts[turn % 2]
        request, body = draw_request(fill_pattern(part[turn // 2 % len(part)], draw, scene.tokens), draw)
        yield send(application, {**draw.choice(scene.visitors), **request}, body)


def send(application: Application, request: dict[str, Any], body: bytes) -> Answer:
    """Give one request to the WSGI application, as gunicorn does, and take back what it changed."""
    errors: list[BaseException | None] = []
    statuses: list[int] = []

    def note_error(**_signal: object) -> None:
        errors.append(sys.exc_info()[1])

    def start_response(status: str, headers: object) -> None:
        statuses.append(int(status.split()[0]))

    got_request_exception.connect(note_error)
    # The connection is the test's, whose changes are to be taken back.
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    try:
        with transaction.atomic():
            environ = {"HTTP_HOST": "testserver", **request, "wsgi.input": BytesIO(body)}
            setup_testing_defaults(environ)
            answer = application(environ, start_response)
            length = len(b"".join(answer))
            if close := getattr(answer, "close", None):
                close()
            transaction.set_rollback(True)
    except Exception as error:  # gunicorn answers 500 then
        errors, statuses, length = [error], [500], 0
    finally:
        got_request_exception.disconnect(note_error)
        for signal in (request_started, request_finished):
            signal.connect(close_old_connections)
    return Answer(request, body, statuses[0], length, "".join(map(repr, errors))[:300])


@dataclass(frozen=True)
class Scene:
    # Signed links of every purpose.
    tokens: tuple[str, ...]
    # The headers of a stranger, of somebody who opened a form of ours before, and of an operator who is logged in.
    visitors: tuple[dict[str, str], ...]


def make_scene() -> Scene:
    """Store a reader, an edition of two papers, a letter of it and an operator."""
    # Django has to be set up before tables are imported.
    from django.contrib.auth import get_user_model

    from digest.models import Delivery
    from subscriptions.links import tokens
    from tests.people import ada, subscribe
    from tests.web.publishing import Draft, publish

    reader = subscribe(ada, new_email="new@example.org")
    edition = publish([Draft(tldr="Short."), Draft(arxiv_id="2601.00001", categories=("stat.ML",))])
    picks = [[0, 1.0, [["category", "cs.LG"]]], [1, 0.5, []]]
    letter = Delivery.objects.create(edition=edition, subscriber=reader, picks=picks, state="accepted", created_at=NOW)
    subjects = (reader.id, letter.id, 999_999)
    made = [tokens.make(purpose, subject) for purpose in tokens.PURPOSES for subject in subjects]
    operator = get_user_model().objects.create_superuser("operator", "", "a long password")
    client = Client()
    client.force_login(operator)
    form_key = "k" * 32
    with_form = {
        "HTTP_COOKIE": f"csrftoken={form_key}",
        "HTTP_X_CSRFTOKEN": form_key,
        "HTTP_REFERER": "https://testserver",
    }
    session = f"{settings.SESSION_COOKIE_NAME}={client.cookies[settings.SESSION_COOKIE_NAME].value}"
    logged_in = {**with_form, "HTTP_COOKIE": f"{with_form['HTTP_COOKIE']}; {session}"}
    return Scene(tuple(made), ({}, with_form, logged_in, logged_in))


NOW = datetime(2026, 1, 23, 8, tzinfo=UTC)


def walk_patterns(resolver: URLResolver, prefix: str = "/") -> Iterator[str]:
    """Yield the routes of all URL patterns, arguments in angle brackets; of regular expressions a path they match."""
    for pattern in resolver.url_patterns:
        route = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from walk_patterns(pattern, route)
        elif isinstance(pattern, URLPattern):
            yield re.sub(r"\(\?P<(\w+)>\.\*\)\$$", r"<\1>", route)


def fill_pattern(route: str, draw: random.Random, tokens: tuple[str, ...]) -> str:
    """Return a path of *route*: with arguments that lead somewhere, and with odd ones."""
    good: dict[str, tuple[str, ...]] = {
        "token": tokens,
        "kind": ("more", "less", "save"),
        "arxiv_id": ("2601.15380", "2601.15380v1", "hep-th/9901001"),
        "day": ("2026-01-23", "2026-01-26"),
        "object_id": ("1", "2"),
        "app_label": ("digest", "subscriptions", "auth"),
    }

    def fill(found: re.Match[str]) -> str:
        values = good.get(found[1], ("1",))
        value = draw.choice(values) if draw.random() < 0.7 else draw.choice((*TEXTS, *NO_TEXTS, *BROKEN_ESCAPES))
        return value[:2000]

    path = ARGUMENT.sub(fill, route)
    return path if draw.random() < 0.9 else path + draw.choice(("\u200b", "=", "%20", "&amp;", ".", "//", "\x00"))


def draw_request(path: str, draw: random.Random) -> tuple[dict[str, Any], bytes]:
    """Return the WSGI environment of a request to *path*, and its body."""
    body, content_type = draw_body(draw)
    # As gunicorn writes it: bytes as characters of Latin-1.
    request: dict[str, Any] = {
        "REQUEST_METHOD": draw.choice(METHODS),
        "PATH_INFO": path.encode("utf-8", "surrogatepass").decode("latin-1"),
        "QUERY_STRING": draw_form(draw) if draw.random() < 0.5 else "",
        "CONTENT_TYPE": content_type,
        "CONTENT_LENGTH": str(len(body)),
        "wsgi.url_scheme": "https",
        "SERVER_PORT": "443",
    }
    odd = {**HEADERS, **PROVIDER_HEADERS}
    for name in draw.sample(sorted(odd), draw.choice((0, 0, 1, 2, 4))):
        request[name] = draw.choice(odd[name])
    if path.startswith("/anymail/") and draw.random() < 0.8:
        request["HTTP_AUTHORIZATION"] = "Basic " + base64.b64encode(SECRET.encode()).decode()
    return request, body


def draw_body(draw: random.Random) -> tuple[bytes, str]:
    """Return a body and a content type, which need not agree."""
    content_type = draw.choice(CONTENT_TYPES)
    if draw.random() < 0.2:
        content_type += f"; charset={draw.choice(CHARSETS)}"
    kind = draw.random()
    if "multipart" in content_type and kind < 0.8:
        return draw_multipart(draw), content_type
    if "json" in content_type and kind < 0.8:
        texts = ("{}", "[]", "null", "[" * 3000, '{"a":' * 3000, '{"Type":1}', '[{"event":null}]', '"\\ud800"', "1e999")
        return draw.choice(texts).encode(), content_type
    if kind < 0.85:
        return draw_form(draw).encode("latin-1", "replace"), content_type
    return draw.randbytes(draw.choice((0, 1, 50, 5000))), content_type


def draw_text(draw: random.Random) -> str:
    return draw.choice(NO_TEXTS if draw.random() < 0.02 else TEXTS)


def draw_form(draw: random.Random) -> str:
    """Return fields as a browser encodes them, with escapes that are no UTF-8 among them."""
    fields = []
    for name in draw.sample(FIELDS, draw.choice((1, 3, 8))):
        text = draw_text(draw)
        broken = draw.choice(BROKEN_ESCAPES) if draw.random() < 0.02 else ""
        fields.append(f"{name}={quote(text.encode('utf-8', 'surrogatepass'))}{broken}")
    if draw.random() < 0.02:
        fields += [f"f{number}=1" for number in range(1500)]
    return draw.choice("&&&;").join(fields)


def draw_multipart(draw: random.Random) -> bytes:
    """Return parts of a form, now and then cut off, or with headers that say what is not so."""
    parts = []
    for name in draw.sample(FIELDS, draw.choice((1, 3))):
        extra = draw.choice(
            (
                *("", "", '; filename="a.csv"', "; filename*=utf-8''%ff", "; filename*=x'y'z", '; filename="\\'),
                "\r\nContent-Transfer-Encoding: base64",
                "\r\nContent-Transfer-Encoding: x",
                "\r\nContent-Type: text/plain; charset=hex",
                "\r\nContent-Type: " + "x" * 3000,
            )
        )
        head = f'--b\r\nContent-Disposition: form-data; name="{name}"{extra}\r\n\r\n'
        parts.append(head.encode() + draw_text(draw).encode("utf-8", "surrogatepass") + b"\r\n")
    body = b"".join(parts) + draw.choice((b"--b--\r\n", b"", b"--b", draw.randbytes(20)))
    return body[: draw.randrange(len(body) + 1)] if draw.random() < 0.4 else body


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="python -m tests.web.fuzz", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--requests", type=int, default=10_000, help="how many (10,000)")
    parser.add_argument("--seed", type=int, default=0, help="the same seed gives the same requests (0)")
    arguments = parser.parse_args()
    os.environ["DJANGO_SETTINGS_MODULE"] = "deploy.settings"
    os.environ["LOG_LEVEL"] = "CRITICAL"
    django.setup()
    warnings.simplefilter("ignore")
    runner = get_runner(settings)(verbosity=0, interactive=False)
    runner.setup_test_environment()
    databases = runner.setup_databases()
    try:
        with (
            tempfile.TemporaryDirectory() as folder,
            override_settings(ERRANDS_INLINE=True, MAILBOX=Path(folder), ANYMAIL=SETTINGS, SES_TOPICS=TOPICS),
        ):
            answers = list(send_odd_requests(arguments.requests, seed=arguments.seed))
    finally:
        runner.teardown_databases(databases)
        runner.teardown_test_environment()
    failed = [answer for answer in answers if answer.status >= 500]
    for answer in failed:
        print(answer.describe())
    statuses = Counter(answer.status for answer in answers)
    print("\n| status | answers |\n| --- | --: |")
    for status, count in sorted(statuses.items()):
        print(f"| {status} | {count} |")
    addresses = len(set(walk_patterns(get_resolver())))
    print(f"\n{len(answers)} requests to {addresses} addresses, {len(failed)} answers of 5xx.")
    return int(bool(failed))


if __name__ == "__main__":
    sys.exit(main())
