"""Past days come from arXiv's OAI-PMH: page by page, politely, and again from where a token was still good."""

from datetime import UTC, date, datetime

import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from digest.domain import Entry, FetchedPaper, ProgressCallback, SourceUnavailable, no_progress
from digest.sources.arxiv.oai import ArxivOai, categories_of_set, format_set_spec
from tests.sources.listings import deleted, oai, oai_error, record
from tests.sources.quick_client import HASTY

TUESDAY = date(2026, 2, 3)
WEDNESDAY = date(2026, 2, 4)
MONDAY_NOON = datetime(2026, 2, 2, 12, tzinfo=UTC)
TUESDAY_NOON = datetime(2026, 2, 3, 12, tzinfo=UTC)
PAGES = {
    "": oai([record("2602.00001", MONDAY_NOON), record("2602.00002", MONDAY_NOON)], "a|1"),
    "a|1": oai([record("2602.00003", MONDAY_NOON), deleted("2602.00004")], "a|2"),
    "a|2": oai([record("2602.00005", MONDAY_NOON, TUESDAY_NOON)], ""),
}


def _ask(
    httpserver: HTTPServer,
    first: date = TUESDAY,
    last: date = TUESDAY,
    *sets: str,
    until: date = WEDNESDAY,
    tick: ProgressCallback = no_progress,
) -> list[Entry]:
    source = ArxivOai(httpserver.url_for("/oai"), contact="hello@post.example", politeness=HASTY)
    return list(source.fetch_announcements(first, last, sets, changed_until=until, tick=tick))


def _ids(entries: list[Entry]) -> list[str]:
    return [entry.arxiv_id for entry in entries if isinstance(entry, FetchedPaper)]


def _questions(httpserver: HTTPServer) -> list[dict[str, str]]:
    return [request.args.to_dict() for request, _response in httpserver.log]


def _serve(httpserver: HTTPServer, pages: dict[str, str]) -> None:
    httpserver.expect_request("/oai").respond_with_handler(
        lambda request: Response(pages[request.args.get("resumptionToken", "")], content_type="text/xml")
    )


def test_all_pages_are_read_and_every_announcement_comes(httpserver: HTTPServer) -> None:
    _serve(httpserver, PAGES)
    ticks: list[int] = []
    entries = _ask(httpserver, TUESDAY, WEDNESDAY, tick=lambda done, _total: ticks.append(done))
    assert _ids(entries) == ["2602.00001", "2602.00002", "2602.00003", "2602.00005", "2602.00005"]
    assert [entry.day for entry in entries if isinstance(entry, FetchedPaper)] == [TUESDAY] * 4 + [WEDNESDAY]
    assert ticks == [1, 2, 3, 4, 5]
    assert entries[0].where == "record 1 (2602.00001)"


def test_arxiv_is_asked_for_all_that_changed_since(httpserver: HTTPServer) -> None:
    _serve(httpserver, PAGES)
    _ask(httpserver, TUESDAY, TUESDAY, "cs")
    first, second, _third = _questions(httpserver)
    assert first == {
        "verb": "ListRecords",
        "metadataPrefix": "arXivRaw",
        "set": "cs",
        "from": "2026-02-02",
        "until": "2026-02-04",
    }
    assert second == {"verb": "ListRecords", "resumptionToken": "a|1"}
    assert "hello@post.example" in httpserver.log[0][0].headers["User-Agent"]


def test_a_long_time_is_asked_for_in_slices_without_a_gap(httpserver: HTTPServer) -> None:
    _serve(httpserver, {"": oai_error("noRecordsMatch")})
    assert _ask(httpserver, TUESDAY, TUESDAY, until=date(2026, 2, 20)) == []
    assert [(each["from"], each["until"]) for each in _questions(httpserver)] == [
        ("2026-02-02", "2026-02-08"),
        ("2026-02-09", "2026-02-15"),
        ("2026-02-16", "2026-02-20"),
    ]


def test_no_day_before_the_first_datestamp_is_asked_for(httpserver: HTTPServer) -> None:
    _serve(httpserver, {"": oai_error("noRecordsMatch")})
    _ask(httpserver, date(1999, 1, 4), date(1999, 1, 8), until=date(2005, 9, 17))
    assert _ask(httpserver, TUESDAY, TUESDAY, until=date(2026, 2, 1)) == []
    assert [(each["from"], each["until"]) for each in _questions(httpserver)] == [("2005-09-16", "2005-09-17")]


def test_each_set_is_asked_for_and_gives_its_own_section(httpserver: HTTPServer) -> None:
    _serve(httpserver, {"": oai([record("2602.00001", MONDAY_NOON)])})
    entries = _ask(httpserver, TUESDAY, TUESDAY, "cs.LG", "stat")
    assert [each["set"] for each in _questions(httpserver)] == ["cs:cs:LG", "stat"]
    assert [(entry.section, entry.kind) for entry in entries if isinstance(entry, FetchedPaper)] == [
        ("cs.LG", "new"),
        ("stat.ML", "cross"),
    ]


def test_an_expired_token_begins_again_without_duplicates(httpserver: HTTPServer) -> None:
    answers = [PAGES[""], PAGES["a|1"], oai_error("badResumptionToken", "expired"), *PAGES.values()]
    for answer in answers:
        httpserver.expect_ordered_request("/oai").respond_with_data(answer)
    assert _ids(_ask(httpserver)) == ["2602.00001", "2602.00002", "2602.00003", "2602.00005"]
    tokens = [each.get("resumptionToken", "") for each in _questions(httpserver)]
    assert tokens == ["", "a|1", "a|2", "", "a|1", "a|2"]


def test_tokens_that_never_work_are_reported(httpserver: HTTPServer) -> None:
    _serve(httpserver, {"": PAGES[""], "a|1": oai_error("badResumptionToken", "never heard of it")})
    with pytest.raises(SourceUnavailable, match="never heard of it"):
        _ask(httpserver)
    assert len(httpserver.log) == 8


def test_pages_that_lead_in_a_circle_are_reported(httpserver: HTTPServer) -> None:
    _serve(httpserver, {"": oai([], "x"), "x": oai([], "y"), "y": oai([], "x")})
    with pytest.raises(SourceUnavailable, match="circle"):
        _ask(httpserver)
    assert len(httpserver.log) == 3


@pytest.mark.parametrize("status", [200, 400])
def test_what_arxiv_complains_of_is_passed_on(httpserver: HTTPServer, status: int) -> None:
    httpserver.expect_request("/oai").respond_with_data(oai_error("badArgument", "Invalid set"), status=status)
    with pytest.raises(SourceUnavailable, match=r"Invalid set \(badArgument\)"):
        _ask(httpserver, TUESDAY, TUESDAY, "nothing:like:it")
    assert len(httpserver.log) == 1


def test_retry_after_is_obeyed(httpserver: HTTPServer) -> None:
    httpserver.expect_ordered_request("/oai").respond_with_data("busy", status=503, headers={"Retry-After": "0"})
    httpserver.expect_ordered_request("/oai").respond_with_data(PAGES["a|2"])
    assert _ids(_ask(httpserver)) == ["2602.00005"]


def test_nothing_of_a_page_that_is_cut_off_is_used(httpserver: HTTPServer) -> None:
    torn = PAGES["a|1"][: PAGES["a|1"].index("2602.00004")]
    _serve(httpserver, PAGES | {"a|1": torn})
    source = ArxivOai(httpserver.url_for("/oai"), contact="", politeness=HASTY)
    given: list[str] = []
    with pytest.raises(SourceUnavailable, match="not a whole answer"):
        given.extend(
            _ids([entry])[0] for entry in source.fetch_announcements(TUESDAY, TUESDAY, changed_until=WEDNESDAY)
        )
    assert given == ["2602.00001", "2602.00002"]
    assert len(httpserver.log) == 4


def test_a_page_that_was_cut_off_once_is_asked_for_again(httpserver: HTTPServer) -> None:
    answers = [PAGES[""], PAGES["a|1"][:900], PAGES["a|1"], PAGES["a|2"]]

    def answer(_request: Request) -> Response:
        return Response(answers.pop(0))

    httpserver.expect_request("/oai").respond_with_handler(answer)
    assert len(_ids(_ask(httpserver))) == 4


def test_a_refusal_ends_everything_at_once(httpserver: HTTPServer) -> None:
    httpserver.expect_request("/oai").respond_with_data("", status=403)
    with pytest.raises(SourceUnavailable, match="403"):
        _ask(httpserver)
    assert len(httpserver.log) == 1


@pytest.mark.parametrize(
    ("name", "spec", "some"),
    [
        ("cs", "cs", "cs.LG"),
        ("cs.AI", "cs:cs:AI", "cs.AI"),
        ("cs:cs:AI", "cs:cs:AI", "cs.AI"),
        ("hep-th", "physics:hep-th", "hep-th"),
        ("astro-ph.GA", "physics:astro-ph:GA", "astro-ph.GA"),
        ("physics", "physics", "quant-ph"),
        ("physics.optics", "physics:physics:optics", "physics.optics"),
        ("physics:physics", "physics:physics", "physics.optics"),
        ("q-bio.NC", "q-bio:q-bio:NC", "q-bio.NC"),
    ],
)
def test_categories_and_sets_are_understood(name: str, spec: str, some: str) -> None:
    assert format_set_spec(name) == spec
    assert some in categories_of_set(spec)


def test_all_of_arxiv_is_no_set() -> None:
    assert categories_of_set("") == frozenset()
    assert "hep-th" not in categories_of_set("physics:physics")
    assert "cs.LG" not in categories_of_set("physics")
