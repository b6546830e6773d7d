"""arXiv's categories, as arXiv lists them at https://arxiv.org/category_taxonomy: 155 codes, six of them aliases."""

from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

from subscriptions.taxonomy.table import ALIASES, FORMER_ARCHIVES, TABLE


@dataclass(frozen=True, slots=True)
class Category:
    """A category of arXiv, under arXiv's own name."""

    code: str
    name: str
    # The key of its group.
    group: str


@dataclass(frozen=True, slots=True)
class Group:
    """A field of research, such as physics."""

    key: str
    name: str
    # Those to choose from: the aliases are left out, so that nothing is offered twice.
    categories: tuple[Category, ...]


@dataclass(frozen=True, slots=True)
class Preset:
    """A field of work that one click subscribes to."""

    key: str
    label: str
    categories: tuple[str, ...]


# All 155 by code, in arXiv's order, the aliases included.
CATEGORIES: Mapping[str, Category] = {
    code: Category(code, name, key) for key, _, listing in TABLE for code, name in listing
}

GROUPS: tuple[Group, ...] = tuple(
    Group(key, name, tuple(CATEGORIES[code] for code, _ in listing if code not in ALIASES))
    for key, name, listing in TABLE
)

PRESETS: tuple[Preset, ...] = (
    Preset("machine-learning", "Machine learning", ("cs.LG", "stat.ML", "cs.AI", "cs.NE")),
    Preset("language", "Language and speech", ("cs.CL", "cs.IR", "cs.SD", "eess.AS")),
    Preset("vision", "Vision and robotics", ("cs.CV", "cs.RO", "eess.IV", "cs.GR")),
    Preset("computing", "Software, systems and security", ("cs.SE", "cs.PL", "cs.DC", "cs.CR", "cs.DB")),
    Preset("theory", "Theory and algorithms", ("cs.DS", "cs.CC", "cs.IT", "cs.GT", "math.CO", "math.OC")),
    Preset("quantum", "Quantum and matter", ("quant-ph", "cond-mat.mes-hall", "cond-mat.str-el", "cond-mat.supr-con")),
    Preset("universe", "Particles and the universe", ("astro-ph.CO", "astro-ph.GA", "gr-qc", "hep-ph", "hep-th")),
    Preset(
        "life", "Life sciences and statistics", ("q-bio.BM", "q-bio.GN", "q-bio.NC", "q-bio.QM", "stat.ME", "stat.AP")
    ),
)


def _read_everyday_words() -> dict[str, tuple[str, ...]]:
    """Return by words that people say for a field, such as `nlp`, the categories that hold it."""
    lines = Path(__file__).with_name("everyday_words.txt").read_text(encoding="ascii").splitlines()
    rows = (line.partition(": ") for line in lines if line and not line.startswith("#"))
    return {said: tuple(codes.split()) for said, _, codes in rows}


EVERYDAY_WORDS: Mapping[str, tuple[str, ...]] = _read_everyday_words()


def _collect_other_names() -> dict[str, tuple[str, ...]]:
    names: dict[str, list[str]] = {}
    for alias, code in ALIASES.items():
        names.setdefault(code, []).append(alias)
    for said, codes in EVERYDAY_WORDS.items():
        for code in codes:
            names.setdefault(code, []).append(said)
    return {code: tuple(each) for code, each in names.items()}


# By code what else finds a category: its alias and everyday words.
OTHER_NAMES: Mapping[str, tuple[str, ...]] = _collect_other_names()

_BY_LOWER: Mapping[str, str] = {
    **{code.lower(): ALIASES.get(code, code) for code in CATEGORIES},
    **FORMER_ARCHIVES,
}


def _group_by_archive() -> dict[str, tuple[str, ...]]:
    """Return every archive (the part before the dot) with its categories, aliases merged: `math` holds cs.IT too."""
    archives: dict[str, dict[str, None]] = {}
    for code in CATEGORIES:
        archives.setdefault(code.partition(".")[0].lower(), {})[ALIASES.get(code, code)] = None
    return {archive: tuple(codes) for archive, codes in archives.items()}


_ARCHIVES: Mapping[str, tuple[str, ...]] = _group_by_archive()


def canonical(code: str) -> str | None:
    """Return the one code of a category, in any case: `MATH.it` gives `cs.IT`. None for what is no category (`cs`)."""
    return _BY_LOWER.get(code.strip().lower())


def expand(code: str) -> tuple[str, ...]:
    """Return the categories that a code stands for: itself, or all of an archive (`cs`, `math`); none when unknown."""
    lower = code.strip().lower()
    if category := _BY_LOWER.get(lower):
        return (category,)
    return _ARCHIVES.get(lower, ())


def is_archive(code: str) -> bool:
    """Return whether the code stands for an archive of several categories, such as `cs`; `hep-th` is a category."""
    lower = code.strip().lower()
    return lower in _ARCHIVES and lower not in _BY_LOWER


def suggest(text: str, count: int = 3) -> tuple[str, ...]:
    """Return up to *count* codes that *text* may mean: by everyday words, the part after the dot, spelling, or name.

    What is written with an archive (`cs.XX`) is looked for in that archive first.
    """
    lower = text.strip().lower()
    if not lower:
        return ()
    by_suffix = [code for code in CATEGORIES if code.lower().endswith((f".{lower}", f"-{lower}"))]
    by_spelling = [_BY_LOWER[near] for near in get_close_matches(lower[:40], _BY_LOWER, count, 0.6)]
    by_name = [code for code, category in CATEGORIES.items() if len(lower) > 2 and lower in category.name.lower()]
    by_archive: list[str] = []
    archive, dot, _ = lower.partition(".")
    if dot:
        own = {code.lower(): code for code in _ARCHIVES.get(archive, ()) if code.lower().startswith(f"{archive}.")}
        by_archive = [own[near] for near in get_close_matches(lower[:40], own, count, 0.6)]
    said = EVERYDAY_WORDS.get(lower, ())
    codes = dict.fromkeys(ALIASES.get(code, code) for code in (*by_suffix, *said, *by_archive, *by_spelling, *by_name))
    return tuple(codes)[:count]
