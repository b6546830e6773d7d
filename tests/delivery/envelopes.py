"""Envelopes, and what becomes of them on the way."""

from collections.abc import Callable, Sequence

from digest.delivery.outcomes.classify import Outcome
from digest.delivery.transports.envelope import Envelope
from digest.delivery.transports.smtp_pool import SmtpPool
from tests.delivery.letters import letter

SENDER = b"letters@post.example"


def envelope(number: int, text: str = "Attention.\n") -> Envelope:
    to = f"reader{number}@example.org"
    return Envelope(number, letter(f"<{number}@post.example>", to, text=text), SENDER, to.encode())


def carried(
    pool: SmtpPool, envelopes: Sequence[Envelope], wanted: Callable[[], bool] = lambda: True
) -> dict[int, Outcome]:
    pool.open()
    return {each.key: outcome for each, outcome in pool.send_all(envelopes, wanted)}
