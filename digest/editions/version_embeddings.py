"""Keeps the vectors that an embedding model gives papers, where an operator configured one. Nothing waits for them."""

import time
from collections.abc import Collection
from dataclasses import dataclass, field

from django.conf import settings
from django.db.models import Q, QuerySet

from digest.domain import ProgressCallback, no_progress
from digest.models import Edition, EditionEntry, Feedback, Version, VersionEmbedding
from digest.ranking.text.embedding import quantise
from digest.summaries.jobs import PaperText, SummaryJob
from digest.summaries.llm.budget import CallBooks, ModelUse
from digest.summaries.llm.client import ModelService
from digest.summaries.llm.configured_models import MAX_NAME_LENGTH
from digest.summaries.llm.embedding_client import (
    MAX_TEXTS_PER_CALL,
    configured_embedder,
    estimate_cost,
    request_embeddings,
)
from digest.summaries.llm.errors import ModelError

# By which calls for vectors are told from those for summaries in the table of calls.
CALL_KIND = "embedding"

# The service is asked no more after so many failures, one after the other.
MAX_FAILURES_IN_A_ROW = 2

# How long the preparation of a day waits for vectors.
MAX_SECONDS = 300.0

VERSIONS_PER_QUERY = 500


@dataclass(slots=True)
class EmbeddedCounts:
    stored: int = 0
    # Papers still without a vector.
    left: int = 0
    # Why there are papers left, if so.
    problem: str = ""
    use: ModelUse = field(default_factory=ModelUse)


def fill_embeddings(
    versions: QuerySet[Version], tick: ProgressCallback = no_progress, *, seconds: float = MAX_SECONDS
) -> EmbeddedCounts:
    """Ask for the vectors that *versions* lack, the newest first, and return counts. Without a model nothing is done.

    Each answer is stored by itself: after a kill the same call goes on where it stopped. No call begins after
    *seconds*.
    """
    counts = EmbeddedCounts()
    service = configured_embedder()
    if service is None:
        return counts
    lacking = versions.filter(Q(embedding=None) | ~Q(embedding__model=_model_name()))
    total = lacking.count()
    try:
        _ask_for_all(service, lacking, counts, tick, time.monotonic() + seconds)
    finally:
        service.close()
    counts.left = max(0, total - counts.stored)
    return counts


def find_compared_versions(edition: Edition) -> QuerySet[Version]:
    """Return the papers of an edition, and those that readers marked: these are compared with each other."""
    of_edition = EditionEntry.objects.of_the_day().filter(edition=edition).values("version")
    return Version.objects.filter(Q(pk__in=of_edition) | Q(paper__in=Feedback.objects.values("paper")))


def load_embeddings(version_ids: Collection[int]) -> dict[int, bytes]:
    """Return the stored vectors of the configured model by version; empty without a model, and then without a query."""
    if not settings.OPENAI_EMBEDDING_MODEL:
        return {}
    found: dict[int, bytes] = {}
    ids = sorted(set(version_ids))
    for start in range(0, len(ids), VERSIONS_PER_QUERY):
        rows = VersionEmbedding.objects.filter(version__in=ids[start : start + VERSIONS_PER_QUERY], model=_model_name())
        found |= {version: bytes(content) for version, content in rows.values_list("version_id", "content")}
    return found


def _ask_for_all(
    service: ModelService, lacking: QuerySet[Version], counts: EmbeddedCounts, tick: ProgressCallback, deadline: float
) -> None:
    books, failures, total = CallBooks(counts.use), 0, lacking.count()
    last: int | None = None
    tick(0, total)
    while True:
        rest = lacking if last is None else lacking.filter(pk__lt=last)
        chunk = list(rest.order_by("-pk").values_list("pk", "title", "abstract")[:MAX_TEXTS_PER_CALL])
        if not chunk:
            return
        if time.monotonic() > deadline:
            counts.problem = "the time for vectors is over"
            return
        texts = [f"{title}\n\n{abstract}" for _, title, abstract in chunk]
        # One row for the call, with the first of its papers.
        job = SummaryJob(chunk[0][0], "", PaperText(chunk[0][1], ""))
        row = books.open(job, service.model[:MAX_NAME_LENGTH], CALL_KIND, estimate_cost(service, texts))
        if isinstance(row, str):
            counts.problem = row
            return
        reply = request_embeddings(service, texts)
        if isinstance(reply, ModelError):
            books.failed(row, reply)
            counts.problem, failures = reply.reason, failures + 1
            if reply.fatal or failures >= MAX_FAILURES_IN_A_ROW:
                return
        else:
            books.answered(row, reply.use)
            _store([version for version, _, _ in chunk], [quantise(vector) for vector in reply.vectors])
            counts.stored += len(chunk)
            failures = 0
        last = chunk[-1][0]
        tick(counts.stored, total)


def _store(versions: Collection[int], vectors: Collection[bytes]) -> None:
    VersionEmbedding.objects.bulk_create(
        [
            VersionEmbedding(version_id=version, model=_model_name(), content=vector)
            for version, vector in zip(versions, vectors, strict=True)
        ],
        update_conflicts=True,
        update_fields=["model", "content"],
        unique_fields=["version"],
    )


def _model_name() -> str:
    return str(settings.OPENAI_EMBEDDING_MODEL)[:MAX_NAME_LENGTH]
