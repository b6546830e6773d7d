"""What nobody foresaw in the middle of a drain leaves no more doubt than there is."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend
from django.db import OperationalError, connection
from pytest_django import Settings

from digest.delivery import outbox
from digest.delivery.drain import Drained
from digest.delivery.outcomes.circuit_breaker import CircuitBreaker
from digest.delivery.transports.smtp_pool import SmtpPool
from digest.delivery.workers import identity, journal
from digest.models import Delivery, Edition
from tests.delivery.draining import drain
from tests.delivery.outbox_rows import crowd, frozen_edition, planned, states
from tests.delivery.smtp_server import PostOffice

pytestmark = pytest.mark.django_db


@pytest.fixture
def edition() -> Edition:
    return frozen_edition()


class Nervous(BaseEmailBackend):
    """Refuses to send inside a transaction, and breaks in unheard-of ways."""

    error: Exception | None = None

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        assert not connection.in_atomic_block
        assert Delivery.objects.get().state == "submitting"
        if self.error:
            raise self.error
        return len(email_messages)


@pytest.fixture
def nervous(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> type[Nervous]:
    settings.EMAIL_BACKEND = "tests.delivery.test_unforeseen.Nervous"
    monkeypatch.setattr(Nervous, "error", None)
    return Nervous


@pytest.mark.django_db(transaction=True)
def test_no_transaction_is_open_while_a_letter_is_sent(nervous: type[Nervous]) -> None:
    edition = frozen_edition()
    planned(edition, crowd(1))
    assert drain(edition) == Drained(accepted=1)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("error", "state"),
    [
        (RuntimeError("what is this"), "uncertain"),
        (OSError("broken pipe"), "uncertain"),
        (UnicodeError("surrogates"), "failed"),
    ],
)
def test_an_unforeseen_error_does_not_mean_unsent(
    nervous: type[Nervous], monkeypatch: pytest.MonkeyPatch, error: Exception, state: str
) -> None:
    monkeypatch.setattr(nervous, "error", error)
    edition = frozen_edition()
    planned(edition, crowd(1))
    drain(edition)
    assert states(edition) == {state: 1}


def test_an_interrupted_drain_leaves_no_doubt_about_what_it_sent(
    edition: Edition, post_office: PostOffice, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(*args: object) -> None:
        raise KeyboardInterrupt

    planned(edition, crowd(3))
    with monkeypatch.context() as patch:
        patch.setattr(outbox, "mark_accepted", interrupt)
        with pytest.raises(KeyboardInterrupt):
            drain(edition)
    assert drain(edition) == Drained(), "there is nothing left to send"
    assert states(edition) == {"accepted": 3}
    assert (len(post_office.message_ids), post_office.doubles) == (3, [])


def test_a_lost_answer_to_a_submission_leaves_no_doubt(
    edition: Edition, post_office: PostOffice, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The database went away right after it had written that they leave: not one of them has left."""
    submit = outbox.submit

    def submit_and_lose_the_answer(*args: Any) -> None:
        submit(*args)
        raise OperationalError("server closed the connection unexpectedly")

    planned(edition, crowd(3))
    with monkeypatch.context() as patch:
        patch.setattr(outbox, "submit", submit_and_lose_the_answer)
        with pytest.raises(OperationalError):
            drain(edition)
    assert states(edition) == {"submitting": 3}
    assert drain(edition) == Drained(accepted=3)
    assert (len(post_office.message_ids), post_office.doubles) == (3, [])


def test_a_drain_that_may_be_sending_is_not_taken_for_dead(
    edition: Edition, post_office: PostOffice, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Letters under way in threads are finished when the transport is closed."""
    believed: list[bool] = []
    worker, close = identity.make_worker_name(), SmtpPool.close

    def watched(pool: SmtpPool) -> None:
        believed.append(journal.is_left_behind(worker))
        close(pool)

    monkeypatch.setattr(SmtpPool, "close", watched)
    monkeypatch.setattr(CircuitBreaker, "reason_to_pause", _interrupted)
    planned(edition, crowd(1))
    with pytest.raises(KeyboardInterrupt):
        drain(edition, worker=worker)
    assert believed == [False]
    assert journal.is_left_behind(worker)


def _interrupted(*_args: object) -> None:
    raise KeyboardInterrupt


def test_a_transport_that_fails_to_open_leaves_no_journal(settings: Settings, edition: Edition, tmp_path: Path) -> None:
    settings.LOGBOOKS, settings.EMAIL_BACKEND = tmp_path / "logbooks", "digest.delivery.nowhere.EmailBackend"
    planned(edition, crowd(1))
    with pytest.raises(ImportError):
        drain(edition)
    assert not list(settings.LOGBOOKS.iterdir())
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    assert drain(edition) == Drained(accepted=1)
