"""What the dearest filters cost: `python -m tests.benchmarks.filters`. Prints figures and ratios of one run.

Every kind of filter is filled with the day's most frequent words, beginnings and initials up to what one filter may
hold. All times are of a processor. Ends with 1 where a ratio is over its goal.
"""

import random
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from itertools import pairwise, product
from statistics import mean, median
from typing import Any

from tests.benchmarks import population

# How many plain words of the same day the dearest filter may cost.
MAX_PLAIN_WORDS = 200
# What readers with nothing but dear filters may add to a day's planning.
DEAR_READERS, MAX_SHARE_OF_PLANNING = 4, 0.5
READERS = 2_000
FILTERS_OF_A_KIND = 200
# Each time is the least of so many days that never saw the filter.
ROUNDS = 3
# A day has some papers of large experiments, signed with initials.
COLLABORATIONS, MEMBERS = 3, 3_000

Papers = Sequence[Any]


def main() -> int:
    population.set_up()
    from digest.ranking.matching.day_index import DayIndex

    papers = make_day()
    built = cpu_seconds(lambda: DayIndex(papers))
    word = median(measure(papers, plain_words(papers)))
    print(f"{len(papers)} papers: their index takes {built:.2f} s, a plain word {word * 1e6:.0f} µs\n")
    print(f"{'kind':24}{'mean µs':>9}{'worst µs':>10}{'plain words':>13}")
    kinds = make_dear_filters(papers)
    found = {kind: measure(papers, filters) for kind, filters in kinds.items()}
    for kind, seconds in sorted(found.items(), key=lambda each: -max(each[1])):
        print(f"{kind:24}{mean(seconds) * 1e6:9.0f}{max(seconds) * 1e6:10.0f}{max(seconds) / word:13.0f}")
    worst = max(max(seconds) for seconds in found.values()) / word
    dearest = max(found, key=lambda kind: mean(found[kind]))
    share = measure_planning(papers, kinds[dearest])
    print(f"\nworst filter/plain word: {worst:.0f} (goal {MAX_PLAIN_WORDS})")
    print(f"{DEAR_READERS} readers of {dearest!r}/a day's planning: {share:.2f} (goal {MAX_SHARE_OF_PLANNING})")
    return 0 if worst <= MAX_PLAIN_WORDS and share <= MAX_SHARE_OF_PLANNING else 1


def make_day() -> list[Any]:
    """Return a day's papers, some of them of large experiments."""
    from digest.domain import FetchedPaper, PaperRecord

    fetched = [entry for entry in population.read_papers(population.DAY) if isinstance(entry, FetchedPaper)]
    surnames = [name.split()[-1] for entry in fetched for name in entry.authors if name.split()]
    chance = random.Random(5)
    for number in range(COLLABORATIONS):
        initials = [" ".join(f"{letter}." for letter in chance.sample("ABCDEGHJKLMPRST", 2)) for _ in range(MEMBERS)]
        authors = tuple(f"{each} {chance.choice(surnames)}" for each in initials)
        fetched[number] = replace(fetched[number], authors=authors)
    return [
        PaperRecord(
            rank=rank,
            entry_id=rank,
            version_id=rank,
            arxiv_id=each.arxiv_id,
            version=1,
            title=each.title,
            abstract=each.abstract,
            authors=each.authors,
            categories=each.categories,
            section=each.categories[0],
            kind="new",
            score=0.5,
            day=each.day,
        )
        for rank, each in enumerate(fetched)
    ]


def measure(papers: Papers, filters: Sequence[str]) -> list[float]:
    """Return the seconds that each filter takes."""
    from digest.ranking.matching.day_index import DayIndex

    rounds = []
    for _ in range(ROUNDS):
        index = DayIndex(papers)
        rounds.append([cpu_seconds(partial(index.match, text)) for text in filters])
    return [min(each) for each in zip(*rounds, strict=True)]


def measure_planning(papers: Papers, dear: Sequence[str]) -> float:
    """Return what the dear readers add to choosing for a town, as a part of it."""
    from digest.picking.choose import prepare_selection
    from digest.ranking.selection.select import describe_reader
    from subscriptions.filters.language import MAX_FILTERS
    from subscriptions.reader import Reader

    said, chance = population._said(papers), random.Random(4)
    readers = [
        Reader(id=n, email="", categories=(chance.choice(said).category,), filters=population.filters(chance, said))
        for n in range(READERS)
    ]
    for number in range(DEAR_READERS):
        filters = tuple(dear[number * MAX_FILTERS : (number + 1) * MAX_FILTERS])
        readers.append(Reader(id=READERS + number, email="", filters=filters))

    def plan(readers: Sequence[Reader]) -> None:
        prepare_selection(papers, population.DAY).choose(readers, list(map(describe_reader, readers)))

    town = min(cpu_seconds(lambda: plan(readers[:READERS])) for _ in range(ROUNDS))
    all_readers = min(cpu_seconds(lambda: plan(readers)) for _ in range(ROUNDS))
    print(f"\nchoosing for {READERS:,} readers: {town:.2f} s, with the dear ones {all_readers:.2f} s")
    return (all_readers - town) / town


def cpu_seconds(work: Callable[[], object]) -> float:
    start = time.process_time_ns()
    work()
    return (time.process_time_ns() - start) / 1e9


def plain_words(papers: Papers) -> list[str]:
    from subscriptions.filters.language import tokens

    words = {word for paper in papers for word in tokens(paper.title) if word.isalnum() and word.isascii()}
    return random.Random(3).sample(sorted(words), 400)


def make_dear_filters(papers: Papers) -> dict[str, list[str]]:
    """Return filters of every kind that may be dear, all of them allowed."""
    from subscriptions.filters.language import tokens, words

    texts = [tokens(f"{paper.title} . {paper.abstract}") for paper in papers]
    frequent = [word for word, _ in Counter(word for text in texts for word in text).most_common(400)]
    pairs = [" ".join(pair) for pair, _ in Counter(pair for text in texts for pair in pairwise(text)).most_common(1500)]
    three, four = (find_beginnings(texts, length) for length in (3, 4))
    names = Counter(part for paper in papers for name in paper.authors for part in words(name))
    initials = [part for part, _ in names.most_common(14)]
    two_of_them, three_of_them = ([" ".join(each) for each in product(initials, repeat=size)] for size in (2, 3))
    groups = {
        "beginnings, all": (" ", [f"{each}*" for each in three]),
        "beginnings, any": (" OR ", [f"{each}*" for each in three]),
        "beginnings in groups": (" ", ["({}* OR {}* OR {}*)".format(*each) for each in draw_triples(three)]),
        "beginnings left out": (" ", [f"-{each}*" for each in three]),
        "beginnings in abstracts": (" ", [f"abs:{each}*" for each in three]),
        "longer beginnings": (" ", [f"{each}*" for each in four]),
        "two words": (" ", [f'"{pair}"' for pair in pairs]),
        "three words": ("|", [f'"{each}"' for each in find_runs(texts, 3)]),
        "four words": ("|", [f'"{each}"' for each in find_runs(texts, 4)]),
        "pairs that seldom meet": ("|", [f'"{each}"' for each in chain_pairs(texts)]),
        "a word and a beginning": ("|", [f'"{word} {each}*"' for word, each in product(frequent[:12], three[:30])]),
        "a pair and a beginning": ("|", [f'"{pair} {each}*"' for pair, each in product(pairs[:20], three[:20])]),
        "a word twice": ("|", [f'"{word} {word}"' for word in frequent]),
        "two initials": ("|", [f'author:"{each}"' for each in two_of_them]),
        "three initials": ("|", [f'author:"{each}"' for each in three_of_them]),
        "two initials anywhere": ("|", [f'"{each}"' for each in two_of_them]),
        "three initials anywhere": ("|", [f'"{each}"' for each in three_of_them]),
        "a long name": ("|", [f'author:"{each} {" ".join(initials * 8)}"' for each in two_of_them]),
        "a long phrase": ("|", [f'"{" ".join([each] * 12)}"' for each in pairs]),
        "words": ("|", frequent),
        "archives": ("|", [f"cat:{each}" for each in ("math", "physics", "cs", "q-bio", "stat", "eess")] * 40),
        "unknown fields": (" ", [f"{one}{two}x:y" for one, two in product("GHIJKLMNOPQR", "abcdefghijklmnop")]),
        "brackets": ("|", ["(-({} (-{} OR {})))".format(*each) for each in draw_triples(frequent)]),
        "signs of many letters": ("|", [f"{word}\ufdfa" for word in frequent]),
        "Chinese": (" ", ["".join(chr(0x4E00 + number * 7 + place) for place in range(7)) for number in range(600)]),
    }
    return {kind: list(fill_filters(parts, sign)) for kind, (sign, parts) in groups.items()}


def fill_filters(parts: Sequence[str], sign: str) -> Iterator[str]:
    """Yield filters with as many parts as one may have: first the dearest parts, then others."""
    from subscriptions.filters.language import FilterError, parse

    chance = random.Random(9)
    for number in range(FILTERS_OF_A_KIND):
        order = chance.sample(parts, len(parts)) if number else parts
        text = ""
        for part in order:
            longer = f"{text}{sign}{part}" if text else part
            try:
                parse(longer)
            except FilterError:
                break
            text = longer
        yield text


def find_beginnings(texts: Sequence[list[str]], length: int) -> list[str]:
    """Return beginnings of so many letters, those of the most words first."""
    vocabulary = {word for text in texts for word in text if word.isascii() and len(word) >= length}
    counts = Counter(word[:length] for word in vocabulary if word[:length].isalnum())
    return [start for start, _ in counts.most_common(300)]


def find_runs(texts: Sequence[list[str]], length: int) -> list[str]:
    """Return the most frequent phrases of so many words."""
    counts = Counter(" ".join(text[i : i + length]) for text in texts for i in range(len(text) - length + 1))
    return [phrase for phrase, _ in counts.most_common(600)]


def chain_pairs(texts: Sequence[list[str]]) -> list[str]:
    """Return phrases of three words whose both pairs are in many papers: these papers are read."""
    papers_by_pair: defaultdict[tuple[str, str], int] = defaultdict(int)
    for rank, text in enumerate(texts):
        for pair in pairwise(text):
            papers_by_pair[pair] |= 1 << rank
    frequent = sorted(papers_by_pair, key=lambda pair: -papers_by_pair[pair].bit_count())[:250]
    chained = [(*one, other[1]) for one, other in product(frequent, repeat=2) if one[1] == other[0]]
    read = {each: (papers_by_pair[each[:2]] & papers_by_pair[each[1:]]).bit_count() for each in chained}
    return [" ".join(each) for each in sorted(read, key=lambda each: -read[each] / sum(map(len, each)))[:600]]


def draw_triples(parts: Sequence[str]) -> list[list[str]]:
    """Return three parts each time, the dearest first."""
    chance = random.Random(2)
    return [list(parts[:3]), *(chance.sample(parts[:60], 3) for _ in range(300))]


if __name__ == "__main__":
    sys.exit(main())
