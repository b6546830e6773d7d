"""Finds the stored papers of an author, by the name as papers write it: small letters, accents and TeX aside."""

from functools import reduce

import numpy as np
from django.db.models.functions import Coalesce

from digest.models import Version
from digest.ranking.search.paper_terms import MAX_TERM_LENGTH, PLACES_PER_AUTHOR, PLACES_PER_PAPER
from digest.ranking.search.postings import NO_POSTINGS
from digest.search.lookup import DatabaseIndex
from subscriptions.filters.person_names import split_name

# Of a name that more papers have, the ones that were stored last are looked at.
MAX_CANDIDATES = 1000


def find_papers_of_author(name: str) -> list[int]:
    """Return the newest versions of the papers whose authors have this name, what came out last first.

    It takes three queries. Different people of one name are not told apart.
    """
    parts = split_name(name)
    indexed = parts[:PLACES_PER_AUTHOR]
    if not indexed:
        return []
    index = DatabaseIndex()
    terms = [f"author:{part}"[:MAX_TERM_LENGTH] for part in indexed]
    postings = index.by_term(terms)
    # The places of first parts that all the others follow.
    found = reduce(np.intersect1d, [postings.get(term, NO_POSTINGS) - at for at, term in enumerate(terms)])
    found = found[found % PLACES_PER_AUTHOR == 0]
    papers = np.unique(found // PLACES_PER_PAPER)
    papers = papers[index.lengths[papers] > 0][-MAX_CANDIDATES:]
    candidates = Version.objects.filter(pk__in=index.versions(papers)).order_by(
        Coalesce("published", "created_at").desc(), "-pk"
    )
    # A name that begins with this one is another: the index does not say where names end.
    return [
        pk
        for pk, authors in candidates.values_list("pk", "authors")
        if any(split_name(author) == parts for author in authors)
    ]
