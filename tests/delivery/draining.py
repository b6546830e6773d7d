"""A drain of small letters, at a time of the test's own."""

from datetime import datetime
from typing import Any

from digest.delivery import drain as sending
from digest.delivery.drain import Drained
from digest.models import Edition
from tests.delivery.letters import TinyRenderer
from tests.delivery.outbox_rows import NOW


def drain(edition: Edition, *, at: datetime = NOW, **options: Any) -> Drained:
    return sending.drain(edition, options.pop("renderer", TinyRenderer()), now=lambda: at, **options)
