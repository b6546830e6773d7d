"""Records of OAI-PMH: the history of a paper's versions says on which days it was announced."""

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.domain import Entry, FetchedPaper, Malformed
from digest.sources.arxiv.oai_records import iterate_announcements, parse_page
from digest.sources.arxiv.sections import expand_codes
from tests.sources.listings import deleted, oai, oai_error, record

MONDAY_NOON = datetime(2026, 2, 2, 12, tzinfo=UTC)
TUESDAY = date(2026, 2, 3)
A_WEEK_LATER = datetime(2026, 2, 9, 12, tzinfo=UTC)

STRUCTURED = """<record><header><identifier>oai:arXiv.org:2602.00007</identifier></header><metadata>
<arXiv xmlns="http://arxiv.org/OAI/arXiv/"><id>2602.00007</id><created>2026-02-02</created>{updated}<authors>
<author><keyname>Super-Kamiokande Collaboration</keyname></author><author><keyname>:</keyname></author>
<author><keyname>Lovelace</keyname><forenames>Ada</forenames><suffix>Jr</suffix><affiliation>MIT</affiliation></author>
</authors><title>On letters</title><categories>cs.LG stat.ML</categories><abstract>We show.</abstract></arXiv>
</metadata></record>"""


def _entries(
    body: str, first: date = date(2026, 1, 1), last: date = date(2026, 12, 31), asked: str = ""
) -> list[Entry]:
    page = parse_page(body.encode())
    assert not page.breakage
    wanted = expand_codes(asked) if asked else ()
    return [entry for each in page.records for entry in iterate_announcements(each, "record 1", first, last, wanted)]


def _papers(body: str, asked: str = "") -> list[FetchedPaper]:
    return [entry for entry in _entries(body, asked=asked) if isinstance(entry, FetchedPaper)]


def test_a_record_is_read_with_everything_it_says() -> None:
    assert _entries(oai([record("2602.00007", MONDAY_NOON)])) == [
        FetchedPaper(
            arxiv_id="2602.00007",
            version=1,
            title="On letters",
            abstract="We show that letters arrive.",
            authors=("Ada Lovelace", "Bao Li"),
            categories=("cs.LG", "stat.ML"),
            day=TUESDAY,
            where="record 1",
            published=MONDAY_NOON,
            updated=MONDAY_NOON,
            comment="3 pages",
            doi="10.1000/182",
            journal_ref="J. Lett. 1",
        )
    ]


def test_each_version_is_announced_on_its_own_day() -> None:
    first, second = _papers(oai([record("2602.00007", MONDAY_NOON, A_WEEK_LATER)]))
    assert (first.day, first.kind, first.version) == (TUESDAY, "new", 2)
    assert (second.day, second.kind, second.version) == (date(2026, 2, 10), "replace", 2)
    assert (first.published, first.updated) == (MONDAY_NOON, A_WEEK_LATER)


def test_only_the_days_asked_for_are_given() -> None:
    body = oai([record("2602.00007", MONDAY_NOON, A_WEEK_LATER)])
    assert [entry.kind for entry in _entries(body, TUESDAY, TUESDAY) if isinstance(entry, FetchedPaper)] == ["new"]
    assert _entries(body, date(2026, 2, 4), date(2026, 2, 9)) == []


def test_the_sixth_version_is_in_no_listing() -> None:
    papers = _papers(oai([record("2602.00007", *(MONDAY_NOON.replace(day=day) for day in (2, 3, 4, 5, 9, 10)))]))
    assert [paper.day.day for paper in papers] == [3, 4, 5, 6, 10]
    assert {paper.version for paper in papers} == {6}


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ("", ("", "new")),
        ("cs", ("cs.LG", "new")),
        ("stat", ("stat.ML", "cross")),
        ("stat.ML", ("stat.ML", "cross")),
    ],
)
def test_outside_its_primary_category_a_paper_is_cross_listed(asked: str, expected: tuple[str, str]) -> None:
    (paper,) = _papers(oai([record("2602.00007", MONDAY_NOON)]), asked)
    assert (paper.section, paper.kind) == expected


def test_outside_its_primary_category_it_is_a_replace_cross() -> None:
    papers = _papers(oai([record("2602.00007", MONDAY_NOON, A_WEEK_LATER)]), "stat.ML")
    assert [paper.kind for paper in papers] == ["cross", "replace-cross"]


def test_an_alias_of_the_primary_category_is_no_cross_list() -> None:
    (paper,) = _papers(oai([record("2602.00007", MONDAY_NOON, categories="cs.IT math.IT")]), "math")
    assert (paper.section, paper.kind) == ("cs.IT", "new")


def test_a_withdrawal_is_noticed_by_source_or_comment() -> None:
    by_source = record("2602.00007", MONDAY_NOON, A_WEEK_LATER, source_type="I")
    by_comment = record("2602.00008", MONDAY_NOON, comments="This paper has been withdrawn by the author")
    in_between = record("2602.00009", MONDAY_NOON, A_WEEK_LATER)
    papers = _papers(oai([by_source, by_comment, in_between]))
    assert [(paper.arxiv_id[-1], paper.withdrawn) for paper in papers] == [
        ("7", True),
        ("7", True),
        ("8", True),
        ("9", False),
        ("9", False),
    ]


@pytest.mark.parametrize(
    ("arxiv_id", "expected"), [("math.CA/0611800", "math/0611800"), ("hep-th/9901001", "hep-th/9901001")]
)
def test_old_ids_are_read(arxiv_id: str, expected: str) -> None:
    (paper,) = _papers(oai([record(arxiv_id, MONDAY_NOON)]))
    assert paper.arxiv_id == expected


def test_a_deleted_record_announces_nothing() -> None:
    page = parse_page(oai([deleted("2602.00007")]).encode())
    assert [each.deleted for each in page.records] == [True]
    assert _entries(oai([deleted("2602.00007")])) == []


def test_the_format_without_history_knows_days_only() -> None:
    (paper,) = _papers(oai([STRUCTURED.format(updated="")]))
    assert (paper.day, paper.version, paper.kind) == (TUESDAY, 1, "new")
    assert paper.authors == ("Super-Kamiokande Collaboration", "Ada Lovelace Jr")
    new, replaced = _papers(oai([STRUCTURED.format(updated="<updated>2026-02-09</updated>")]))
    assert (new.day, new.version) == (TUESDAY, None)
    assert (replaced.day, replaced.kind) == (date(2026, 2, 10), "replace")


@pytest.mark.parametrize(
    ("broken", "reason"),
    [
        (record("nonsense", MONDAY_NOON), "no valid arXiv id"),
        (record("2602.00007", MONDAY_NOON, title=" "), "no title"),
        (record("2602.00007", MONDAY_NOON, categories=""), "no category"),
        (record("2602.00007"), "no time of submission"),
        (record("2602.00007", MONDAY_NOON).replace("Feb 2026", "Feb 9999"), "no time of submission"),
        (record("2602.00007", MONDAY_NOON).replace("arXivRaw", "oai_dc"), "in no format of arXiv's (oai_dc)"),
        ("<record><header/></record>", "in no format of arXiv's (none)"),
        ("<record/>", "in no format of arXiv's (none)"),
    ],
)
def test_an_unreadable_record_is_reported_and_costs_no_other(broken: str, reason: str) -> None:
    bad, good = _entries(oai([broken, record("2602.00008", MONDAY_NOON)]))
    assert isinstance(bad, Malformed)
    assert reason in bad.reason
    assert isinstance(good, FetchedPaper)


def test_a_page_says_how_to_go_on_and_what_was_wrong() -> None:
    assert parse_page(oai([], "6460044|1001").encode()).token == "6460044|1001"
    assert parse_page(oai([], "").encode()).token == ""
    page = parse_page(oai_error("badArgument", "no such set").encode())
    assert (page.error, page.complaint, page.records) == ("badArgument", "no such set", [])


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>busy</html>",
        b"<record/>",
        b'<!DOCTYPE x [<!ENTITY a "b">]><OAI-PMH xmlns="http://www.openarchives.org/OAI/2.0/"/>',
    ],
)
def test_what_is_no_answer_of_the_protocol_says_so(body: bytes) -> None:
    assert parse_page(body).breakage


@given(st.data())
def test_a_page_cut_anywhere_is_the_same_or_broken(data: st.DataObject) -> None:
    body = oai([record("2602.00007", MONDAY_NOON), deleted("2602.00008")], "token").encode()
    whole = parse_page(body)
    found = parse_page(body[: data.draw(st.integers(0, len(body)))])
    assert found.records == whole.records[: len(found.records)]
    assert found.breakage or found == whole


@given(st.binary())
def test_any_bytes_are_a_page_or_not(body: bytes) -> None:
    assert parse_page(body).breakage
