"""Opens the source that `--source` names, and says which day is meant when none is named."""

from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path

from django.conf import settings

from digest.domain import Source
from digest.infra.operator_contact import operator_contact
from digest.ingest.arxiv import ArxivSource
from digest.ingest.service_lock import ServiceLock
from digest.sources.arxiv.announcement_schedule import EASTERN
from digest.sources.arxiv.api import ArxivApi
from digest.sources.arxiv.oai import ArxivOai
from digest.sources.arxiv.rss import ArxivRss
from digest.sources.files.detect import open_paths
from digest.sources.files.sample import SampleSource


def open_source(names: Sequence[str]) -> Source:
    """Return the source of these names: `arxiv`, `sample`, or paths of files.

    Raises SourceUnavailable when a file is missing or not understood.
    """
    if list(names) == ["arxiv"]:
        return open_arxiv()
    if list(names) == ["sample"]:
        return SampleSource()
    return open_paths([Path(name) for name in names])


def open_arxiv() -> ArxivSource:
    rss = ArxivRss(settings.ARXIV_RSS_URL, contact=operator_contact(), request_lock=ServiceLock(endpoint="rss"))
    api = ArxivApi(settings.ARXIV_API_URL, contact=operator_contact(), request_lock=ServiceLock(endpoint="api"))
    return ArxivSource(rss, api, today=listing_day)


def open_oai() -> ArxivOai:
    return ArxivOai(settings.ARXIV_OAI_URL, contact=operator_contact(), request_lock=ServiceLock(endpoint="oai"))


def listing_day() -> date:
    """Return today's date where arXiv dates its listings: in US Eastern time."""
    return datetime.now(EASTERN).date()
