"""One paper, one id, however it is written."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.sources.arxiv.ids import ArxivId, abstract_page, parse_id


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("2601.15380", "2601.15380"),
        (" 2601.15380v3\n", "2601.15380v3"),
        ("0704.0001", "0704.0001"),
        ("arXiv:2601.15380v1", "2601.15380v1"),
        ("oai:arXiv.org:2508.13426v1", "2508.13426v1"),
        ("http://arxiv.org/abs/2606.13677v1", "2606.13677v1"),
        ("https://export.arxiv.org/pdf/2606.13677v2.pdf?download=1", "2606.13677v2"),
        ("https://www.arxiv.org/html/2606.13677#S2", "2606.13677"),
        ("https://doi.org/10.48550/arXiv.2601.15380", "2601.15380"),
        ("doi:10.48550/arXiv.2601.15380", "2601.15380"),
        ("DOI: 10.48550/ARXIV.2601.15380v2", "2601.15380v2"),
        ("arXiv: 2601.15380", "2601.15380"),
        ("hep-th/9901001v1", "hep-th/9901001v1"),
        ("https://arxiv.org/abs/quant-ph/0201082v1", "quant-ph/0201082v1"),
        ("https://arxiv.org/abs/hep-th%2F9901001", "hep-th/9901001"),
        ("math.CA/0611800", "math/0611800"),
        ("cond-mat.mes-hall/0102003v2", "cond-mat/0102003v2"),
    ],
)
def test_every_way_of_writing_an_id_is_read(written: str, meant: str) -> None:
    assert str(parse_id(written)) == meant


@pytest.mark.parametrize(
    "text",
    [
        "",
        "9901001",
        "0000.0000",
        "2613.00001",
        "2601.153",
        "2601.153800",
        "2601.15380v0",
        "2601.15380 2601.15381",
        "２６０１.15380",
        "https://example.org/abs/2601.15380",
        "http://arxiv.org/api/errors#incorrect_id",
        "../2601.15380",
    ],
)
def test_what_is_no_id_is_not_read(text: str) -> None:
    assert parse_id(text) is None


def test_the_archive_keeps_old_ids_apart() -> None:
    assert parse_id("hep-th/9901001") != parse_id("math/9901001")


def test_the_page_of_an_old_id_keeps_its_archive() -> None:
    assert abstract_page("hep-th/9901001") == "https://arxiv.org/abs/hep-th/9901001"


@given(st.text())
def test_any_text_is_an_id_or_none(text: str) -> None:
    found = parse_id(text)
    assert found is None or parse_id(str(found)) == found


@given(st.from_regex(r"(2[0-9](0[1-9]|1[0-2])\.[0-9]{5}|hep-(th|ph)/9[0-9]0[1-9][0-9]{3})", fullmatch=True))
def test_an_id_is_its_own_normal_form(text: str) -> None:
    assert parse_id(text) == ArxivId(text)
