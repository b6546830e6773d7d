"""The linear score of a paper's words."""

from digest.ranking.trending.text_score import extract_features, format_word_weights, parse_word_weights, score_text
from tests.ranking.papers import paper


def test_words_title_words_and_categories_are_features() -> None:
    found = extract_features(paper("Sorting nets", abstract="They sort.", categories=("cs.LG", "stat.ML")))
    assert found == {
        *("sorting", "net", "they", "sort", "title sorting", "title net"),
        *("category cs.LG", "category stat.ML", "primary cs.LG"),
    }


def test_author_names_are_no_features() -> None:
    ours, theirs = paper(authors=("Ada Lovelace",)), paper(authors=("Geoffrey Hinton",))
    assert extract_features(ours) == extract_features(theirs)


def test_a_long_abstract_has_no_advantage() -> None:
    weights = {"agent": 100}
    assert score_text({"agent", "a", "b", "c"}, weights) == 50
    assert score_text({"agent"}, weights) == 100
    assert score_text(set(), weights) == 0


def test_weights_are_read_back_as_they_were_written() -> None:
    weights = {"agent": 120, "lemma": -50, "title 大": 3}
    assert parse_word_weights(format_word_weights(weights)) == weights
