"""arXiv's categories."""

import json
import lzma
from pathlib import Path

import pytest

from subscriptions.taxonomy.categories import (
    CATEGORIES,
    EVERYDAY_WORDS,
    GROUPS,
    OTHER_NAMES,
    PRESETS,
    canonical,
    expand,
    is_archive,
    suggest,
)
from subscriptions.taxonomy.table import ALIASES, FORMER_ARCHIVES


def test_there_are_155_categories_in_8_groups() -> None:
    assert (len(CATEGORIES), len(GROUPS)) == (155, 8)
    assert all(category.code == code and category.name for code, category in CATEGORIES.items())
    assert {category.group for category in CATEGORIES.values()} == {group.key for group in GROUPS}


def test_nothing_is_offered_twice() -> None:
    offered = [category.code for group in GROUPS for category in group.categories]
    assert len(offered) == len(set(offered)) == 155 - len(ALIASES)
    assert not set(offered) & set(ALIASES)


def test_an_alias_leads_to_a_category_that_is_offered() -> None:
    assert {"math.IT": "cs.IT", "math.MP": "math-ph", "stat.TH": "math.ST"}.items() <= ALIASES.items()
    targets = {*ALIASES.values(), *FORMER_ARCHIVES.values()}
    assert targets <= {category.code for group in GROUPS for category in group.categories}


@pytest.mark.parametrize(
    ("written", "code"),
    [("cs.LG", "cs.LG"), (" CS.lg ", "cs.LG"), ("math.IT", "cs.IT"), ("stat.th", "math.ST"), ("cmp-lg", "cs.CL")],
)
def test_a_category_has_one_code_however_it_is_written(written: str, code: str) -> None:
    assert canonical(written) == code


@pytest.mark.parametrize("written", ["", "cs", "cs.", "cs.XX", "physics", "nonsense"])
def test_what_is_no_category_has_no_code(written: str) -> None:
    assert canonical(written) is None


def test_an_archive_stands_for_all_its_categories() -> None:
    assert len(expand("CS")) == 40
    assert "cs.IT" in expand("math")
    assert "math.IT" not in expand("math")
    assert expand("hep-th") == ("hep-th",)
    assert expand("math.MP") == ("math-ph",)
    assert expand("nonsense") == ()
    assert is_archive("cs")
    assert not is_archive("hep-th")


def test_a_misspelt_category_is_guessed() -> None:
    assert suggest("LG")[0] == "cs.LG"
    assert "stat.ML" in suggest("ml")
    assert "cs.RO" in suggest("robotics")
    assert "astro-ph.GA" in suggest("astroph.GA")
    assert suggest("") == suggest("@@@@") == ()


def test_everyday_words_and_aliases_lead_to_categories_that_are_offered() -> None:
    assert len(EVERYDAY_WORDS) >= 150
    offered = {category.code for group in GROUPS for category in group.categories}
    assert {code for codes in EVERYDAY_WORDS.values() for code in codes} <= offered
    assert all(said == said.lower().strip() for said in EVERYDAY_WORDS)
    assert suggest("nlp")[0] == "cs.CL"
    assert suggest("Neuroscience")[0] == "q-bio.NC"
    assert {"cs.NA", "numerical analysis"} <= {*OTHER_NAMES["math.NA"]}


def test_a_guess_stays_in_the_archive_that_was_written() -> None:
    for wrong in ("cs.XX", "math.QQ", "astro-ph.XX"):
        archive = wrong.partition(".")[0]
        assert [code.partition(".")[0] for code in suggest(wrong)] == [archive] * 3


def test_the_presets_are_eight_and_hold_offered_categories_only() -> None:
    assert len({preset.key for preset in PRESETS}) == len({preset.label for preset in PRESETS}) == 8
    for preset in PRESETS:
        assert preset.categories
        assert all(canonical(code) == code for code in preset.categories)


@pytest.mark.data
def test_every_category_of_two_months_of_real_papers_is_known(shared_data: Path) -> None:
    seen: set[str] = set()
    for name in sorted((shared_data / "papers").glob("*.jsonl.xz")):
        with lzma.open(name, "rt", encoding="utf-8") as lines:
            for line in lines:
                seen.update(json.loads(line)["categories"])
    assert len(seen) > 140
    assert not {code for code in seen if canonical(code) is None}
