"""Every client of arXiv shares one lock with all others."""

from collections.abc import Callable, Mapping

import pytest

from digest.ingest.service_lock import ServiceLock
from digest.ingest.source_factory import open_arxiv, open_oai
from digest.sources.arxiv.api import ArxivApi
from digest.sources.arxiv.oai import ArxivOai
from digest.sources.arxiv.rss import ArxivRss

OPENED: Mapping[str, Callable[[], ArxivRss | ArxivApi | ArxivOai]] = {
    "listings": lambda: open_arxiv().rss,
    "API": lambda: open_arxiv().api,
    "OAI-PMH": open_oai,
}


@pytest.mark.parametrize("name", OPENED)
def test_every_client_of_arxiv_shares_the_lock(name: str) -> None:
    assert isinstance(OPENED[name]().request_lock, ServiceLock)


def test_endpoints_pause_alone_and_share_one_pace() -> None:
    opened = [open_client().request_lock for open_client in OPENED.values()]
    locks = [lock for lock in opened if isinstance(lock, ServiceLock)]
    assert len({lock._endpoint for lock in locks}) == 3
    assert {lock._name for lock in locks} == {"arxiv"}
