"""A database that restarts while a drain is at work costs no letter, and does not end the drain."""

from collections.abc import Callable
from types import ModuleType
from typing import Any

import pytest
from django.db import OperationalError

from digest.delivery import drain as sending
from digest.delivery import outbox
from digest.delivery.drain import Drained
from digest.delivery.outcomes import unreachable
from digest.delivery.rate_limits.admission import AdmissionControl
from digest.infra import database_retry
from digest.models import Edition
from subscriptions.address_hashes import hash_address
from subscriptions.models import Subscriber, Suppression
from tests.delivery.draining import drain
from tests.delivery.outbox_rows import crowd, frozen_edition, planned, states
from tests.delivery.smtp_server import PostOffice

pytestmark = pytest.mark.django_db

Step = Callable[..., Any]


@pytest.fixture(autouse=True)
def edition(monkeypatch: pytest.MonkeyPatch) -> Edition:
    monkeypatch.setattr(database_retry, "connection", Away())
    monkeypatch.setattr(database_retry, "RETRY_PAUSES_SECONDS", (0,))
    return frozen_edition()


class Away:
    in_atomic_block = False

    def close(self) -> None:
        """There is nothing to close."""


def gone() -> OperationalError:
    return OperationalError("terminating connection due to administrator command")


def lost_before(step: Step) -> Step:
    """The database goes away before *step* is done, once."""
    errors = iter([gone()])

    def broken(*arguments: Any, **options: Any) -> Any:
        for error in errors:
            raise error
        return step(*arguments, **options)

    return broken


def lost_after(step: Step) -> Step:
    """The database goes away when *step* is done and nobody has heard so, once."""
    errors = iter([gone()])

    def broken(*arguments: Any, **options: Any) -> Any:
        answer = step(*arguments, **options)
        for error in errors:
            raise error
        return answer

    return broken


STEPS: list[tuple[ModuleType | type, str]] = [
    (sending, "recover_deliveries"),
    (outbox, "claim"),
    (sending, "_read_readers"),
    (AdmissionControl, "admit"),
    (outbox, "submit"),
    (outbox, "mark_accepted"),
    (outbox, "put_back"),
    (outbox, "release_claimed"),
]


@pytest.mark.parametrize("lost", [lost_before, lost_after])
@pytest.mark.parametrize(("room", "step"), STEPS, ids=[step for _room, step in STEPS])
def test_a_drain_goes_on_when_the_database_is_back(
    edition: Edition,
    post_office: PostOffice,
    monkeypatch: pytest.MonkeyPatch,
    room: ModuleType | type,
    step: str,
    lost: Callable[[Step], Step],
) -> None:
    planned(edition, crowd(3))
    monkeypatch.setattr(room, step, lost(getattr(room, step)))
    assert drain(edition) == Drained(accepted=3)
    assert states(edition) == {"accepted": 3}
    assert (len(post_office.message_ids), post_office.doubles) == (3, [])


@pytest.mark.parametrize(("room", "step"), [(sending, "record_outcome"), (unreachable, "judge_and_give_up")])
def test_a_refusal_is_kept_and_the_others_go_out(
    edition: Edition, post_office: PostOffice, monkeypatch: pytest.MonkeyPatch, room: ModuleType, step: str
) -> None:
    planned(edition, crowd(3))
    post_office.on_rcpt = lambda address: "550 5.1.1 unknown" if "reader2@" in address else None
    monkeypatch.setattr(room, step, lost_after(getattr(room, step)))
    drained = drain(edition)
    assert Suppression.objects.get().address_hash == hash_address("reader2@example.org")
    assert (drained.accepted, drained.failed) == (2, 1)
    assert (states(edition), post_office.doubles) == ({"accepted": 2, "failed": 1}, [])


@pytest.mark.parametrize("lost", [lost_before, lost_after])
def test_who_has_left_meanwhile_is_excluded(
    edition: Edition, post_office: PostOffice, monkeypatch: pytest.MonkeyPatch, lost: Callable[[Step], Step]
) -> None:
    planned(edition, crowd(2))
    Subscriber.objects.filter(email__startswith="reader1@").update(status=Subscriber.Status.UNSUBSCRIBED)
    monkeypatch.setattr(outbox, "mark_excluded", lost(outbox.mark_excluded))
    drain(edition)
    assert states(edition) == {"accepted": 1, "excluded": 1}
