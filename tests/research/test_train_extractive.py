import json
from pathlib import Path

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from digest.research.ridge import fit_ridge, solve_cholesky
from digest.research.rouge import rouge_1, stem_words
from digest.research.scitldr import SciTldrPaper, read_scitldr
from digest.research.train_extractive import TooFewPapers, train_weights
from digest.summaries.extractive import features, weights
from digest.summaries.extractive.cue_phrases import read_sentence
from digest.summaries.extractive.weights import Weights, WeightsError

THINGS = ("sums", "graphs", "knots", "rings", "tides", "comets", "genes", "cells", "waves", "tones", "roads", "games")


def a_paper(thing: str) -> SciTldrPaper:
    abstract = (
        f"Many people have studied {thing} in recent years. However, {thing} remain difficult. In this paper, we"
        f" propose a fast way of counting {thing}, which needs little memory. Experiments show that it is accurate."
        " Code is available."
    )
    return SciTldrPaper(thing, f"Counting {thing} fast", abstract, (f"We propose a fast way of counting {thing}.",))


PAPERS = [a_paper(thing) for thing in THINGS]


def lines(papers: list[SciTldrPaper]) -> str:
    return "".join(
        json.dumps({"paper_id": p.paper_id, "title": p.title, "source": [p.abstract], "target": list(p.targets)}) + "\n"
        for p in papers
    )


def test_what_is_learnt_is_to_tell_papers_as_their_authors_did() -> None:
    trained = train_weights(PAPERS, common=3)
    assert trained.papers == len(PAPERS)
    assert trained.score > 95


def test_the_same_papers_and_seed_give_the_same_bytes() -> None:
    first, again = (weights.format_weights(train_weights(PAPERS, seed=7, common=3).weights) for _ in range(2))
    assert first == again
    assert weights.format_weights(train_weights(PAPERS, seed=8, common=3).weights) != first


def test_weights_are_read_back_as_they_were_written() -> None:
    made = train_weights(PAPERS, common=3, corpus="twelve papers").weights
    assert weights.parse_weights(weights.format_weights(made)) == made
    assert made.made["corpus"] == "twelve papers"


def test_weights_that_were_changed_by_hand_are_refused() -> None:
    text = weights.format_weights(train_weights(PAPERS, common=3).weights)
    with pytest.raises(WeightsError, match="changed"):
        weights.parse_weights(text.replace('"papers": 12', '"papers": 13', 1))
    with pytest.raises(WeightsError, match="not a file of weights"):
        weights.parse_weights("{}")


def test_the_shipped_weights_say_their_origin_and_stay_small() -> None:
    shipped: Weights = weights.load_shipped()
    assert shipped.made["by"] == "python manage.py train_extractive"
    assert shipped.made["corpus"] == "scitldr_a_train"
    assert shipped.made["papers"] == 1992
    assert {"seed", "common", "folds", "papers sha256"} <= set(shipped.made)
    assert weights.WEIGHTS_FILE.stat().st_size < 300_000
    assert weights.format_weights(shipped) == weights.WEIGHTS_FILE.read_text("utf-8")


def test_features_are_those_that_have_weights() -> None:
    sentences = [read_sentence(f"We propose a fast way of counting {thing}.") for thing in THINGS]
    abstract = features.analyse_abstract("Counting fast", sentences, weights.load_shipped().words)
    assert tuple(features.sentence_features(abstract, 0)) == features.SENTENCE_FEATURES
    assert tuple(features.whole_sentence_features(abstract, 0)) == features.COMPRESSION_FEATURES


def test_too_few_papers_are_not_enough() -> None:
    with pytest.raises(TooFewPapers, match="4"):
        train_weights(PAPERS[:4])


def test_the_command_trains_from_a_file_and_writes_the_weights(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "few.jsonl").write_text(lines(PAPERS))
    call_command("train_extractive", train=tmp_path / "few.jsonl", out=tmp_path / "weights.json")
    assert weights.parse_weights((tmp_path / "weights.json").read_text()).made["corpus"] == "few"
    assert "12 papers" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("text", "complaint"),
    [("", "Too few"), ("{", "line 1: not JSON"), ("[]", "not a JSON object"), ('{"paper_id": "a"}', "'source'")],
)
def test_a_file_that_cannot_be_learnt_from_is_named(tmp_path: Path, text: str, complaint: str) -> None:
    (tmp_path / "few.jsonl").write_text(text)
    with pytest.raises(CommandError, match=complaint):
        call_command("train_extractive", train=tmp_path / "few.jsonl", out=tmp_path / "weights.json")
    assert not (tmp_path / "weights.json").exists()


def test_ridge_finds_what_a_value_is_worth_within_a_group() -> None:
    groups = [[((float(value), 1.0), 2.0 * value + offset) for value in range(5)] for offset in (0, 100, -7)]
    found = fit_ridge(groups, 2, penalty=1e-9)
    assert found == pytest.approx((2.0, 0.0))


def test_equations_are_solved() -> None:
    assert solve_cholesky([[4.0, 2.0], [2.0, 3.0]], [10.0, 9.0]) == pytest.approx((1.5, 2.0))


def test_rouge_counts_shared_words_by_their_stems() -> None:
    assert rouge_1(stem_words("We propose methods"), stem_words("we proposed a method")) == pytest.approx(2 * 3 / 7)
    assert rouge_1([], ["anything"]) == 0


@pytest.mark.data
def test_part_of_the_corpus_trained_twice_gives_the_same_bytes(shared_data: Path) -> None:
    papers = list(read_scitldr(shared_data / "scitldr" / "scitldr_a_train.jsonl.xz"))[:40]
    assert weights.format_weights(train_weights(papers, common=5).weights) == weights.format_weights(
        train_weights(papers, common=5).weights
    )
