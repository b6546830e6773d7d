"""How papers are chosen is told with the numbers by which they are."""

from typing import Any

import pytest
from django.test import Client
from pytest_django import Settings

from digest.letters import size_limit
from digest.picking import reader_signals, sent_history
from digest.ranking.matching import day_index
from digest.ranking.personal import mark_weights
from digest.ranking.personal.relevance import COLUMNS, load_shipped_weights
from digest.ranking.selection import compose, reasons
from digest.ranking.shipped_figures import load_promise_figures, load_relevance_figures
from digest.ranking.trending import evidence, score
from digest.research.promise_figures import FEATURE_FAMILIES
from digest.web import selection_page
from subscriptions import preference_defaults
from tests.web.pages import links, tree, words
from tests.web.publishing import publish

# A number that stands nowhere else on the page.
ODD = 7391


def text(client: Client) -> str:
    return words(tree(client.get("/how-papers-are-chosen/")).find(".//main"))


@pytest.mark.parametrize(
    ("module", "name", "value", "said"),
    [
        (compose, "FIRST_PLACES", ODD, f"The first {ODD} papers are those"),
        (compose, "DUPLICATE_SIMILARITY", 0.77, "agree by 77%"),
        (compose, "MAX_NARROW_PAPERS", ODD, f"matches {ODD} papers or fewer"),
        (compose, "PLACES_PER_EXPLORED", ODD, f"One place of {ODD} is"),
        (compose, "MIN_EXPLORED_LETTER", ODD, f"fewer than {ODD} papers has none"),
        (compose, "EXPLORATION_POOL", ODD, f"from the {ODD} papers that come next"),
        (reasons, "MAX_REASONS", ODD, f"up to {ODD} reasons"),
        (reasons, "MIN_SHARE_PERCENT", 77, "less than 77% of"),
        (mark_weights, "SEEN_MORE_OFTEN", 1.77, "counts 77% more"),
        (score, "PROMISE_WEIGHT", 0.77, "up to 77 for a guess before anybody could vote"),
        (evidence, "MIN_EVIDENCE", {**evidence.MIN_EVIDENCE, "comments": ODD}, f"{ODD} comments or"),
        (day_index, "MAX_TRENDING_REASONS", ODD, f"the {ODD} papers of a day"),
        (reader_signals, "MAX_MARKS_PER_READER", ODD, f"The last {ODD} papers that you marked"),
        (sent_history, "MAX_NOTICES", ODD, f"{ODD} at most"),
        (preference_defaults, "DEFAULT_PAPERS", ODD, f"{ODD} unless you say otherwise"),
        (preference_defaults, "MAX_PAPERS", ODD, f"{ODD} at most"),
        (preference_defaults, "DEFAULT_MINIMUM", ODD, f"than you wish for ({ODD} unless"),
        (size_limit, "MAX_LETTER_BYTES", ODD * 1000, f"above {ODD} kB"),
    ],
)
def test_it_changes_with_what_it_tells_of(
    client: Client, settings: Settings, monkeypatch: pytest.MonkeyPatch, module: Any, name: str, value: Any, said: str
) -> None:
    settings.SIGNALS = True
    assert said not in text(client)
    monkeypatch.setattr(module, name, value)
    assert said in text(client)


def test_for_how_long_no_paper_comes_twice_is_a_setting(client: Client, settings: Settings) -> None:
    settings.KEEP_SEEN_PAPERS_DAYS = ODD
    assert f"No paper a second time within {ODD} days" in text(client)


def test_comments_and_stars_count_a_quarter_of_upvotes_as_told() -> None:
    assert {kind: 4 * weight for kind, weight in score.SIGNAL_WEIGHTS.items()} == {
        "upvotes": 4,
        "comments": 1,
        "stars": 1,
    }


def test_whether_names_count_is_told(client: Client, settings: Settings) -> None:
    settings.TRENDING_AUTHOR_HISTORY = True
    assert "earlier papers of its authors" in text(client)
    settings.TRENDING_AUTHOR_HISTORY = False
    assert "Nobody’s name counts" in text(client)
    assert "earlier papers of its authors" not in text(client)


def test_votes_are_not_told_of_where_nobody_asks_for_them(client: Client, settings: Settings) -> None:
    settings.SIGNALS = False
    assert "upvotes" not in text(client)
    assert "asks nobody for votes and stars" in text(client)


@pytest.mark.django_db
def test_the_archive_leads_to_it(client: Client) -> None:
    publish()
    for page in ("/today/", "/papers/2601.15380/", "/", "/privacy/"):
        assert "/how-papers-are-chosen/" in links(client.get(page)), page


def test_every_weight_of_the_score_is_told(client: Client) -> None:
    said, weights = text(client), load_shipped_weights()
    for name in COLUMNS:
        assert f"{name} {weights.none[name]} {weights.many[name]}" in said


def test_what_is_set_by_hand_is_told(client: Client) -> None:
    weights = load_shipped_weights()
    by_hand = ("named_author", "perhaps_named_author", "shared_author", "disliked", "trending", "new")
    assert all(f"{name} {getattr(weights, name)}" in text(client) for name in by_hand)


def test_every_figure_is_told(client: Client) -> None:
    said = text(client)
    for scenario in load_relevance_figures().scenarios:
        assert " ".join(f"{figure:.4f}" for figure in scenario.ndcg.values()) in said
    for row in load_promise_figures().rows:
        assert f"{row.ndcg:.3f} {row.recall:.1%}" in said
    assert f"on {load_promise_figures().made['papers']:,} papers" in said
    made = load_relevance_figures().made
    assert f"Measured on {load_relevance_figures().reader_days:,} days of {made['readers']:,} readers" in said


def test_every_figure_has_a_name_in_each_language(client: Client) -> None:
    heads = {family for scenario in load_relevance_figures().scenarios for family in scenario.ndcg}
    assert heads <= selection_page.LEFT_OUT.keys()
    assert {row.left_out or row.what for row in load_promise_figures().rows} <= selection_page.GUESSES.keys()
    assert FEATURE_FAMILIES.keys() <= selection_page.GUESSES.keys()
    page = client.get("/how-papers-are-chosen/", headers={"accept-language": "zh"}).content.decode()
    assert page.count("不用") > len(selection_page.LEFT_OUT)


def test_figures_stand_in_tables_that_a_keyboard_moves(client: Client) -> None:
    """On a phone a table may be wider than the screen."""
    page = tree(client.get("/how-papers-are-chosen/"))
    regions = page.findall(".//div[@role='region']")
    captions = [caption.get("id") for region in regions for caption in region.findall(".//caption")]
    assert [(each.get("tabindex"), each.get("aria-labelledby")) for each in regions] == [("0", key) for key in captions]
    assert len(page.findall(".//tbody/tr")) == len(page.findall(".//tbody/tr/th[@scope='row']"))
    assert all(head.get("scope") == "col" for head in page.findall(".//table/thead/tr/th"))
