"""A paper that is withdrawn leaves the choice; one that only speaks of a withdrawal stays."""

import json
from pathlib import Path

import pytest

from digest.sources.withdrawals import is_withdrawn, judge_withdrawal


@pytest.mark.parametrize(
    "comment",
    [
        "This paper has been withdrawn by the authors, as Lemma 7 is wrong",
        "Withdrawn due to a crucial mistake",
        "[Withdrawn] error in the proof of Theorem 1",
        "Paper withdrawn pending further work",
        "Retracted due to errors",
        "v2: withdrawn because of an error",
        "12 pages. This paper has been withdrawn by the authors",
        "This article is being withdrawn",
        "This article is withdrawn because of an error",
        "We would like to withdraw this paper, as its survey was too small",
        "We are withdrawing this article because of an error",
        "The authors have withdrawn this paper, as Lemma 7 is wrong",
        "The author withdraws this paper",
        "I have withdrawn this paper",
        "Reviewers think that the paper should be retracted first.It may come back next year",
        "The bees were counted twice, so that we request withdrawal of the sums",
        "This paper contains an error and is therefore withdrawn",
        "This paper should be considered withdrawn",
        "It was withdrawn by the authors",
        "Withdrawn from arXiv by the authors",
        "This submission has been removed by arXiv administrators: nobody signed it",
        "arXiv admin note: This submission has been withdrawn: it was sent twice",
        "arXiv admin note: submission has been removed by arXiv administrators",
    ],
)
def test_a_withdrawal_is_understood_however_it_is_said(comment: str) -> None:
    assert judge_withdrawal(comment) == "withdrawn"


@pytest.mark.parametrize(
    "comment",
    [
        "Withdrawn from ICLR 2026, with nine pages",
        "This paper was withdrawn from NeurIPS 2025 after acceptance",
        "We have withdrawn this paper from CVPR 2026",
        "The authors withdrew the paper from the conference",
        "Withdrawn from consideration at JMLR",
        "Replaces the withdrawn paper arXiv:2501.00001",
        "This paper replaces arXiv:2501.00001, which has been withdrawn",
        "An earlier version of this paper was withdrawn",
        "The paper has not been withdrawn",
        "27 pages, on retracts of Boolean algebras",
        "Lemma 4.6 removed",
        "Typos removed by the author",
        "arXiv admin note: text overlap with arXiv:2501.00001",
        "13 pages, 4 figures",
        "",
    ],
)
def test_another_withdrawal_is_none_of_the_paper(comment: str) -> None:
    assert judge_withdrawal(comment) == ""


@pytest.mark.parametrize(
    "comment",
    [
        "Submitted to CVPR 2026, but the authors have withdrawn it and are adding more content",
        "Withdrawn at ICML 2025; nine pages",
        "Withdrawn submission to NeurIPS 2025",
        "We withdraw our claim of Theorem 3",
        "v1 was withdrawn; this version corrects the error",
    ],
)
def test_in_doubt_the_paper_stays(comment: str) -> None:
    assert judge_withdrawal(comment) == "unclear"
    assert not is_withdrawn(comment, "We look at attention.")


def test_only_the_opening_of_an_abstract_can_withdraw() -> None:
    assert is_withdrawn("", "This paper has been withdrawn by the author.")
    assert not is_withdrawn("", f"{'We study papers. ' * 30} This paper has been withdrawn by the author.")


@pytest.mark.data
def test_the_comments_of_the_field_are_understood(shared_data: Path) -> None:
    lines = (shared_data / "field_cases" / "withdrawn_comments.jsonl").read_text(encoding="utf-8").splitlines()
    rows = [json.loads(line) for line in lines]
    assert [row for row in rows if is_withdrawn(row["comment"], "") is not row["withdrawn"]] == []
