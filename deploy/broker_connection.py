"""A look at the broker from outside of Celery: whether it answers, and how many tasks wait in it."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.conf import settings
from kombu import Connection, Queue
from kombu.exceptions import ChannelError, KombuError

from deploy.broker import QUEUES

BROKER_TIMEOUT_SECONDS = 2


@contextmanager
def open_broker() -> Iterator[Connection]:
    """Open a connection to the broker for a moment. Raises OSError or KombuError if it cannot be reached soon."""
    options = dict(settings.CELERY_BROKER_TRANSPORT_OPTIONS)
    if settings.CELERY_BROKER_URL.startswith("redis"):
        # By itself it waits without end for a server that says nothing, whatever `connect_timeout` is.
        options |= {"socket_timeout": BROKER_TIMEOUT_SECONDS, "socket_connect_timeout": BROKER_TIMEOUT_SECONDS}
    with Connection(
        settings.CELERY_BROKER_URL,
        transport=settings.CELERY_BROKER_TRANSPORT,
        transport_options=options,
        connect_timeout=BROKER_TIMEOUT_SECONDS,
    ) as broker:
        broker.ensure_connection(max_retries=1, interval_start=0, timeout=BROKER_TIMEOUT_SECONDS)
        yield broker


def count_queued() -> dict[str, int]:
    """Return how many tasks wait in each queue; nothing if the broker is away."""
    counts: dict[str, int] = {}
    try:
        with open_broker() as broker, broker.channel() as channel:
            for queue in QUEUES:
                try:
                    declared = Queue(queue, channel=channel).queue_declare(passive=True)
                    counts[queue] = declared.message_count  # type: ignore[union-attr]  # a named tuple, whatever kombu says
                except ChannelError:  # an empty queue is not there
                    counts[queue] = 0
    except (OSError, KombuError):
        return {}
    return counts
