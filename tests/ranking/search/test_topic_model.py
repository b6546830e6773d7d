import numpy as np

from digest.ranking.search.topic_model import TopicPaper, fit_logistic, score_topic
from digest.ranking.search.vector_table import VectorTable
from digest.ranking.text.paper_vector import make_vector
from digest.ranking.text.term_rarity import load_shipped_rarity

KNOTS = [
    f"Knots and braids {name} of a torus, with invariants of links" for name in ("alpha", "beta", "gamma", "delta")
]
STARS = [f"Comets and dust {name} around a dwarf star, seen by telescopes" for name in ("eta", "theta", "iota", "mu")]


def a_paper(text: str, *categories: str) -> TopicPaper:
    return TopicPaper(make_vector(text, text, load_shipped_rarity()), categories)


def test_papers_like_the_seeds_come_first() -> None:
    papers = [a_paper(text) for text in STARS + KNOTS[2:] + STARS]
    scores = score_topic([a_paper(text) for text in KNOTS[:2]], papers)
    assert set(np.argsort(-scores)[:2]) == {4, 5}


def test_categories_of_the_seeds_speak_for_a_paper() -> None:
    papers = [a_paper(text, "math.GT") for text in STARS[:2]] + [a_paper(text, "astro-ph.EP") for text in STARS[:2]]
    scores = score_topic([a_paper(text, "math.GT") for text in KNOTS], papers)
    assert scores[:2].min() > scores[2:].max()


def test_without_seeds_or_papers_nothing_is_said() -> None:
    assert not score_topic([], [a_paper(STARS[0])]).any()
    assert len(score_topic([a_paper(STARS[0])], [])) == 0
    assert np.isfinite(score_topic([a_paper("")], [a_paper(""), a_paper(STARS[0])])).all()


def test_similarities_are_the_same_by_term_and_by_paper() -> None:
    vectors = [a_paper(text).vector for text in KNOTS + STARS] + [a_paper("").vector]
    table = VectorTable.of(vectors)
    for place, vector in enumerate(vectors):
        assert np.array_equal(table.similarities_to(vector), table.similarities(table.to_dense(place)))


def test_a_paper_adds_its_unit_to_the_total() -> None:
    vectors = [a_paper(text).vector for text in KNOTS]
    table = VectorTable.of(vectors)
    assert np.array_equal(table.total(), sum(table.unit(place) for place in range(len(vectors))))


def test_rare_positives_do_not_make_the_weights_run_away() -> None:
    random = np.random.default_rng(1)
    weights = fit_logistic(random.normal(3.0, 1.0, (60, 3)), random.normal(0.0, 1.0, (20_000, 3)), np.ones(3))
    assert (np.abs(weights) < 10).all()
    assert (weights > 0).all()
