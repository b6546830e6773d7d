"""A reader's own choice."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from time import sleep

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.domain import AnnouncementKind, Choice, PaperRecord, Pick, Reason
from digest.ranking.personal.relevance import DayScores
from digest.ranking.personal.signals import ReaderSignals
from digest.ranking.selection.select import MAX_READERS_AT_ONCE, DaySelection, describe_reader
from digest.ranking.trending.evidence import describe_evidence
from subscriptions.filters.language import words
from subscriptions.reader import Reader
from subscriptions.taxonomy.categories import canonical
from tests.people import ada, bao, chidi, dana, eve
from tests.ranking.papers import day, liked, paper, selection

# Carla has no interests yet; the tests give her some.
CARLA = Reader(id=9, email="carla@example.org", papers=30)

QUBITS = paper("Qubits", abstract="Lattice surgery with surface codes corrects the errors of superconducting qubits.")
PROTEINS = paper("Proteins", abstract="Amino acid sequences tell how proteins fold in water.")


def choose(
    reader: Reader,
    *papers: PaperRecord,
    seen: int = 0,
    more: tuple[PaperRecord, ...] = (),
    less: tuple[PaperRecord, ...] = (),
) -> Choice:
    signals = describe_reader(reader)._replace(liked=list(map(liked, more)), disliked=list(map(liked, less)))
    [choice] = selection(*papers).choose([reader], [signals], seen=[seen])
    return choice


def shown(
    reader: Reader, *papers: PaperRecord, more: tuple[PaperRecord, ...] = (), less: tuple[PaperRecord, ...] = ()
) -> list[str]:
    return [papers[pick.rank].title for pick in choose(reader, *papers, more=more, less=less).picks]


def kinds(choice: Choice) -> dict[int, list[tuple[str, str]]]:
    """The reasons of each pick by its rank, without their shares."""
    return {pick.rank: [(each.kind, each.text) for each in pick.reasons] for pick in choice.picks}


def test_a_filter_that_only_excludes_chooses_no_paper() -> None:
    papers = (paper("A survey"), paper("A lemma"), paper("A survey of attention", categories=("cs.CL",)))
    muting = CARLA._replace(categories=("cs.LG",), filters=("attention", "-survey"))
    assert shown(muting, *papers) == ["A lemma"]
    assert choose(CARLA._replace(filters=("-survey",)), *papers) == Choice((), 0, "no_match")


def test_each_reader_gets_their_own_papers_with_reasons() -> None:
    papers = (
        paper("Attention", categories=("cs.CL",)),
        paper("Diffusion models", categories=("cs.CV",)),
        paper("Diffusion models, a survey", categories=("cs.CV",)),
        paper("Capsules", authors=("Sara Sabour", "Geoffrey E. Hinton"), categories=("cs.NE", "stat.ML")),
        paper("Strings", categories=("hep-th",)),
    )
    assert kinds(choose(ada, *papers)) == {3: [("category", "stat.ML")]}
    assert kinds(choose(bao, *papers)) == {
        0: [("keyword_in_title", "attention")],
        4: [("category", "hep-th")],
    }
    assert kinds(choose(chidi, *papers)) == {1: [("keyword_in_title", '"diffusion model" -survey')]}
    assert kinds(choose(dana, *papers)) == {3: [("author", "Geoffrey E. Hinton")]}


def test_every_filter_that_matches_is_given_as_a_reason() -> None:
    reader = CARLA._replace(filters=("graphs", "attention", "deep"))
    others = [paper(f"Other {number}", categories=("hep-th",)) for number in range(9)]
    reasons = kinds(choose(reader, paper("Deep graphs"), *others))[0]
    assert reasons == [("keyword_in_title", "graphs"), ("keyword_in_title", "deep")]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("author:hopper graphs", ("keyword", "author:hopper graphs")),
        ("author:hinton OR author:hopper -author:lovelace", ("author", "Grace Hopper")),
        ("author:hinton OR -author:lovelace", ("keyword", "author:hinton OR -author:lovelace")),
    ],
)
def test_a_filter_of_names_gives_the_author_that_it_finds(text: str, reason: tuple[str, str]) -> None:
    assert kinds(choose(CARLA._replace(filters=(text,)), paper("Graphs"))) == {0: [reason]}


@pytest.mark.parametrize("code", ["cs", "math.IT", "cs.IT"])
def test_the_reason_names_the_category_as_the_reader_wrote_it(code: str) -> None:
    papers = [paper("Codes", categories=("cs.IT", "math.IT"))]
    assert kinds(choose(CARLA._replace(categories=(code,)), *papers)) == {0: [("category", code)]}


def test_a_choice_is_limited_and_counts_all_matches() -> None:
    choice = choose(ada._replace(papers=3), *(paper(f"Paper {number}") for number in range(20)))
    assert (len(choice.picks), choice.matched) == (3, 20)


def test_papers_that_were_seen_neither_show_nor_count() -> None:
    choice = choose(ada, *(paper(f"Paper {number}") for number in range(4)), seen=0b0101)
    assert {pick.rank for pick in choice.picks} == {1, 3}
    assert choice.matched == 2


def test_fewer_papers_than_the_minimum_make_no_letter() -> None:
    papers = (paper("One"), paper("Two"))
    assert choose(ada._replace(minimum=3), *papers) == Choice((), 2, "below_minimum")
    assert len(choose(ada._replace(minimum=2), *papers).picks) == 2


@pytest.mark.parametrize("reader", [CARLA, eve], ids=["no interests", "an invalid filter"])
def test_a_reader_without_interests_gets_no_papers(reader: Reader) -> None:
    assert choose(reader, paper("Loud", signals={"upvotes": 500})) == Choice((), 0, "no_match")


def test_title_words_count_more_than_words_of_the_abstract() -> None:
    papers = (paper("Once", abstract="We use surface codes."), paper("Surface codes", abstract="Nothing else."))
    assert shown(CARLA._replace(filters=('"surface code"',)), *papers) == ["Surface codes", "Once"]


def test_a_named_author_comes_before_a_word() -> None:
    papers = (paper("Deep graphs"), paper("Engines", authors=("Ada Lovelace",)))
    assert shown(CARLA._replace(filters=("graphs", "author:lovelace")), *papers)[0] == "Engines"


def test_primary_papers_come_before_cross_listed_ones() -> None:
    papers = (paper("Guest", categories=("hep-th", "cs.LG"), score=0.9), paper("Own", score=0.1))
    assert shown(CARLA._replace(categories=("cs.LG",)), *papers) == ["Own", "Guest"]


def test_a_keyword_counts_more_in_a_followed_category() -> None:
    reader = CARLA._replace(categories=("cs.LG",), filters=("graphs",))
    papers = (paper("Elsewhere graph", categories=("math.CO",)), paper("Own graph"))
    assert shown(reader, *papers) == ["Own graph", "Elsewhere graph"]


def test_a_reader_who_had_every_match_is_excluded_as_such() -> None:
    papers = (paper("One"), paper("Two", categories=("hep-th",)))
    assert choose(ada, *papers, seen=0b01) == Choice((), 0, "seen_before")
    assert choose(ada, *papers, seen=0b10).excluded == ""
    assert choose(chidi, *papers, seen=0b11).excluded == "no_match"


def test_papers_like_a_liked_one_come_first_with_the_reason() -> None:
    papers = (paper("Listed"), paper("Folds", abstract=PROTEINS.abstract), paper("Codes", abstract=QUBITS.abstract))
    choice = choose(ada, *papers, more=(QUBITS,))
    assert choice.picks[0].rank == 2
    [like] = [each for each in choice.picks[0].reasons if each.kind == "like"]
    assert (like.text, like.liked) == ("Qubits", 1)
    assert like.share >= 30


def test_a_liked_subject_comes_from_outside_the_categories() -> None:
    papers = (paper("Listed"), paper("Codes", abstract=QUBITS.abstract, categories=("quant-ph",)))
    assert shown(ada, *papers) == ["Listed"]
    assert "Codes" in shown(ada, *papers, more=(QUBITS,))


def test_a_category_brings_nothing_that_was_disliked() -> None:
    papers = (paper("Listed"), paper("Folds", abstract=PROTEINS.abstract))
    assert set(shown(ada, *papers)) == {"Listed", "Folds"}
    assert "Folds" not in shown(ada, *papers, less=(PROTEINS,))
    named = ada._replace(filters=("proteins",))
    assert "Folds" in shown(named, *papers, less=(PROTEINS,)), "a keyword asks for it"


def test_dislikes_keep_papers_out_where_likes_do_not_count() -> None:
    papers = (paper("Listed"), paper("Folds", abstract=PROTEINS.abstract))
    without_likes = ada._replace(switched_off=("likes",))
    assert shown(without_likes, *papers, more=(PROTEINS,), less=(PROTEINS,)) == ["Listed"]
    neither = ada._replace(switched_off=("likes", "dislikes"))
    assert set(shown(neither, *papers, less=(PROTEINS,))) == {"Listed", "Folds"}


def test_attention_counts_for_those_who_want_it() -> None:
    loud = (*(paper(f"Quiet {number}") for number in range(9)), paper("Loud", signals={"upvotes": 200}, score=0.9))
    fan = ada._replace(popularity="much", papers=4)
    assert shown(fan, *loud)[0] == "Loud"
    reasons = choose(fan, *loud).picks[0].reasons
    assert "trending" in {each.kind for each in reasons}
    indifferent = choose(ada._replace(popularity="none"), *loud).picks
    assert not any(each.kind == "trending" for pick in indifferent for each in pick.reasons)


def test_an_explored_paper_is_marked_as_one() -> None:
    papers = [paper(f"Paper {number}") for number in range(40)]
    assert [pick.reasons[0].kind for pick in choose(ada, *papers).picks].count("explore") == 1
    off = ada._replace(switched_off=("new",))
    assert "explore" not in {each.kind for pick in choose(off, *papers).picks for each in pick.reasons}


def test_equal_papers_are_drawn_anew_each_day_and_alike_on_each() -> None:
    made = selection(*(paper(f"Paper {number}") for number in range(30)))
    letters = []
    for days in (0, 0, 1, 2, 3):
        of_the_day = DaySelection(made.index, made.scorer, made.day + timedelta(days=days))
        [choice] = of_the_day.choose([ada], [describe_reader(ada)])
        letters.append(tuple(pick.rank for pick in choice.picks))
    assert letters[0] == letters[1]
    assert len(set(letters)) == 4


def test_few_readers_are_scored_at_a_time_however_few_papers_there_are(monkeypatch: pytest.MonkeyPatch) -> None:
    chosen = selection(paper("Attention"))
    score, most = chosen.scorer.score, [0]

    def count(signals: Sequence[ReaderSignals]) -> DayScores:
        most[0] = max(most[0], len(signals))
        return score(signals)

    monkeypatch.setattr(chosen.scorer, "score", count)
    readers = [ada._replace(id=number) for number in range(1, 3 * MAX_READERS_AT_ONCE)]
    choices = chosen.choose(readers, list(map(describe_reader, readers)))
    assert [pick.rank for choice in choices for pick in choice.picks] == [0] * len(readers)
    assert most == [MAX_READERS_AT_ONCE]


def test_threads_that_share_a_selection_take_turns(monkeypatch: pytest.MonkeyPatch) -> None:
    chosen = selection(paper("Attention"))
    score, inside, most = chosen.scorer.score, [0], [0]

    def count(signals: Sequence[ReaderSignals]) -> DayScores:
        inside[0] += 1
        most[0] = max(most[0], inside[0])
        sleep(0.01)
        inside[0] -= 1
        return score(signals)

    monkeypatch.setattr(chosen.scorer, "score", count)
    signals = describe_reader(ada)
    with ThreadPoolExecutor(4) as threads:
        asked = [threads.submit(chosen.choose, [ada], [signals]) for _ in range(2)]
        ranked = [threads.submit(chosen.rank_candidates, ada, signals) for _ in range(2)]
        assert all(each.result() for each in asked)
        assert all(each.result() for each in ranked)
    assert most == [1]


def test_all_that_a_reader_may_get_is_ranked_by_score() -> None:
    papers = (paper("Guest", categories=("hep-th", "cs.LG")), paper("Other", categories=("hep-th",)), paper("Own"))
    chosen = selection(*papers)
    assert chosen.rank_candidates(ada, describe_reader(ada)) == [2, 0]


def test_as_a_letter_its_papers_come_before_all_others() -> None:
    papers = [paper(f"Paper {number}", score=number / 40) for number in range(40)]
    chosen, reader = selection(*papers, paper("Elsewhere", categories=("hep-th",))), ada._replace(popularity="much")
    [choice] = chosen.choose([reader], [describe_reader(reader)])
    ranked = chosen.rank_as_letter(reader, describe_reader(reader))
    assert ranked[: reader.papers] == [pick.rank for pick in choice.picks]
    assert sorted(ranked) == list(range(41))


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
    popularity=st.sampled_from(["none", "some"]),
    switched_off=st.just(()),
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
def test_every_pick_is_unseen_and_every_reason_true(reader: Reader, papers: list[PaperRecord], seen: int) -> None:
    seen &= (1 << len(papers)) - 1
    index, choice = day(*papers), choose(reader, *papers, seen=seen)
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
            case "explore":
                return lambda found: reason.text == ""
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
