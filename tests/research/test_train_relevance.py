"""Training the personal score on authors, small."""

from pathlib import Path

import numpy as np
import pytest

from digest.ranking.personal.relevance import COLUMN_NAMES
from digest.research.past_days import PastPaper, read_past_papers
from digest.research.past_readers import PastReader, draw_authors, find_followed, read_readers
from digest.research.train_relevance import (
    FOLDS,
    SPEAK_AGAINST,
    Example,
    TooFewReaders,
    fit_logit,
    measure_variants,
    train_relevance,
)
from tests.research.past_days import write_lines
from tests.research.past_readers import paper_lines, reader_lines


@pytest.fixture
def papers(tmp_path: Path) -> list[PastPaper]:
    return list(read_past_papers(write_lines(tmp_path / "papers.jsonl", paper_lines())))


@pytest.fixture
def readers(tmp_path: Path, papers: list[PastPaper]) -> list[PastReader]:
    lines = reader_lines()
    lines[0]["positives"] = [{"id": papers[0].arxiv_id}, papers[10].arxiv_id]
    return list(read_readers(write_lines(tmp_path / "readers.jsonl", lines)))


def test_authors_are_drawn_without_papers_of_test_readers(papers: list[PastPaper]) -> None:
    left_out = {paper.arxiv_id for paper in papers if paper.authors == ("Ada Lovelace",)}
    drawn = draw_authors(papers, left_out, 100, seed=1)
    assert {day.reader.name for day in drawn} == {"grace hopper", "emmy noether", "vera rubin", "rosalind franklin"}
    assert all(paper.arxiv_id not in left_out for day in drawn for paper in day.reader.profile)


def test_the_profile_of_an_author_is_from_later_days(papers: list[PastPaper]) -> None:
    days = {paper.arxiv_id: paper.day for paper in papers}
    for drawn in draw_authors(papers, (), 100, seed=1):
        assert all(days[paper.arxiv_id] > drawn.day for paper in drawn.reader.profile)


def test_the_most_frequent_categories_are_followed(readers: list[PastReader]) -> None:
    paper = readers[0].profile[0]
    profile = [paper._replace(categories=codes) for codes in (("b", "a"), ("b", "c"), ("d", "b", "c"))]
    assert find_followed(profile) == ("b", "c", "a")


def test_the_same_files_and_seed_give_the_same_weights(papers: list[PastPaper], readers: list[PastReader]) -> None:
    first, again = (train_relevance(papers, readers, seed=3) for _ in range(2))
    assert first == again
    assert first.shipped.made["readers"] == len(readers)
    assert not any(weights.many["like_mean"] for weights in first.by_fold["likes"])


def test_weights_of_a_fold_do_not_know_its_readers(papers: list[PastPaper], readers: list[PastReader]) -> None:
    trained = train_relevance(papers, readers)
    of_the_fold, *others = (
        trained.by_fold[""][(trained.folds[readers[0].name] + step) % FOLDS] for step in range(FOLDS)
    )
    assert all(weights.many != of_the_fold.many for weights in others)
    assert all(weights.many == trained.shipped.many for weights in others)


def test_nothing_is_learned_from_what_several_readers_chose(papers: list[PastPaper], readers: list[PastReader]) -> None:
    both = [reader._replace(positives=frozenset([papers[0].arxiv_id])) for reader in readers[:2]]
    trained = train_relevance(papers, both)
    assert all(weights.many == trained.shipped.many for weights in trained.by_fold[""])


def test_trained_weights_rank_the_papers_of_a_subject_first(papers: list[PastPaper], readers: list[PastReader]) -> None:
    figures = measure_variants(papers, readers, train_relevance(papers, readers))
    assert figures.reader_days == 2
    assert figures.made["readers"] == len(readers)
    assert figures.scenarios[0].ndcg[""] > 0.6
    assert [each.name for each in figures.scenarios][::3] == ["all likes", "2 likes, 5 keywords"]


def test_without_authors_there_is_nothing_to_learn(readers: list[PastReader], papers: list[PastPaper]) -> None:
    with pytest.raises(TooFewReaders, match="no author"):
        train_relevance(papers[:3], readers)


def test_a_file_in_which_nobody_chose_a_paper_is_refused(papers: list[PastPaper], readers: list[PastReader]) -> None:
    """Its figures would all be zero."""
    with pytest.raises(TooFewReaders, match="no reader chose a paper of these days"):
        train_relevance(papers, [reader._replace(positives=frozenset()) for reader in readers])


def test_authors_who_had_no_choice_teach_nothing(papers: list[PastPaper], readers: list[PastReader]) -> None:
    alone = [paper for paper in papers if paper.authors == ("Ada Lovelace",)]
    with pytest.raises(TooFewReaders, match="no papers of others"):
        train_relevance(alone, readers[1:])


def test_a_column_that_tells_the_chosen_gets_weight() -> None:
    random = np.random.default_rng(1)
    told, against = COLUMN_NAMES.index("like_mean"), COLUMN_NAMES.index("like_usual")
    examples = []
    for likes in (0, 5) * 40:
        columns = random.normal(size=(30, len(COLUMN_NAMES))).astype(np.float32)
        columns[0, told] += 2
        columns[0, against] += 2
        examples.append(Example(columns, 1, likes, 1.0, 1.0))
    many, none = fit_logit(examples)
    assert many["like_mean"] > 0.5
    assert none["like_mean"] > 0.5
    assert {name for name in SPEAK_AGAINST if many[name] > 0} == set()
