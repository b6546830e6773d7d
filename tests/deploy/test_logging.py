"""What goes wrong is said once, on stderr, and names no reader."""

import json
import logging
import re
import sys
import time
from io import StringIO

import pytest
from celery.signals import setup_logging
from django.conf import settings
from django.test import Client

from deploy.celery import keep_logging
from deploy.private_logs import PrivateFormatter, hide_private, make_formatter, make_private
from tests.deploy.test_deployment import DEPLOY


def test_django_speaks_through_our_handler_alone() -> None:
    django = logging.getLogger("django")
    assert django.handlers == [], "with a console of its own, every line would come twice in DEBUG"
    assert django.propagate
    assert django.getEffectiveLevel() == logging.getLogger().level


TOKEN = "AQAAAAABaKz3T0xG4nqUO1VZs_2-dQ7w"
MESSAGES = [
    f"Not Found: /preferences/{TOKEN}/",
    f"Not Found: /some/later/page/{TOKEN}/",
    "Gone: /unsubscribe/short&amp;x=/",
    f"Forbidden: /admin/login/?next=%2Fpreferences%2F{TOKEN}%2F",
    f"Bad Request: https://post.example/feedback/{TOKEN}/more/2601.15380/",
    f"Error handling request /letters/{TOKEN}/?all=1",
    "550 <ada@example.org>: no such user",
    "Not Found: /link/?email=ada%40example.org",
    "to=ada+news@example.org, orig_to='ada@bücher.example'",
    "Gone: /account/12-345.1wXyZ0.dGhpcyBpcyBzaWduZWQ/",
    "Gone: /restore/12-345.1wXyZ0.dGhpcyBpcyBzaWduZWQ/)",
    "Signed: /preferences/1:1wXyZ0:dGhpcyBpcyBzaWduZWQ/",
    '203.0.113.7 "GET /search/?q=short+illness&order=newest HTTP/1.1" 200',
    '203.0.113.7 "GET /?categories=cs.LG&filters=short%20illness HTTP/1.1" 200 "https://post.example/search/?q=short"',
    '203.0.113.7 "GET /topics/short%20illness/?page=2 HTTP/1.1" 200',
    "Not Found: /topics/my short illness (/",
    'Not Found: /topics/"my" (short | long) illness/',
    "Not Found: /topics/of somebody's short <illness>/atom/",
    f"Not Found: /my-feed/{TOKEN}/atom/",
    "Gone: /my-feed/12-345.1wXyZ0.dGhpcyBpcyBzaWduZWQ/json/?language=zh-hans",
]


@pytest.mark.parametrize("level", [logging.DEBUG, logging.INFO, logging.WARNING, logging.ERROR])
@pytest.mark.parametrize("message", MESSAGES)
def test_no_link_and_no_address_gets_into_a_log(message: str, level: int) -> None:
    lines: list[str] = []
    handler = logging.getLogger().handlers
    formatter = next(each.formatter for each in handler if isinstance(each.formatter, PrivateFormatter))
    for text, arguments in ((message, ()), ("%s", (message,))):
        try:
            raise ValueError(message)
        except ValueError:
            record = logging.LogRecord("any", level, __file__, 1, text, arguments, sys.exc_info())
        lines.append(formatter.format(record))
    for line in lines:
        assert not [word for word in (TOKEN, "ada", "short", "wXyZ0", "dGhp", "example.org") if word in line]


@pytest.mark.parametrize("message", [*MESSAGES, 'He said "no"\\', "two\nlines", "/confirm/a\\"])
def test_json_is_one_object_in_a_line_and_names_nobody(message: str) -> None:
    formatter = make_formatter("", "json")
    try:
        raise ValueError(message)
    except ValueError:
        record = logging.LogRecord("any", logging.ERROR, __file__, 1, "%s", (message,), sys.exc_info())
    line = formatter.format(record)
    said = json.loads(line)
    assert "\n" not in line
    assert (said["level"], said["logger"]) == ("ERROR", "any")
    assert said["message"] == hide_private(message)
    assert "ValueError" in said["traceback"]
    assert not [word for word in (TOKEN, "ada", "wXyZ0", "dGhp") if word in line]


def test_servers_with_handlers_of_their_own_write_json_too() -> None:
    stream = StringIO()
    logger = logging.Logger("a server")
    logger.addHandler(logging.StreamHandler(stream))
    make_private(logger, "json")
    logger.warning("to ada@example.org")
    assert json.loads(stream.getvalue())["message"] == "to …@…"


@pytest.mark.parametrize(
    "line",
    [
        "Not Found: /papers/2601.15380/",
        '203.0.113.7 "GET /topics/ HTTP/1.1" 200',
        '203.0.113.7 "GET /topics/… HTTP/1.1" 404 12',
        'File "/usr/lib/python3.11/site-packages/django/core/handlers/exception.py", line 55, in inner',
        'File "/app/digest/delivery/transports/served_connections.py", line 3',
        "The edition of 2026-01-23 has letters that never went out: reconcile --date 2026-01-23",
        "Task digest.tasks.deliver_due[0b5d9a60-7e6d-4a3b-9a52-0d2f8b5a3c11] received",
    ],
)
def test_all_else_is_logged_as_it_is(line: str) -> None:
    assert hide_private(line) == line


@pytest.mark.parametrize(
    "part", ["9", "/", "%2F", "%2F!", "%40", "@", "a@", "a%40", "/account/", "/topics/", "/a", "=9"]
)
def test_a_long_line_costs_what_its_length_does(part: str) -> None:
    """A body of megabytes may be in a traceback. It was the square of the length: 200 s for such a line."""
    began = time.process_time()
    hide_private(part * (200_000 // len(part)))
    assert time.process_time() - began < 5


def test_gunicorn_hides_the_same() -> None:
    for name in ("gunicorn.error", "gunicorn.access"):
        logger = logging.Logger(name)
        logger.addHandler(logging.StreamHandler(stream := StringIO()))
        make_private(logger, "text")
        make_private(logger, "text")
        logger.error("/preferences/%s/ of %s", TOKEN, "ada@example.org")
        assert stream.getvalue() == "/preferences/…/ of …@…\n"


def test_workers_log_as_the_settings_say() -> None:
    """Celery sets up no handlers of its own where somebody receives its signal."""
    assert keep_logging in [receiver() for _key, receiver in setup_logging.receivers]


def test_caddy_logs_no_path_and_no_header() -> None:
    caddyfile = (DEPLOY / "Caddyfile").read_text(encoding="utf-8")
    filtered = caddyfile.partition("log default {")[2].partition("\n\t}")[0]
    assert re.findall(r"(\S+) delete", filtered) == ["request>uri", "request>headers", "resp_headers"]
    assert caddyfile.count("log ") == 1 + caddyfile.count("no log ")


def test_the_server_for_development_hides_the_same() -> None:
    own = [each for each in logging.getLogger("django.server").handlers if type(each) is logging.StreamHandler]
    assert [type(handler.formatter) for handler in own] == [PrivateFormatter]


def test_a_request_to_a_foreign_host_is_no_error_in_the_log(client: Client, caplog: pytest.LogCaptureFixture) -> None:
    assert client.get("/", headers={"Host": "scanner.example"}).status_code == 400
    assert caplog.records == []


def test_keys_and_passwords_are_hidden_in_both_formats() -> None:
    secrets = ("uZ3nQ0rT8wKe5LxVbM2y", "Yp2q9vXK7sR")
    for log_format in ("text", "json"):
        formatter = make_formatter("%(message)s", log_format, secrets)
        record = logging.LogRecord("any", logging.ERROR, __file__, 1, "key %s, %s", secrets, None)
        assert "key …, …" in formatter.format(record)


def test_the_secrets_of_the_settings_are_hidden() -> None:
    formatter = next(
        each.formatter for each in logging.getLogger().handlers if isinstance(each.formatter, PrivateFormatter)
    )
    record = logging.LogRecord("any", logging.ERROR, __file__, 1, "signed with %s", (settings.SECRET_KEY,), None)
    assert "signed with …" in formatter.format(record)
