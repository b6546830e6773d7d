"""What the mail server learns of us before the first letter: our name, and who we are."""

import hmac
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from django.core.mail import DNS_NAME, EmailMessage
from pytest_django import Settings

from digest.delivery.transports.smtp_pool import SmtpPool
from subscriptions.email import messages
from tests.delivery.envelopes import carried, envelope
from tests.delivery.smtp_server import PostOffice, Server
from tests.people import ada, subscribe

# The most that ASCII and an address have against it.
PASSWORD = "p@ss/w:o#r?d% +ü"
MECHANISMS = {"LOGIN", "PLAIN", "CRAM-MD5"}


class CuriousOffice(PostOffice):
    """Notes what its callers call themselves, and with what they log in."""

    def __init__(self) -> None:
        super().__init__()
        self.names: list[str] = []
        self.logins: list[tuple[str, str]] = []

    async def handle_EHLO(
        self, server: SMTP, session: Session, envelope: Envelope, hostname: str, responses: list[str]
    ) -> list[str]:
        self.names.append(hostname)
        return await super().handle_EHLO(server, session, envelope, hostname, responses)

    def log_in(
        self, server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: LoginPassword
    ) -> AuthResult:
        self.logins.append((data.login.decode(), data.password.decode()))
        return AuthResult(success=True)

    async def auth_CRAM__MD5(self, server: SMTP, args: list[str]) -> AuthResult:
        answer: Any = await server.challenge_auth(b"<1@post.example>")
        user, _, digest = answer.decode().rpartition(" ")
        if digest == hmac.new(PASSWORD.encode(), b"<1@post.example>", "md5").hexdigest():
            self.logins.append((user, PASSWORD))
        return AuthResult(success=True)


@contextmanager
def serving(settings: Settings, *hidden: str) -> Iterator[CuriousOffice]:
    office = CuriousOffice()
    server = Server(office)
    server.SMTP_kwargs |= {
        "authenticator": office.log_in,
        "auth_require_tls": False,
        "auth_exclude_mechanism": list(hidden),
    }
    server.start()
    settings.EMAIL_BACKEND = "digest.delivery.transports.smtp_backend.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", server.port
    try:
        yield office
    finally:
        server.stop()


@pytest.fixture
def office(settings: Settings) -> Iterator[CuriousOffice]:
    with serving(settings) as found:
        yield found


@pytest.fixture(autouse=True)
def _named(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine whose resolver does not answer."""
    settings.EHLO_NAME = "out.post.example"

    def never() -> str:
        raise AssertionError("nobody may wait for the resolver")

    monkeypatch.setattr(DNS_NAME, "get_fqdn", never)


def test_letters_come_from_the_name_in_the_settings(office: CuriousOffice, pool: SmtpPool) -> None:
    carried(pool, [envelope(number) for number in range(8)])
    assert set(office.names) == {"out.post.example"}


@pytest.mark.django_db
def test_account_letters_come_from_the_same_name(office: CuriousOffice) -> None:
    messages.send_link(subscribe(ada))
    assert (office.names, office.recipients) == (["out.post.example"], [ada.email])


@pytest.mark.parametrize("mechanism", sorted(MECHANISMS))
def test_a_password_reaches_the_server_as_it_is(settings: Settings, mechanism: str) -> None:
    settings.EMAIL_HOST_USER, settings.EMAIL_HOST_PASSWORD = "bücher@post.example", PASSWORD
    with serving(settings, *MECHANISMS - {mechanism}) as office:
        headers = {"Message-ID": "<1@post.example>"}
        EmailMessage("Hello", "words", "a@post.example", ["b@example.org"], headers=headers).send()
        assert office.logins == [("bücher@post.example", PASSWORD)]
        assert office.recipients == ["b@example.org"]
