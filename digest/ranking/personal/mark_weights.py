"""What a mark of a reader counts, by the place of its paper in the letter: the inverse of how often readers see it."""

# Readers see the first papers of a letter 50 to 80% more often than the others; this is half-way between.
FIRST_PLACES = 3
SEEN_MORE_OFTEN = 1.65

# Weights are counted in so small parts, so that their sums are exact.
WEIGHT_UNIT = 20


def weigh_mark(place: int | None) -> float:
    """Return what a mark counts whose paper stood in this place, from 1; None for one that was in no letter.

    A paper further down is seen more seldom, so a mark of it says more: its weight is the inverse propensity (Joachims
    et al., 2017), in two steps, so that no single mark can count for many. Elsewhere a reader sees all.
    """
    return 1.0 if place is None or place <= FIRST_PLACES else SEEN_MORE_OFTEN
