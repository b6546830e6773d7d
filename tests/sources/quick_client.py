"""A client that makes no pauses, and the answers that it gets."""

from digest.sources.http.client import HttpAnswer, PoliteClient, Politeness, user_agent
from tests.sources.clock import Clock

HASTY = Politeness(delay=0, initial_backoff=0, max_attempts=3, connect_timeout=1, read_timeout=1, deadline=10)
SLOW = Politeness(delay=3, initial_backoff=0, max_attempts=3)


def polite(politeness: Politeness = HASTY, clock: Clock | None = None) -> PoliteClient:
    clock = clock or Clock()
    return PoliteClient(user_agent("hello@post.example"), politeness, sleep=clock.sleep, clock=clock.read)


def body(answer: HttpAnswer) -> bytes:
    return answer.body


def get(url: str, politeness: Politeness = HASTY, clock: Clock | None = None) -> bytes:
    with polite(politeness, clock) as client:
        return client.get(url, body)
