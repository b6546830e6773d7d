"""A reader's own choice."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.domain import AnnouncementKind, Choice, Pick, Reason
from digest.ranking.selection.candidates import find_interests
from digest.ranking.selection.select import choose_papers
from digest.ranking.selection.sort_key import SCORE_PER_TIER
from digest.ranking.trending.score import describe_evidence
from subscriptions.filters.language import words
from subscriptions.reader import Reader
from subscriptions.taxonomy.categories import canonical
from tests.people import ada, bao, chidi, dana, eve
from tests.ranking.papers import day, paper

# Carla has no interests yet; the tests give her some.
CARLA = Reader(id=9, email="carla@example.org", papers=30)


def shown(reader: Reader, *papers: object, seen: int = 0) -> list[str]:
    index = day(*papers)  # type: ignore[arg-type]
    return [index.papers[pick.rank].title for pick in choose_papers(reader, index, seen=seen).picks]


def test_papers_of_several_filters_come_before_those_of_one() -> None:
    reader = CARLA._replace(categories=("cs.LG",), filters=("graphs", "attention"))
    papers = (
        paper("Listed"),
        paper("A graph", categories=("cs.DS",)),
        paper("Listed too"),
        paper("Attention on a graph", categories=("cs.DS",)),
        paper("Attention"),
        paper("Neither", categories=("hep-th",)),
    )
    assert shown(reader, *papers) == ["Attention on a graph", "Attention", "A graph", "Listed", "Listed too"]


def test_a_filter_that_only_excludes_chooses_no_paper() -> None:
    papers = (paper("A survey"), paper("A lemma"), paper("A survey of attention", categories=("cs.CL",)))
    muting = CARLA._replace(categories=("cs.LG",), filters=("attention", "-survey"))
    assert shown(muting, *papers) == ["A lemma"]
    assert choose_papers(CARLA._replace(filters=("-survey",)), day(*papers)) == Choice((), 0, "no_match")


def test_each_reader_gets_their_own_papers_with_reasons() -> None:
    index = day(
        paper("Attention", categories=("cs.CL",)),
        paper("Diffusion models", categories=("cs.CV",)),
        paper("Diffusion models, a survey", categories=("cs.CV",)),
        paper("Capsules", authors=("Sara Sabour", "Geoffrey E. Hinton"), categories=("cs.NE", "stat.ML")),
        paper("Strings", categories=("hep-th",)),
    )

    def reasons(reader: Reader) -> dict[str, tuple[Reason, ...]]:
        return {index.papers[pick.rank].title: pick.reasons for pick in choose_papers(reader, index).picks}

    assert reasons(ada) == {"Capsules": (Reason("category", "stat.ML"),)}
    assert reasons(bao) == {
        "Attention": (Reason("keyword", "attention"),),
        "Strings": (Reason("category", "hep-th"),),
    }
    assert reasons(chidi) == {"Diffusion models": (Reason("keyword", '"diffusion model" -survey'),)}
    assert reasons(dana) == {"Capsules": (Reason("author", "Geoffrey E. Hinton"),)}


def test_every_filter_that_matches_is_given_as_a_reason() -> None:
    reader = CARLA._replace(filters=("graphs", "author:hopper", "attention"))
    (pick,) = choose_papers(reader, day(paper("Graphs"))).picks
    assert pick.reasons == (Reason("keyword", "graphs"), Reason("author", "Grace Hopper"))


def test_a_filter_of_names_and_words_is_a_keyword_not_an_author() -> None:
    reader = CARLA._replace(filters=("author:hopper graphs",))
    (pick,) = choose_papers(reader, day(paper("Graphs"))).picks
    assert pick.reasons == (Reason("keyword", "author:hopper graphs"),)


def test_of_several_names_the_one_on_the_paper_is_the_reason() -> None:
    reader = CARLA._replace(filters=("author:hinton OR author:hopper -author:lovelace",))
    (pick,) = choose_papers(reader, day(paper("Graphs"))).picks
    assert pick.reasons == (Reason("author", "Grace Hopper"),)


def test_an_excluded_author_is_no_reason() -> None:
    reader = CARLA._replace(filters=("author:hinton OR -author:lovelace",))
    (pick,) = choose_papers(reader, day(paper("Graphs"))).picks
    assert pick.reasons == (Reason("keyword", "author:hinton OR -author:lovelace"),)


def test_the_reason_names_the_category_as_the_reader_wrote_it() -> None:
    index = day(paper("Codes", categories=("cs.IT", "math.IT")))
    for code in ("cs", "math.IT", "cs.IT"):
        (pick,) = choose_papers(CARLA._replace(categories=(code,)), index).picks
        assert pick.reasons == (Reason("category", code),)


def test_the_trending_reason_comes_last() -> None:
    index = day(paper("Loud", signals={"upvotes": 120}), paper("Quiet", signals={"upvotes": 1}))
    loud, quiet = choose_papers(ada, index).picks
    assert loud.reasons == (Reason("category", "cs.LG"), Reason("trending", "120 upvotes"))
    assert quiet.reasons == (Reason("category", "cs.LG"),)


def test_a_choice_is_limited_and_counts_all_matches() -> None:
    index = day(*(paper(f"Paper {n}") for n in range(20)))
    choice = choose_papers(ada._replace(papers=3), index)
    assert [pick.rank for pick in choice.picks] == [0, 1, 2]
    assert choice.matched == 20


def test_papers_that_were_seen_neither_show_nor_count() -> None:
    index = day(*(paper(f"Paper {n}") for n in range(4)))
    choice = choose_papers(ada, index, seen=0b0101)
    assert [pick.rank for pick in choice.picks] == [1, 3]
    assert choice.matched == 2
    assert find_interests(ada, index).all == 0b1111


def test_fewer_papers_than_the_minimum_make_no_letter() -> None:
    index = day(paper("One"), paper("Two"))
    assert choose_papers(ada._replace(minimum=3), index) == Choice((), 2, "below_minimum")
    assert len(choose_papers(ada._replace(minimum=2), index).picks) == 2


@pytest.mark.parametrize("reader", [CARLA, eve], ids=["no interests", "an invalid filter"])
def test_a_reader_without_interests_gets_no_papers(reader: Reader) -> None:
    assert choose_papers(reader, day(paper("Loud", signals={"upvotes": 500}))) == Choice((), 0, "no_match")


def test_scores_fall_from_pick_to_pick_across_the_tiers() -> None:
    reader = CARLA._replace(categories=("cs.LG",), filters=("graphs", "deep", "author:lovelace"))
    index = day(
        paper("Listed", score=0.9),
        paper("Graphs", score=0.8),
        paper("Deep graphs", score=0.2),
        paper("Listed too", score=0.1),
        paper("Engines", score=0.0, authors=("Ada Lovelace",)),
    )
    picks = choose_papers(reader, index).picks
    assert [index.papers[pick.rank].title for pick in picks] == [
        *("Engines", "Deep graphs", "Graphs", "Listed", "Listed too")
    ]
    assert [pick.score // SCORE_PER_TIER for pick in picks] == [3, 2, 1, 0, 0]
    assert sorted((pick.score for pick in picks), reverse=True) == [pick.score for pick in picks]
    assert [round(pick.score % 1, 4) for pick in picks] == [0.0, 0.2, 0.8, 0.9, 0.1]


def test_title_words_count_more_than_words_of_the_abstract() -> None:
    reader = CARLA._replace(filters=('"surface code" -survey',))
    papers = (
        paper("Once", abstract="We use surface codes."),
        paper("Often", abstract="Surface codes are codes. A surface code corrects."),
        paper("Apart", abstract="A code of the surface. A surface of the code. Surface codes."),
        paper("Surface codes", abstract="Nothing else."),
        paper("A survey of surface codes", abstract="Surface codes, surface codes."),
    )
    assert shown(reader, *papers) == ["Surface codes", "Often", "Once", "Apart"]


def test_and_counts_its_weakest_part_and_or_its_strongest() -> None:
    papers = (
        paper("Deep", abstract="A graph."),
        paper("Deep graphs", abstract="Nothing."),
        paper("Shallow", abstract="Deep ones. A graph is deep, a graph is not."),
    )
    assert shown(CARLA._replace(filters=("deep graphs",)), *papers) == ["Deep graphs", "Shallow", "Deep"]
    assert shown(CARLA._replace(filters=("deep OR graphs",)), *papers) == ["Deep", "Deep graphs", "Shallow"]


def test_a_category_beside_words_does_not_make_them_stronger() -> None:
    papers = (paper("Once", abstract="A graph."), paper("Guest graph", categories=("cs.DS", "cs.LG")))
    assert shown(CARLA._replace(filters=("graph cat:cs.LG",)), *papers) == ["Guest graph", "Once"]


def test_a_rare_match_counts_more_than_a_common_one() -> None:
    many = [paper(f"Model {n}") for n in range(30)]
    reader = CARLA._replace(filters=("model", "pulsar"), papers=3)
    assert shown(reader, *many, paper("Rare", abstract="A pulsar."))[0] == "Rare"


def test_a_named_author_comes_before_all_else() -> None:
    papers = (paper("Deep graphs of attention"), paper("Engines", authors=("Ada Lovelace",)))
    reader = CARLA._replace(filters=("graphs", "attention", "deep", "author:lovelace"))
    assert shown(reader, *papers)[0] == "Engines"


def test_primary_papers_come_before_cross_listed_ones() -> None:
    papers = (
        paper("Guest", categories=("hep-th", "cs.LG"), score=0.9),
        paper("Own", categories=("cs.LG",), score=0.1),
        paper("Own and guest", categories=("cs.LG", "hep-th"), score=0.2),
    )
    assert shown(CARLA._replace(categories=("cs.LG",)), *papers) == ["Own", "Own and guest", "Guest"]


def test_a_keyword_counts_more_in_a_followed_category() -> None:
    reader = CARLA._replace(categories=("cs.LG",), filters=("graphs",))
    papers = (
        paper("Elsewhere graph", categories=("math.CO",)),
        paper("Guest graph", categories=("math.CO", "cs.LG")),
        paper("Own graph"),
    )
    assert shown(reader, *papers) == ["Own graph", "Guest graph", "Elsewhere graph"]


def test_a_busy_category_leaves_room_for_a_quiet_one() -> None:
    busy = [paper(f"Busy {n}", categories=("hep-ph",), score=0.9) for n in range(30)]
    quiet = [paper(f"Quiet {n}", categories=("astro-ph.GA",), score=0.1) for n in range(5)]
    guests = [paper(f"Guest {n}", categories=("cs.LG", "hep-ph"), score=0.95) for n in range(9)]
    reader = CARLA._replace(categories=("hep-ph", "astro-ph.GA"), papers=8)
    assert shown(reader, *guests, *busy, *quiet) == [*(f"Busy {n}" for n in range(6)), "Quiet 0", "Quiet 1"]


def test_categories_get_the_places_that_keywords_leave() -> None:
    reader = CARLA._replace(categories=("cs.LG", "cs.CL"), filters=("graph",), papers=4)
    listed = [paper(f"Listed {n}") for n in range(9)]
    graphs = [paper(f"Graph {n}", categories=("math.CO",)) for n in range(9)]
    assert shown(reader, *listed, *graphs) == ["Graph 0", "Graph 1", "Graph 2", "Graph 3"]
    assert shown(reader, *listed, *graphs[:2]) == ["Graph 0", "Graph 1", "Listed 0", "Listed 1"]


def test_a_reader_who_had_every_match_is_excluded_as_such() -> None:
    index = day(paper("One"), paper("Two", categories=("hep-th",)))
    assert choose_papers(ada, index, seen=0b01) == Choice((), 0, "seen_before")
    assert choose_papers(ada, index, seen=0b10).excluded == ""
    assert choose_papers(chidi, index, seen=0b11).excluded == "no_match"


INTERESTS = st.builds(
    Reader,
    id=st.just(1),
    email=st.just("x@example.org"),
    categories=st.lists(st.sampled_from(["cs.LG", "hep-th", "cs", "math.IT"]), max_size=2, unique=True).map(tuple),
    filters=st.lists(
        st.sampled_from(["graph", "-survey", "author:hopper", '"deep graph"', "title:survey OR lemma", "cat:hep-th"]),
        max_size=3,
        unique=True,
    ).map(tuple),
    papers=st.integers(1, 5),
    minimum=st.integers(1, 3),
)
PAPERS = st.lists(
    st.builds(
        paper,
        st.lists(st.sampled_from(["Deep", "graph", "survey", "lemma"]), max_size=3).map(" ".join),
        authors=st.sampled_from([("Grace Hopper",), ("Ada Lovelace",), ()]),
        categories=st.sampled_from([("cs.LG",), ("hep-th", "cs.IT"), ("econ.EM",)]),
        signals=st.sampled_from([{}, {"upvotes": 50}]),
    ),
    max_size=12,
)


@given(INTERESTS, PAPERS, st.integers(0, 4095))
def test_every_pick_is_unseen_and_every_reason_true(reader: Reader, papers: list[object], seen: int) -> None:
    index = day(*papers)  # type: ignore[arg-type]
    choice = choose_papers(reader, index, seen=seen)
    assert len(choice.picks) <= reader.papers
    assert bool(choice.picks) != bool(choice.excluded)
    assert len({pick.rank for pick in choice.picks}) == len(choice.picks)
    for pick in choice.picks:
        assert not seen >> pick.rank & 1
        assert pick.reasons
        assert all(is_true(index.papers[pick.rank]) for is_true in map(claim(reader, pick), pick.reasons))


def claim(reader: Reader, pick: Pick) -> Callable[[Reason], Callable[..., bool]]:
    """Reads a reason the slow way, without any index."""

    def check(reason: Reason) -> Callable[..., bool]:
        match reason.kind:
            case "author":
                return lambda found: reason.text in found.authors and "hopper" in words(reason.text)
            case "category":
                return lambda found: (
                    reason.text in reader.categories
                    and any(code.startswith(canonical(reason.text) or reason.text) for code in found.categories)
                )
            case "trending":
                return lambda found: describe_evidence(found) == reason.text != ""
            case _:
                return lambda found: reason.text in reader.filters and day(found).bits(reason.text) == 1

    return check


@pytest.mark.parametrize("kind", ["replace", "replace-cross", "withdrawn"])
def test_replaced_and_withdrawn_papers_are_never_chosen(kind: AnnouncementKind) -> None:
    reader = CARLA._replace(categories=("cs.LG",), filters=("graphs", "-graphs OR attention"))
    assert shown(reader, paper("New attention on graphs"), paper("Old attention on graphs", kind=kind)) == [
        "New attention on graphs"
    ]
