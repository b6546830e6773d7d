"""The key of a mail provider is tried without a letter, by a page that each provider has for any key."""

import pytest
from pytest_django import Settings
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from digest.delivery.providers.base import Provider
from digest.delivery.providers.key_check import KeyState, check_key
from digest.delivery.providers.registry import PROVIDERS

KEY = "key-uZ3nQ0rT8wKe5"
# Where Anymail looks for the key, if not in NAME_API_KEY.
KEY_SETTINGS = {"mailersend": "MAILERSEND_API_TOKEN", "postmark": "POSTMARK_SERVER_TOKEN"}
# What is answered to a wrong key, if not 401.
REFUSALS = {"resend": Response('{"name": "invalid_api_key", "message": "API key is invalid"}', 403)}


@pytest.mark.parametrize("provider", [each for each in PROVIDERS if each.key_page], ids=lambda each: each.name)
def test_each_provider_is_shown_the_key_and_believed(
    provider: Provider, settings: Settings, httpserver: HTTPServer
) -> None:
    asked: list[Request] = []
    answers = [Response("{}"), REFUSALS.get(provider.name, Response("", 401)), Response("", 503)]

    def answer(request: Request) -> Response:
        asked.append(request)
        return answers[len(asked) - 1]

    httpserver.expect_request(f"/api/{provider.key_page}", method="GET").respond_with_handler(answer)
    settings.EMAIL_BACKEND = f"anymail.backends.{provider.name}.EmailBackend"
    prefix = provider.name.upper()
    settings.ANYMAIL = {
        KEY_SETTINGS.get(provider.name, f"{prefix}_API_KEY"): KEY,
        f"{prefix}_API_URL": httpserver.url_for("/api/"),
    }
    assert [check_key().state for _answer in answers] == [KeyState.TAKEN, KeyState.REFUSED, KeyState.AWAY]
    assert all(KEY in str(request.headers) for request in asked)


def test_an_answer_without_end_is_cut(settings: Settings, httpserver: HTTPServer) -> None:
    settings.EMAIL_BACKEND = "anymail.backends.brevo.EmailBackend"
    settings.ANYMAIL = {"BREVO_API_KEY": KEY, "BREVO_API_URL": httpserver.url_for("/")}
    httpserver.expect_request("/account").respond_with_data("x" * 5_000_000)
    assert check_key().state == KeyState.TAKEN
