"""A client that is in a hurry, and what it is told."""

from digest.sources.http.client import HttpAnswer, PoliteClient, Politeness, user_agent
from tests.sources.clock import Clock

HASTY = Politeness(delay=0, backoff=0, attempts=3, connect=1, read=1, deadline=10)
SLOW = Politeness(delay=3, backoff=0, attempts=3)


def polite(manners: Politeness = HASTY, clock: Clock | None = None) -> PoliteClient:
    clock = clock or Clock()
    return PoliteClient(user_agent("hello@post.example"), manners, sleep=clock.sleep, clock=clock.read)


def body(answer: HttpAnswer) -> bytes:
    return answer.body


def get(url: str, manners: Politeness = HASTY, clock: Clock | None = None) -> bytes:
    with polite(manners, clock) as client:
        return client.get(url, body)
