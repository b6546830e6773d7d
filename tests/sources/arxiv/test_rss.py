"""Today's listings come from rss.arxiv.org; what goes wrong with one costs no other."""

from collections.abc import Sequence
from datetime import date

import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from digest.domain import SourceUnavailable
from digest.sources.arxiv.listing import MAX_LISTING_ENTRIES, Listing
from digest.sources.arxiv.rss import ArxivRss, split_request
from digest.sources.arxiv.sections import ARCHIVES, expand_codes
from tests.sources.listings import complaint, item, rss
from tests.sources.quick_client import HASTY

TUESDAY = date(2026, 2, 3)


def _ask(httpserver: HTTPServer, *categories: str) -> list[Listing]:
    source = ArxivRss(httpserver.url_for(""), contact="hello@post.example", categories=categories, politeness=HASTY)
    return list(source.fetch_listings(TUESDAY))


def _asked(httpserver: HTTPServer) -> list[str]:
    return [request.path.removeprefix("/rss/") for request, _response in httpserver.log]


def test_each_category_is_asked_for_once(httpserver: HTTPServer) -> None:
    httpserver.expect_request("/rss/cs.LG").respond_with_data(rss([item()], "cs.LG"))
    httpserver.expect_request("/rss/math+stat").respond_with_data(rss([], "math+stat"))
    found = _ask(httpserver, "cs.LG", "math+stat")
    assert [(each.category, len(each.entries), each.complete) for each in found] == [
        ("cs.LG", 1, True),
        ("math+stat", 0, True),
    ]
    assert _asked(httpserver) == ["cs.LG", "math+stat"]
    assert "hello@post.example" in httpserver.log[0][0].headers["User-Agent"]


def test_without_categories_all_archives_are_asked_for(httpserver: HTTPServer) -> None:
    httpserver.expect_request("/rss/cs").respond_with_data(rss([item()]))
    source = ArxivRss(httpserver.url_for(""), contact="", politeness=HASTY)
    assert next(source.fetch_listings(TUESDAY)).complete
    assert source.categories == ARCHIVES
    assert len(ARCHIVES) == 20
    assert {"cs", "hep-th", "q-bio", "math-ph"} < set(ARCHIVES)


def test_a_torn_listing_is_asked_for_again(httpserver: HTTPServer) -> None:
    whole = rss([item(), item("2602.00008v1")])
    httpserver.expect_ordered_request("/rss/cs").respond_with_data(whole[: whole.index("2602.00008v1")])
    httpserver.expect_ordered_request("/rss/cs").respond_with_data("<html>busy</html>", content_type="text/html")
    httpserver.expect_ordered_request("/rss/cs").respond_with_data(whole)
    (found,) = _ask(httpserver, "cs")
    assert (found.complete, len(found.entries)) == (True, 2)


def test_a_listing_that_stays_torn_gives_its_whole_entries(httpserver: HTTPServer) -> None:
    whole = rss([item(), item("2602.00008v1")])
    httpserver.expect_request("/rss/cs").respond_with_data(whole[: whole.index("</guid>", whole.index("8v1")) + 9])
    httpserver.expect_request("/rss/math").respond_with_data(rss([item(categories=("math.CO",))]))
    torn, after = _ask(httpserver, "cs", "math")
    assert (torn.complete, len(torn.entries), [str(each) for each in torn.unread]) == (False, 1, ["2602.00008v1"])
    assert after.complete
    assert _asked(httpserver) == ["cs"] * 3 + ["math"]


def test_of_several_torn_answers_the_longest_counts(httpserver: HTTPServer) -> None:
    whole = rss([item(f"2602.0000{number}v1") for number in range(1, 5)])
    for papers, ending in ((1, "<a"), (3, "<b"), (3, "<c")):
        body = whole[: whole.index("<item>", whole.index(f"2602.0000{papers}v1"))] + ending
        httpserver.expect_ordered_request("/rss/cs").respond_with_data(body)
    (torn,) = _ask(httpserver, "cs")
    assert len(torn.entries) == 3
    assert (torn.complete, torn.torn) == (False, True)


def test_a_torn_answer_without_entries_is_no_listing(httpserver: HTTPServer) -> None:
    httpserver.expect_request("/rss/cs").respond_with_data("<html>busy</html>", content_type="text/html")
    (missing,) = _ask(httpserver, "cs")
    assert (missing.entries, missing.torn, missing.complete) == ((), False, False)
    assert "gave no usable answer" in missing.error


def test_a_category_that_fails_holds_back_no_other(httpserver: HTTPServer) -> None:
    httpserver.expect_request("/rss/cs").respond_with_data("", status=503)
    httpserver.expect_request("/rss/math").respond_with_data(rss([item()]))
    failed, after = _ask(httpserver, "cs", "math")
    assert (failed.entries, failed.complete, failed.built) == ((), False, None)
    assert "503" in failed.error
    assert after.complete


def test_a_service_that_is_down_is_not_asked_for_every_archive(httpserver: HTTPServer) -> None:
    httpserver.expect_request("/rss/cs").respond_with_data("", status=500)
    httpserver.expect_request("/rss/math").respond_with_data("", status=500)
    found = _ask(httpserver, "cs", "math", "stat", "econ")
    assert _asked(httpserver) == ["cs"] * 3 + ["math"] * 3
    assert [each.category for each in found] == ["cs", "math", "stat", "econ"]
    assert not any(each.complete for each in found)
    assert "not asked" in found[3].error


def test_retry_after_is_obeyed(httpserver: HTTPServer) -> None:
    httpserver.expect_ordered_request("/rss/cs").respond_with_data("", status=429, headers={"Retry-After": "0"})
    httpserver.expect_ordered_request("/rss/cs").respond_with_data(rss([item()]))
    assert [each.complete for each in _ask(httpserver, "cs")] == [True]


def test_a_category_unknown_to_arxiv_is_asked_for_once(httpserver: HTTPServer) -> None:
    httpserver.expect_request("/rss/cs.XY").respond_with_data(complaint("Bad subject class 'XY'."), status=400)
    httpserver.expect_request("/rss/xx").respond_with_data("<html>not here</html>", status=404)
    httpserver.expect_request("/rss/cs").respond_with_data(rss([item()]))
    unknown, missing, known = _ask(httpserver, "cs.XY", "xx", "cs")
    assert (unknown.error, unknown.complete) == ("arXiv says: Bad subject class 'XY'.", False)
    assert "404" in missing.error
    assert known.complete
    assert _asked(httpserver) == ["cs.XY", "xx", "cs"]


def test_a_refusal_ends_everything_at_once(httpserver: HTTPServer) -> None:
    httpserver.expect_request("/rss/cs").respond_with_data("", status=403)
    with pytest.raises(SourceUnavailable, match="403"):
        _ask(httpserver, "cs", "math")
    assert _asked(httpserver) == ["cs"]


def _serve(httpserver: HTTPServer, papers: Sequence[tuple[str, str]], broken: str = "") -> None:
    """Papers with their categories, cut off at the limit as arXiv does."""

    def listing(request: Request) -> Response:
        asked = request.path.removeprefix("/rss/")
        if asked == broken:
            return Response(status=500)
        wanted = expand_codes(asked)
        return Response(
            rss([item(arxiv_id, categories=(c,)) for arxiv_id, c in papers if c in wanted][:MAX_LISTING_ENTRIES])
        )

    httpserver.expect_request("/rss/nlin").respond_with_handler(listing)
    for half in ("nlin.AO+nlin.CD", "nlin.CG+nlin.PS+nlin.SI"):
        httpserver.expect_request(f"/rss/{half}").respond_with_handler(listing)


NLIN = [(f"2602.{number:05}v1", ("nlin.AO", "nlin.SI")[number % 2]) for number in range(MAX_LISTING_ENTRIES + 400)]


def test_a_listing_that_arxiv_cuts_off_is_asked_for_in_halves(httpserver: HTTPServer) -> None:
    _serve(httpserver, NLIN)
    found = _ask(httpserver, "nlin")
    assert [each.category for each in found] == ["nlin.AO+nlin.CD", "nlin.CG+nlin.PS+nlin.SI"]
    assert sum(len(each.entries) for each in found) == MAX_LISTING_ENTRIES + 400
    assert all(each.complete for each in found)


def test_a_long_listing_is_kept_when_one_of_its_halves_fails(httpserver: HTTPServer) -> None:
    _serve(httpserver, NLIN, broken="nlin.CG+nlin.PS+nlin.SI")
    found = _ask(httpserver, "nlin")
    assert [(each.category, len(each.entries), each.complete) for each in found] == [
        ("nlin.AO+nlin.CD", 1200, True),
        ("nlin.CG+nlin.PS+nlin.SI", 0, False),
        ("nlin", MAX_LISTING_ENTRIES, False),
    ]


def test_halves_ask_for_the_same_until_there_is_nothing_to_halve() -> None:
    assert expand_codes("+".join(split_request("cs"))) == expand_codes("cs")
    assert split_request("cs.LG") == ()
    assert split_request("cs.LG+math.CO") == ("cs.LG", "math.CO")
