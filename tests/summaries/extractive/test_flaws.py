import pytest

from digest.summaries.extractive.cue_phrases import read_sentence
from digest.summaries.extractive.flaws import Flaw, find_flaws, find_others
from digest.summaries.extractive.sentences import split_sentences
from digest.summaries.extractive.writer import write_summary


@pytest.mark.parametrize(
    "text",
    [
        "We propose Sieve, a simple method that weighs every example by its gradient norm.",
        "A new method of sorting large numbers by their last digits.",
        "We show that sums of pairs converge and that these sums are unique.",
        "This paper studies how bees choose between two flowers of one colour.",
        "We prove that a graph has four colours if and only if it is possible to draw it.",
        "We compare bees and wasps and count the eggs of both.",
        "We study sums of squares.",
        "We see two kinds of flaw in sums: small numbers and large ones.",
        "When bees sleep, wasps can then take their flowers.",
        "We show for every flower of the garden when it opens.",
        "We prove the statement that sums of odd numbers are even.",
        "We show that bees are a better teacher than wasps are.",
    ],
)
def test_a_good_sentence_has_no_flaw(text: str) -> None:
    assert find_flaws(text) == frozenset()


@pytest.mark.parametrize(
    ("text", "flaw"),
    [
        ("We introduce SIEVE, a simple recipe.", Flaw.EMPTY),
        ("We present Sieve, a novel framework comprising three components.", Flaw.EMPTY),
        ("We propose a reliable dataset with a global scope.", Flaw.EMPTY),
        ("We introduce Sieve, a weighted gradient framework.", Flaw.EMPTY),
        ("We propose Example Weighing from Gradient Norms (SIEVE).", Flaw.EMPTY),
        ("We give a long and thorough analysis of its weights and of their norms.", Flaw.POINTS_BACK),
        ("We see two kinds of flaw in sums: small numbers.", Flaw.BROKEN),
        ("We weigh the examples of a large training set by…", Flaw.BROKEN),
        ("Which weighs every example by its gradient norm.", Flaw.BROKEN),
        ("We weigh every example (by its gradient norm.", Flaw.BROKEN),
        ("We weigh not only the examples by their gradient norm.", Flaw.BROKEN),
        ("We weigh every exam- ple by its gradient norm in a run.", Flaw.BROKEN),
        ("We bridge this gap by weighing every example.", Flaw.POINTS_BACK),
        ("It weighs every example by its gradient norm.", Flaw.POINTS_BACK),
        ("We show that they weigh every example by its norm.", Flaw.POINTS_BACK),
        ("These weights follow the gradient norm of every example.", Flaw.POINTS_BACK),
        ("We propose Sieve, a sorter combining the strengths of both paradigms.", Flaw.POINTS_BACK),
        ("We propose a sorter that overcomes the above drawback of slow sums.", Flaw.POINTS_BACK),
        ("We study the presence of such a space in beehives.", Flaw.POINTS_BACK),
        ("A bee can then no longer rely on the presence of wasps.", Flaw.POINTS_BACK),
        ("We report sets of flowers where it still fails.", Flaw.POINTS_BACK),
        ("We use a different tool, the counting of bees by their sound.", Flaw.POINTS_BACK),
        ("We prove the statement for all odd numbers.", Flaw.POINTS_BACK),
        ("We construct the function explicitly, as a sum of odd numbers.", Flaw.POINTS_BACK),
        ("We introduce the Bee Sampler, which needs no $L$.", Flaw.POINTS_BACK),
        ("We study whether sounds of the web are a better teacher.", Flaw.POINTS_BACK),
        ("We evaluate our method on five sets of numbers.", Flaw.UNNAMED),
        ("Experiments show that the proposed sorter algorithm saves half of the time.", Flaw.UNNAMED),
    ],
)
def test_a_sentence_that_says_too_little_alone_has_one(text: str, flaw: Flaw) -> None:
    assert flaw in find_flaws(text)


@pytest.mark.parametrize(
    ("abstract", "others"),
    [
        ("Bees see colours. We show that wasps do too. Wasps see blue best.", [True, False, False]),
        ("Earlier models sort numbers one by one. Pairs are sorted here.", [True, False]),
        ("Most models sort numbers one by one. We sort pairs. Previous models fail on pairs.", [True, False, True]),
        ("We previously sorted pairs. We now sort triples.", [True, False]),
        ("We still lack a way of sorting pairs. This paper presents one.", [True, False]),
        ("A sum of odd numbers is even or odd. Sums of pairs are even.", [False, False]),
        ("Recently, sums have become popular. Sums of pairs are even.", [True, False]),
    ],
)
def test_what_others_did_is_told_from_what_the_paper_did(abstract: str, others: list[bool]) -> None:
    assert find_others([read_sentence(text) for text in split_sentences(abstract)]) == others


@pytest.mark.parametrize(
    ("title", "abstract", "tldr"),
    [
        (
            "Sieve",
            "Training is dear. We introduce SIEVE, a simple recipe. SIEVE weighs every example of a set by its norm.",
            "SIEVE weighs every example of a set by its norm.",
        ),
        (
            "Weighing examples",
            "Training is dear. No one knows which examples matter. We bridge this gap by proposing a method that weighs"
            " every example of a training set.",
            "A method that weighs every example of a training set.",
        ),
        (
            "Weighing examples",
            "Training is dear. We aim to close this gap and introduce Sieve, which weighs the examples of a set.",
            "We introduce Sieve, which weighs the examples of a set.",
        ),
        (
            "Counting bees on flowers",
            "Bees on flowers are counted by many cameras today. Here we count bees on flowers by their sound.",
            "We count bees on flowers by their sound.",
        ),
        (
            "Counting bees on flowers",
            "Bees on flowers are counted by many cameras today. We show, moreover, that bees on flowers hum at night.",
            "We show that bees on flowers hum at night.",
        ),
    ],
)
def test_the_sentence_without_a_flaw_is_told(title: str, abstract: str, tldr: str) -> None:
    assert write_summary(title, abstract).tldr == tldr


def test_a_name_alone_is_worse_than_an_empty_sentence() -> None:
    assert find_flaws("We propose Example Weighing from Gradient Norms (SIEVE).") == {Flaw.EMPTY, Flaw.NAME_ALONE}
    assert find_flaws("We introduce Sieve, a weighted gradient framework.") == {Flaw.EMPTY}
