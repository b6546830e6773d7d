"""Bugs are reported to SENTRY_DSN, where that is set, and no report names a reader or has a secret."""

import gzip
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from pytest_django import Settings
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from tests.web.pages import tree, words

ROOT = Path(__file__).resolve().parents[2]
TOKEN = "AQAAAAABaKz3T0xG4nqUO1VZs_2-dQ7w"
KEY, PASSWORD, OTHER_KEY = (
    "Yp2q9vXK7sRfE0dTzLwGh4BnUjMa8CiO3kQx",
    "uZ3nQ0rT8wKe5",
    "Kc5uWm1tHd8yPr3xNa6vJq0bZs9eLf2gTi7o",
)

# What may go wrong: in a page, in what is logged, and in a command. Readers and secrets are wherever they may be.
ACCIDENTS = f"""
import logging
from werkzeug.test import Client
from deploy.wsgi import application
from digest.web import privacy_page

def list_kept_data():
    address = "ada@example.org"
    raise RuntimeError(f"no letter for {{address}} by smtp://post:{PASSWORD}@mail.example.org")

logging.getLogger("digest").warning("asked by ada@example.org with the key %s", "{KEY}")
privacy_page.list_kept_data = list_kept_data
headers = {{
    "Cookie": "account={TOKEN}",
    "Referer": "https://post.example/account/{TOKEN}/",
    "Authorization": "Bearer {OTHER_KEY}",
}}
answer = Client(application).get("/privacy/?email=ada%40example.org&q=my+illness", headers=headers)
assert answer.status_code == 500
logging.getLogger("digest").error("the letter of %s (%s) was lost", "ada@example.org", "/letters/{TOKEN}/")
reader = "ada@example.org"
raise ValueError(f"unsubscribe {{reader}}: {OTHER_KEY}")
"""


def run_python(code: str, home: Path, **environ: str) -> "subprocess.CompletedProcess[str]":
    given = {**os.environ, "PREPRINT_POST_HOME": str(home), "DJANGO_SETTINGS_MODULE": "deploy.settings", **environ}
    command = [sys.executable, "-c", code]
    return subprocess.run(command, cwd=ROOT, env=given, capture_output=True, text=True, timeout=60, check=False)


@pytest.fixture
def reports(httpserver: HTTPServer) -> list[dict[str, Any]]:
    """What the service was sent, as it came."""
    found: list[dict[str, Any]] = []

    def take(request: Request) -> Response:
        body = request.get_data()
        lines = (gzip.decompress(body) if request.headers.get("Content-Encoding") == "gzip" else body).splitlines()
        # An envelope: a head, then a head and a body for each item.
        found.extend(json.loads(line) for line in lines[2::2])
        return Response("{}", content_type="application/json")

    httpserver.expect_request("/api/1/envelope/", method="POST").respond_with_handler(take)
    return found


def test_a_report_has_the_error_and_no_reader_and_no_secret(
    httpserver: HTTPServer, reports: list[dict[str, Any]], tmp_path: Path
) -> None:
    secrets = {"SECRET_KEY": KEY, "METRICS_TOKEN": OTHER_KEY, "EMAIL_URL": f"smtp://post:{PASSWORD}@mail.example.org"}
    dsn = httpserver.url_for("/1").replace("//", "//1234567890abcdef@")
    ended = run_python(ACCIDENTS, tmp_path, SENTRY_DSN=dsn, **secrets)
    assert "ValueError" in ended.stderr
    assert "Sentry" not in ended.stderr
    in_page, logged, in_command = reports
    [error] = in_page["exception"]["values"]
    assert (error["type"], error["value"]) == ("RuntimeError", "no letter for …@… by smtp://post:…@…")
    assert error["stacktrace"]["frames"][-1]["function"] == "list_kept_data"
    assert in_page["request"] == {"method": "GET", "url": "http://localhost/privacy/"}
    assert logged["logentry"]["message"] == "the letter of %s (%s) was lost"
    assert in_command["exception"]["values"][0]["value"] == "unsubscribe …@…: …"
    for report in reports:
        text = json.dumps(report, ensure_ascii=False)
        assert "user" not in report
        assert '"vars"' not in text, "variables have readers in them"
        for secret in ("ada@", "ada%40", "example.org", "illness", TOKEN, KEY, OTHER_KEY, PASSWORD):
            # Lines of the code are told as they stand in its file; this one was given by -c and has none.
            assert secret not in text, secret


def test_without_an_address_the_package_is_not_loaded(tmp_path: Path) -> None:
    code = "import sys, django; django.setup(); import deploy.wsgi, deploy.celery; print('sentry_sdk' in sys.modules)"
    ended = run_python(code, tmp_path, SENTRY_DSN="")
    assert (ended.stdout, ended.returncode) == ("False\n", 0)


def test_readers_are_told_where_reports_go(client: Client, settings: Settings) -> None:
    settings.SENTRY_DSN = ""
    assert "a report of the error" not in words(tree(client.get("/privacy/")).find(".//main"))
    settings.SENTRY_DSN = "https://key@errors.example.net/1"
    assert "a report of the error goes to errors.example.net." in words(tree(client.get("/privacy/")).find(".//main"))
