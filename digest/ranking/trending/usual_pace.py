"""How fast papers of an archive, such as cs, usually get votes, comments and stars: those with few are heard too."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import NamedTuple

# Nobody votes at once: a paper counts as so many hours older, so that one early vote is no sensation.
HEAD_START_HOURS = 12
HOURS_PER_DAY = 24

# What a day brings a paper that has any, where nothing is known yet; it counts as so many papers of each archive.
DEFAULT_PACE: Mapping[str, float] = {"upvotes": 10.0, "comments": 1.0, "stars": 100.0}
DEFAULT_WEIGHT = 10


class PaceOfPaper(NamedTuple):
    """What an earlier paper got a day, of one kind of signal."""

    archive: str
    kind: str
    pace: float


class UsualPace:
    """The mean pace of the papers of each archive that got something, by kind of signal."""

    def __init__(self, paces: Iterable[PaceOfPaper] = ()) -> None:
        found: defaultdict[tuple[str, str], list[float]] = defaultdict(list)
        for each in paces:
            found[each.archive, each.kind].append(each.pace)
        self._means = {
            (archive, kind): (DEFAULT_WEIGHT * DEFAULT_PACE[kind] + sum(sorted(paces))) / (DEFAULT_WEIGHT + len(paces))
            for (archive, kind), paces in found.items()
            if kind in DEFAULT_PACE
        }

    def of(self, archive: str, kind: str) -> float:
        """Return what a day usually brings a paper of the archive, more than 0. Raises KeyError for an unknown kind."""
        return self._means.get((archive, kind), DEFAULT_PACE[kind])


def pace(value: int, hours: float) -> float:
    """Return what a day brings a paper that got *value* in its first *hours*."""
    return max(0, value) * HOURS_PER_DAY / (HEAD_START_HOURS + max(0.0, hours))


def archive_of(category: str) -> str:
    """Return the archive of a category: `cs` of cs.LG."""
    return category.partition(".")[0]
