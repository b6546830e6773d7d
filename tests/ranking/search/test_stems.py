import pytest

from digest.ranking.search.stems import stem


@pytest.mark.parametrize(
    "family",
    [
        "guarantee guarantees guaranteed guaranteeing",
        "theoretical theoretically",
        "generalize generalized generalization generalizing",
        "hop hopping hopped",
        "relate related relating relation relational",
        "agree agreed agreeing",
        "study studies studied",
        "caress caresses",
        "hopeful hopefulness",
        "probability probabilities",
    ],
)
def test_forms_of_a_word_share_a_stem(family: str) -> None:
    assert len({stem(word) for word in family.split()}) == 1


@pytest.mark.parametrize("word", ["gan", "c++", "naïve", "学", "a1b2", "sing", "sky", "bed", ""])
def test_what_is_no_longer_english_word_stays(word: str) -> None:
    assert stem(word) == word


@pytest.mark.parametrize(("one", "other"), [("theory", "theoretical"), ("policy", "police")])
def test_other_words_have_other_stems(one: str, other: str) -> None:
    assert stem(one) != stem(other)
