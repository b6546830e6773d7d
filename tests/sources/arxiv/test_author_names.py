"""Authors on one line, as they were typed, become the names that arXiv's API gives."""

import json
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.sources.arxiv.author_names import parse_author_line, tex_accents_to_unicode


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("Ada Lovelace, Bao Li", ["Ada Lovelace", "Bao Li"]),
        ("Ada Lovelace and Bao Li", ["Ada Lovelace", "Bao Li"]),
        ("A. Lovelace, B. Li, and C. Ng", ["A. Lovelace", "B. Li", "C. Ng"]),
        ("A. Lovelace & B. Li", ["A. Lovelace", "B. Li"]),
        ("Sandy Land, Rand Andrews", ["Sandy Land", "Rand Andrews"]),
        ("Ada Lovelace (MIT, Boston), Bao Li (Paris (Sorbonne), CNRS)", ["Ada Lovelace", "Bao Li"]),
        ("Ada Lovelace (1), Bao Li (2 and 3) ((1) MIT, (2) CERN, (3) DESY)", ["Ada Lovelace", "Bao Li"]),
        ("ATLAS Collaboration: G. Aad, B. Abbott", ["ATLAS Collaboration", "G. Aad", "B. Abbott"]),
        ("A. Li, on behalf of the ATLAS Collaboration", ["A. Li"]),
        ("A. Li for the LIGO Scientific Collaboration, B. Mao", ["A. Li", "B. Mao"]),
        ("G. Aad (for the ATLAS and CMS teams), IceCube Collaboration, :", ["G. Aad", "IceCube Collaboration"]),
        ("Martin Luther King, Jr., John Smith III", ["Martin Luther King Jr.", "John Smith III"]),
        ("Suharto, Xi", ["Suharto", "Xi"]),
        ("Bao Li, et al.", ["Bao Li"]),
        (" Li,  , Bao\n Chen,", ["Li", "Bao Chen"]),
        ("Bao Li (MIT, Chu Ng", ["Bao Li MIT", "Chu Ng"]),
        ("", []),
    ],
)  # fmt: skip
def test_a_line_becomes_names_without_affiliations(line: str, expected: list[str]) -> None:
    assert parse_author_line(line) == expected


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        (r"Paulo Andr\'e", "Paulo André"),
        (r"K. G{\"o}del", "K. Gödel"),
        (r"P. Erd\H{o}s", "P. Erdős"),
        (r"{\L}ukasz Wa\l\k{e}sa", "Łukasz Wałęsa"),
        (r"Mart\'{\i}n Gar\c{c}\'ia", "Martín Garçía"),
        (r"S\o ren \AA ngstr\"om", "Søren Ångström"),
        (r"Ji\v{r}\'{\i} Han\v c", "Jiří Hanč"),
        (r"Nikola\u{\i}, \.Inci \v{S}\u{g}", "Nikolaĭ, İnci Šğ"),
        (r"Mu\~noz de~la~Cruz\ Jr", "Muñoz de la Cruz Jr"),
        (r"{van der Waals}", "van der Waals"),
        (r"Stra\ss{}e \O{}st \ss", "Straße Øst ß"),
        (r"Unknown \foo{x} \'", r"Unknown \foox \'"),
        ("Zoë, 李 包", "Zoë, 李 包"),
    ],
)
def test_the_accents_of_tex_become_characters(typed: str, expected: str) -> None:
    assert tex_accents_to_unicode(typed) == expected


def test_thousands_of_affiliations_with_commas_are_read_at_once() -> None:
    line = ", ".join(rf"Andr\'e Li{number} (CERN, Geneva)" for number in range(3303))
    found = parse_author_line(line)
    assert (len(found), found[-1]) == (3303, "André Li3302")


@pytest.mark.parametrize("sign", ["(", ")", "{", "\\'", " ", ",", " and", "(x)", "\\'{"])
def test_a_hostile_line_takes_no_longer_than_its_length_deserves(sign: str) -> None:
    begin = time.monotonic()
    parse_author_line(sign * 50_000 + "}" * 50_000)
    assert time.monotonic() - begin < 2


@given(st.text(alphabet="ab \\'\"{}(),;:~&cviéan", max_size=60))
def test_any_line_gives_clean_names(line: str) -> None:
    for name in parse_author_line(line):
        assert name == " ".join(name.split())
        assert not set(name) & set(",;:()")


@pytest.mark.parametrize(
    ("line", "name"),
    [
        (r"Ji\v{r}\'\i\ Nov\'ak", "Jiří Novák"),
        (r"Micha\l\ Kowalski", "Michał Kowalski"),
        (r"\O\ B. Ude and", "Ø B. Ude and"),
        (r"Fran\c cois \L ukasz", "François Łukasz"),
        (r"Nguy\~{\^e}n Th\d{\^{o}}c", "Nguyễn Thộc"),
    ],
)
def test_names_keep_their_spaces_and_both_accents(line: str, name: str) -> None:
    assert tex_accents_to_unicode(line) == name


@pytest.mark.data
def test_the_names_of_real_listings_are_read(shared_data: Path) -> None:
    lines = (shared_data / "field_cases" / "listing_names.jsonl").read_text(encoding="utf-8").splitlines()
    rows = [json.loads(line) for line in lines]
    assert [row for row in rows if parse_author_line(row["listing"]) != [row["right"]]] == []
