"""Finds the stored papers of an author, by the name as papers write it: small letters, accents and TeX aside."""

from collections import defaultdict
from functools import reduce

import numpy as np

from digest.editions.first_days import load_first_days
from digest.models import Version
from digest.ranking.search.paper_terms import MAX_TERM_LENGTH, PLACES_PER_AUTHOR, PLACES_PER_PAPER
from digest.ranking.search.postings import NO_POSTINGS
from digest.search.lookup import DatabaseIndex
from subscriptions.filters.person_names import split_name

# Of a name that more papers have, or with which the names of more begin, the ones that were stored last are looked at.
MAX_CANDIDATES = 300


def find_papers_of_author(name: str) -> list[int]:
    """Return the newest versions of the papers whose authors have this name, what came out last first.

    It takes four queries. Different people of one name are not told apart.
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
    found = found[np.isin(found // PLACES_PER_PAPER, papers)]
    numbers: defaultdict[int, list[int]] = defaultdict(list)
    for pk, place in zip(index.versions(found // PLACES_PER_PAPER), (found % PLACES_PER_PAPER).tolist(), strict=True):
        numbers[pk].append(place // PLACES_PER_AUTHOR)
    candidates = Version.objects.filter(pk__in=numbers)
    # A name that begins with this one is another: the index does not say where names end. Of thousands of authors, the
    # ones are read of whom the index says that their names begin so.
    matching = [
        pk
        for pk, authors in candidates.values_list("pk", "authors")
        if any(split_name(author) == parts for number in numbers[pk] for author in authors[number : number + 1])
    ]
    days = load_first_days(Version.objects.filter(pk__in=matching))
    return sorted(matching, key=lambda pk: (days[pk], pk), reverse=True)
