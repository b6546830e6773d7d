"""A provider that knows letters by their key takes each once, however often its answer is lost."""

import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.core.mail import EmailMessage, get_connection
from pytest_django import Settings

from digest.delivery.message import LetterMessage, build_message, provider_id
from digest.delivery.outcomes import classify
from digest.delivery.providers import idempotency, registry
from digest.delivery.transports.django_backend import BackendConnection
from tests.delivery.letters import letter
from tests.delivery.provider_server import ProviderOffice

WITH_KEYS = ["brevo", "resend", "sparkpost"]


def backend(name: str) -> str:
    return f"anymail.backends.{name}.EmailBackend"


def sent(message: EmailMessage) -> str:
    """What became of it: a kind of outcome."""
    connection = registry.open_connection()
    try:
        return "accepted" if connection.send_messages([message]) else "nothing"
    except Exception as error:
        return classify.classify_error(error).kind
    finally:
        connection.close()


def one_of(number: int = 1, subject: str = "Two papers") -> LetterMessage:
    return build_message(letter(f"<{number}@post.example>", f"reader{number}@example.org", subject))


@pytest.mark.parametrize("name", WITH_KEYS)
def test_a_letter_with_a_lost_answer_is_taken_once(
    settings: Settings, provider_office: ProviderOffice, name: str
) -> None:
    settings.EMAIL_BACKEND = backend(name)
    provider_office.on_call = lambda number: "drop" if number == 1 else None
    message = one_of()
    assert sent(message) == "accepted"
    assert (provider_office.calls, len(provider_office.letters)) == (2, 1)
    told = {"brevo": ""}  # it only says that it has had the letter
    assert provider_id(message) == told.get(name, f"{name}-1")


@pytest.mark.parametrize("name", WITH_KEYS)
def test_a_letter_that_never_came_is_taken_the_second_time(
    settings: Settings, provider_office: ProviderOffice, name: str
) -> None:
    settings.EMAIL_BACKEND = backend(name)
    provider_office.on_call = lambda number: "reset" if number == 1 else None
    assert sent(one_of()) == "accepted"
    assert len(provider_office.letters) == 1


@pytest.mark.parametrize("name", WITH_KEYS)
def test_an_answer_lost_twice_makes_no_second_letter(
    settings: Settings, provider_office: ProviderOffice, name: str
) -> None:
    settings.EMAIL_BACKEND = backend(name)
    provider_office.on_call = lambda number: "drop" if number <= 2 else None
    assert [sent(one_of()), sent(one_of())] == ["uncertain", "accepted"]
    assert (provider_office.calls, len(provider_office.letters)) == (3, 1)


def test_a_provider_without_keys_is_asked_once_and_leaves_doubt(
    settings: Settings, provider_office: ProviderOffice
) -> None:
    settings.EMAIL_BACKEND = backend("postmark")
    provider_office.on_call = lambda _number: "drop"
    assert sent(one_of()) == "uncertain"
    assert (provider_office.calls, len(provider_office.letters)) == (1, 1)


@pytest.mark.parametrize("name", ["resend", "sparkpost"])
def test_a_letter_that_reads_differently_was_taken_before(
    settings: Settings, provider_office: ProviderOffice, name: str
) -> None:
    settings.EMAIL_BACKEND = backend(name)
    assert [sent(one_of()), sent(one_of(subject="Three papers"))] == ["accepted", "accepted"]
    assert len(provider_office.letters) == 1


@pytest.mark.parametrize("name", WITH_KEYS)
def test_every_letter_has_a_key_of_its_own(settings: Settings, provider_office: ProviderOffice, name: str) -> None:
    settings.EMAIL_BACKEND = backend(name)
    assert [sent(one_of(number)) for number in (1, 2, 3)] == ["accepted"] * 3
    assert (len(provider_office.letters), provider_office.doubles) == (3, [])


def test_the_key_is_a_uuid_that_follows_from_the_message_id() -> None:
    assert (
        idempotency.idempotency_key(one_of(1))
        == idempotency.idempotency_key(one_of(1, "Other words"))
        == str(uuid.UUID(idempotency.idempotency_key(one_of())))
    )
    assert idempotency.idempotency_key(one_of(1)) != idempotency.idempotency_key(one_of(2))


def test_mail_without_our_message_id_is_not_repeated(provider_office: ProviderOffice) -> None:
    provider_office.on_call = lambda _number: "drop"
    assert sent(EmailMessage("Please confirm", "Hello", "a@post.example", ["ada@example.org"])) == "uncertain"
    assert (provider_office.calls, provider_office.kept) == (1, {})


@pytest.mark.parametrize(
    ("status", "kind"), [(400, "failed"), (401, "down"), (409, "uncertain"), (429, "deferred"), (500, "uncertain")]
)
def test_an_answer_is_an_answer_and_not_repeated_at_once(
    provider_office: ProviderOffice, status: int, kind: str
) -> None:
    provider_office.on_call = lambda _number: status
    assert sent(one_of()) == kind
    assert (provider_office.calls, provider_office.letters) == (1, [])


@pytest.mark.usefixtures("provider_office")
def test_a_provider_that_is_away_is_down(settings: Settings) -> None:
    settings.ANYMAIL = {**settings.ANYMAIL, "RESEND_API_URL": "http://127.0.0.1:9/"}
    assert sent(one_of()) == "down"


@pytest.mark.usefixtures("provider_office")
@pytest.mark.parametrize(
    ("path", "window"),
    [
        (backend("resend"), timedelta(hours=23)),
        (backend("sparkpost"), timedelta(hours=23)),
        (backend("brevo"), timedelta(minutes=12)),
        (backend("postmark"), timedelta(0)),
        ("digest.delivery.transports.smtp_backend.EmailBackend", timedelta(0)),
    ],
)
def test_letters_may_be_repeated_for_less_time_than_is_promised(
    settings: Settings, path: str, window: timedelta
) -> None:
    settings.EMAIL_BACKEND = path
    connection: Any = registry.open_connection()
    assert idempotency.repeat_window(connection) == window
    assert isinstance(connection, type(get_connection()))


def test_an_odd_answer_to_a_taken_letter_is_no_failure(settings: Settings, provider_office: ProviderOffice) -> None:
    settings.EMAIL_BACKEND = backend("postmark")
    odds: list[dict[str, object]] = [{"To": "nobody at all"}, {"MessageID": None, "ErrorCode": "x"}, {"To": 7}]
    for odd in odds:
        provider_office.odd = odd
        assert BackendConnection().send(one_of()).kind in ("uncertain", "accepted"), odd
    assert len(provider_office.letters) == 3
