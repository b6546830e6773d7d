"""What other programs read in our files is what stands in them."""

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from tests.ranking.papers import paper
from tests.references import samples
from tests.references.read_back import differences
from tests.web.references.test_names import CASES as NAMES
from tests.web.references.test_titles import CASES as TITLES

WORD = st.text(alphabet="abcdefgABCDEFGäöüéčłñøßŞ-'", min_size=1, max_size=8).filter(
    lambda word: word.strip("-'") != ""
)
NAME = st.lists(WORD, min_size=1, max_size=4).map(" ".join)
TITLE = st.lists(st.sampled_from(("$α_1$", "$x^2$", "5%", "R&D", "#1", "Bose–Einstein", "\\$5", "Łódź", "a", "the")))


def test_titles_and_names_come_back() -> None:
    names = tuple(raw for raw, _, _ in NAMES if raw != "李明")  # transliterated
    found = [paper(raw, authors=names, arxiv_id=f"2601.{place:05}") for place, (raw, _, _) in enumerate(TITLES)]
    assert list(differences(found)) == []


@given(TITLE.map(" ".join), st.lists(NAME, min_size=1, max_size=4))
def test_any_title_and_names_come_back(title: str, names: list[str]) -> None:
    assert list(differences([paper(title or "Untitled", authors=tuple(names))])) == []


def test_real_papers_come_back(shared_data: Path, many: int) -> None:
    assert list(differences(samples.real_papers(shared_data, 300))) == []
