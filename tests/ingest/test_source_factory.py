"""Whoever is opened for arXiv asks in turn with all others."""

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
def test_every_client_of_arxiv_takes_turns(name: str) -> None:
    turn = OPENED[name]().turn
    assert isinstance(turn, ServiceLock)


def test_each_door_can_be_closed_alone_while_all_share_one_pace() -> None:
    turns = [opened().turn for opened in OPENED.values()]
    found = [turn for turn in turns if isinstance(turn, ServiceLock)]
    assert len({turn._door for turn in found}) == 3
    assert {turn._name for turn in found} == {"arxiv"}
