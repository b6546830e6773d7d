"""Passwords of operators cannot be guessed one after the other, and no stranger locks an operator out."""

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.contrib.auth.signals import user_login_failed
from django.test import Client
from pytest_django import Settings

from subscriptions import rate_limits
from subscriptions.models import Count
from subscriptions.operator_log_in import BROWSER_COOKIE

pytestmark = pytest.mark.django_db

PASSWORD = "blue herons over wet roofs"
HOME, ELSEWHERE = "198.51.100.1", "203.0.113.9"


@pytest.fixture(autouse=True)
def _operators(settings: Settings) -> None:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    for name in ("grace", "alan"):
        User.objects.create_superuser(name, password=PASSWORD)


def log_in(client: Client, password: str = PASSWORD, *, username: str = "grace", network: str = HOME) -> bool:
    """Return whether it worked."""
    answer = client.post("/admin/login/", {"username": username, "password": password}, REMOTE_ADDR=network)
    return answer.status_code == 302


def guess(times: int = rate_limits.PER_OPERATOR.letters, *, network: str = HOME, **words: Any) -> None:
    for number in range(times):
        assert not log_in(Client(), f"guess {number}", network=network, **words)


def test_who_guesses_is_not_even_let_in_with_the_password() -> None:
    guess()
    asked: list[object] = []

    def note(**_signal: object) -> None:
        asked.append(1)

    user_login_failed.connect(note)
    assert not log_in(Client(), "one more")
    user_login_failed.disconnect(note)
    assert asked == [], "no password is looked at, which takes the machine a while"
    assert not log_in(Client())
    page = Client().post("/admin/login/", {"username": "grace", "password": PASSWORD}, REMOTE_ADDR=HOME)
    assert "Too many tries" in page.content.decode()


def test_names_are_guessed_as_slowly_as_passwords() -> None:
    for number in range(rate_limits.PER_OPERATOR.letters):
        guess(1, username=f"name{number}")
    assert not log_in(Client())


def test_a_stranger_elsewhere_locks_nobody_out() -> None:
    for number in range(5):
        guess(network=f"203.0.113.{number}")
    assert log_in(Client(), network=HOME)


def test_a_stranger_of_the_network_locks_out_no_known_browser() -> None:
    browser = Client()
    assert log_in(browser)
    browser.post("/admin/logout/", REMOTE_ADDR=HOME)
    guess(rate_limits.PER_OPERATOR.letters - 1)
    assert not log_in(Client()), "the network has used up its tries"
    assert log_in(browser)


def test_a_known_browser_may_not_guess_for_ever_either() -> None:
    browser = Client()
    assert log_in(browser)
    for number in range(rate_limits.PER_OPERATOR.letters):
        assert not log_in(browser, f"guess {number}", network=ELSEWHERE)
    assert not log_in(browser, network=ELSEWHERE)


def test_a_browser_is_known_for_its_own_operator_only() -> None:
    browser = Client()
    assert log_in(browser, username="alan")
    guess(rate_limits.PER_OPERATOR.letters - 1)
    assert not log_in(browser, username="grace")


def test_a_forged_cookie_is_none() -> None:
    guess()
    browser = Client()
    browser.cookies[BROWSER_COOKIE] = "x y:z:w"
    assert not log_in(browser)


def test_the_tries_are_forgotten_after_a_while() -> None:
    guess()
    Count.objects.update(until="2026-01-01T00:00:00Z")
    assert log_in(Client())


def test_the_cookie_stays_in_the_admin_and_from_scripts() -> None:
    browser = Client()
    assert log_in(browser)
    cookie = browser.cookies[BROWSER_COOKIE]
    assert (cookie["path"], cookie["httponly"], cookie["samesite"]) == ("/admin/", True, "Lax")
    assert "grace" not in cookie.value


def test_a_wide_network_has_no_more_tries_for_each_of_its_parts() -> None:
    tries = rate_limits.PER_OPERATOR.letters * rate_limits.SHARE_OF_WIDE_NETWORK
    for number in range(tries):
        guess(1, network=f"2001:db8:1:{number:x}::1")
    assert not log_in(Client(), network="2001:db8:1:ffff::1")
    assert log_in(Client(), network="2001:db8:2::1")
