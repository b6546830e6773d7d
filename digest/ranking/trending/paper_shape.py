"""Counts what a paper's title, abstract, links and categories look like, without its words and names: integers."""

import re
from collections.abc import Mapping, Sequence

from digest.ranking.trending.described_paper import DescribedPaper
from subscriptions.filters.language import tokens

# A paper submitted so many numbers before the day's last one, or longer ago, is an old one.
MAX_IDS_FROM_LAST = 5000
MAX_AUTHORS_COUNTED = 100

# In these, papers get votes often or hardly ever: 2 for the primary category, 1 for a further one.
VOTED_CATEGORIES = (
    *("cs.CV", "cs.CL", "cs.LG", "cs.AI", "cs.RO", "cs.SD", "cs.IR", "cs.SE", "cs.CR", "cs.MA", "cs.GR", "cs.HC"),
    *("cs.MM", "eess.AS", "eess.IV", "stat.ML"),
)

_NEW_ID = re.compile(r"(\d\d)(\d\d)\.(\d{4,5})")
# What abstracts say of code, data and pages, in small letters.
_PHRASES: Mapping[str, Sequence[str]] = {
    "github": ("github.com",),
    "github_io": ("github.io",),
    "huggingface": ("huggingface", "hf.co"),
    "link": ("http",),
    "project_page": ("project page", "project website"),
    "release": ("open-source", "open source", "release"),
    "state_of_the_art": ("state-of-the-art",),
}


def count_shape(paper: DescribedPaper) -> dict[str, int]:
    """Return by name what is counted in a paper, the same names for every paper."""
    before_colon = paper.title.partition(":")[0] if ":" in paper.title else ""
    abstract = paper.abstract.lower()
    places = {code: place for place, code in reversed(list(enumerate(paper.categories)))}
    return {
        "authors": min(MAX_AUTHORS_COUNTED, len(paper.authors)),
        "categories": len(paper.categories),
        "cs_categories": sum(code.startswith("cs.") for code in paper.categories),
        "title_words": len(paper.title.split()),
        "words_before_colon": len(before_colon.split()),
        "letters_before_colon": len(before_colon),
        "capitals_before_colon": sum(letter.isupper() for letter in before_colon),
        "question": int("?" in paper.title),
        "number_in_title": int(any(map(str.isdigit, paper.title))),
        "abstract_words": len(tokens(paper.abstract)),
        "sentences": paper.abstract.count(". "),
        "digits": sum(map(str.isdigit, paper.abstract)),
        "percents": paper.abstract.count("%"),
        "formulas": paper.abstract.count("$") // 2,
        "code_available": int("code" in abstract and "available" in abstract),
        **{name: int(any(each in abstract for each in phrases)) for name, phrases in _PHRASES.items()},
        **{code: 0 if code not in places else 1 if places[code] else 2 for code in VOTED_CATEGORIES},
    }


def count_ids_from_last(arxiv_ids: Sequence[str]) -> list[int]:
    """Return for each paper of a day how many numbers before the day's last one its arXiv id is.

    Authors who hope for readers hand in shortly before the deadline, to stand at one end of the listing.
    """
    numbers = [_parse_number(each) for each in arxiv_ids]
    last_of_month: dict[int, int] = {}
    for month, number in filter(None, numbers):
        last_of_month[month] = max(number, last_of_month.get(month, 0))
    last_month = max(last_of_month, default=0)
    counts = []
    for each in numbers:
        if each is None or each[0] < last_month - 1:
            counts.append(MAX_IDS_FROM_LAST)
            continue
        month, number = each
        later = last_of_month[last_month] if month < last_month else 0
        counts.append(min(MAX_IDS_FROM_LAST, later + last_of_month[month] - number))
    return counts


def _parse_number(arxiv_id: str) -> tuple[int, int] | None:
    """Return the month, counted from January 2000, and the number in it; None for ids from before April 2007."""
    if not (parsed := _NEW_ID.fullmatch(arxiv_id)):
        return None
    return int(parsed[1]) * 12 + int(parsed[2]), int(parsed[3])
