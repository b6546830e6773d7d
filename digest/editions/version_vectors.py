"""Stores the vectors of papers' texts and loads them in bulk. What is missing is computed from the text."""

import logging
from collections.abc import Collection
from dataclasses import replace

from django.db.models import Q, QuerySet

from digest.domain import ProgressCallback, no_progress
from digest.editions.version_embeddings import load_embeddings
from digest.models import Version, VersionVector
from digest.ranking.text.paper_vector import VECTOR_FORMAT, PaperVector, make_vector
from digest.ranking.text.term_rarity import load_shipped_rarity

VERSIONS_PER_CHUNK = 500

log = logging.getLogger(__name__)


def fill_vectors(versions: QuerySet[Version], tick: ProgressCallback = no_progress) -> int:
    """Store the vectors that *versions* lack, and return how many there were.

    Each chunk is stored by itself: after a kill the same call goes on where it stopped.
    """
    lacking = versions.filter(Q(vector=None) | ~Q(vector__format=VECTOR_FORMAT))
    rarity, done, total = load_shipped_rarity(), 0, lacking.count()
    while chunk := list(lacking.order_by("pk").values_list("pk", "title", "abstract")[:VERSIONS_PER_CHUNK]):
        VersionVector.objects.bulk_create(
            [
                VersionVector(
                    version_id=pk, format=VECTOR_FORMAT, content=make_vector(title, abstract, rarity).to_bytes()
                )
                for pk, title, abstract in chunk
            ],
            update_conflicts=True,
            update_fields=["format", "content"],
            unique_fields=["version"],
        )
        done += len(chunk)
        tick(done, max(done, total))
    return done


def load_vectors(version_ids: Collection[int]) -> dict[int, PaperVector]:
    """Return vectors by version, with those of an embedding model, if there are any.

    Those that are not stored, or whose bytes are damaged, are computed, and not stored.
    """
    found: dict[int, PaperVector] = {}
    wanted = sorted(set(version_ids))
    for start in range(0, len(wanted), VERSIONS_PER_CHUNK):
        ids = wanted[start : start + VERSIONS_PER_CHUNK]
        stored = VersionVector.objects.filter(version__in=ids, format=VECTOR_FORMAT).values_list(
            "version_id", "content"
        )
        for pk, content in stored:
            try:
                found[pk] = PaperVector.from_bytes(bytes(content))
            except ValueError as error:
                log.warning("The stored vector of version %d is damaged: %s", pk, error)
        if lacking := [pk for pk in ids if pk not in found]:
            texts = Version.objects.filter(pk__in=lacking).values_list("pk", "title", "abstract")
            found |= {pk: make_vector(title, abstract, load_shipped_rarity()) for pk, title, abstract in texts}
    for pk, embedding in load_embeddings(found).items():
        found[pk] = replace(found[pk], embedding=embedding)
    return found
