"""The code of a paper is what its authors offer as their own, not what they compare with, build on or mine."""

import json
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.sources.code_links import find_code_link
from digest.sources.validation import parse_web_address

OURS = "https://github.com/lab/tool"


@pytest.mark.parametrize(
    ("abstract", "address"),
    [
        ("Our code is at https://github.com/lab/tool.", OURS),
        ("Code: https://github.com/lab/tool", OURS),
        (r"Code: \url{https://github.com/lab/tool}", OURS),
        (r"Our code: \href{https://github.com/lab/my\_tool}{here}", "https://github.com/lab/my_tool"),
        (r"It wins\footnote{The code is available at https://github.com/lab/tool}.", OURS),
        ("The code is available at this [link](https://github.com/lab/tool).", OURS),
        ("The code is at github.com/lab/tool.", OURS),
        ("Code is available at https:/www.GitHub.com/lab/tool .", OURS),
        ("Code is available at git@github.com:lab/tool.git.", OURS),
        ("Code is available at https://github.com/lab/tool.git", OURS),
        ("Code is available at https://github.com/lab/tool/tree/main", OURS),
        ("Code is available at https://github.com/lab/tool/tree/main.", OURS),
        ("Code is in https://github.com/lab/tool/tree/main/papers/one", f"{OURS}/tree/main/papers/one"),
        ("Code: ssh://git@gitlab.com/group/sub/project.git", "https://gitlab.com/group/sub/project"),
        ("https://gitlab.inria.fr/team/tool holds the source code of this paper.", "https://gitlab.inria.fr/team/tool"),
        ("Code: https://codeberg.org/lab/tool", "https://codeberg.org/lab/tool"),
        ("Our implementation is at https://bitbucket.org/lab/tool/src/main/", "https://bitbucket.org/lab/tool"),
        ("We release weights at https://huggingface.co/lab/model-7b.", "https://huggingface.co/lab/model-7b"),
        ("Weights: https://hf.co/lab/model and code: https://github.com/lab/tool.", OURS),
        ("Software is archived at https://doi.org/10.5281/zenodo.1234567.", "https://doi.org/10.5281/zenodo.1234567"),
        ("Code at https://zenodo.org/records/1234567", "https://zenodo.org/records/1234567"),
        ("Our code, which builds on https://github.com/a/b, is available at https://github.com/lab/tool.", OURS),
        ("Following https://github.com/a/b, we train. Our code: https://github.com/lab/tool", OURS),
        ("We build on X (https://github.com/a/b) and release our code at https://github.com/lab/tool.", OURS),
        ("We sort faster than bees.Our code is available at https://github.com/lab/tool", OURS),
    ],
)
def test_what_the_authors_offer_is_the_papers_code(abstract: str, address: str) -> None:
    assert find_code_link(abstract, "") == address
    assert parse_web_address(address) == address


@pytest.mark.parametrize(
    "abstract",
    [
        "Our method outperforms https://github.com/other/baseline.",
        "Our method improves on the baseline (https://github.com/other/baseline).",
        "We compare Sieve with https://github.com/other/baseline; soon our code follows.",
        "We compare our method with the code available at https://github.com/other/baseline.",
        "The baseline code is available at https://github.com/other/baseline.",
        "Their code is available at https://github.com/other/baseline.",
        "The code of the original authors is available at https://github.com/other/baseline.",
        "Unlike https://github.com/other/baseline, our approach needs no labels.",
        "Our code is built on https://github.com/pytorch/pytorch.",
        "We use the library https://github.com/pytorch/pytorch for training.",
        "Our experiments use the implementation of https://github.com/pytorch/pytorch.",
        "We mined issues from https://github.com/torvalds/linux.",
        "We evaluate on SWE-bench (https://github.com/princeton-nlp/SWE-bench).",
        "The dataset: https://huggingface.co/datasets/lab/data",
        "Data at https://zenodo.org/records/1234567",
        "Code available: https://github.com/lab.",
        "Project page: https://lab.github.io/tool/",
        "We study pull requests on GitHub.",
    ],
)
def test_what_belongs_to_others_is_no_code_of_the_paper(abstract: str) -> None:
    assert find_code_link(abstract, "") == ""


def test_the_comment_is_read_where_the_abstract_offers_nothing() -> None:
    assert find_code_link("We sort.", "12 pages; code: https://github.com/lab/tool") == OURS
    assert find_code_link("Our code: https://github.com/lab/tool", "Code: https://github.com/lab/other") == OURS


@given(st.text(st.sampled_from("abc git@hub.com/:\\{}()_; ,codeourat\n"), max_size=300))
def test_no_text_is_too_odd(text: str) -> None:
    found = find_code_link(text, f"code: https://github.com/{text}")
    assert found == "" or found.startswith("https://")


def test_a_list_of_addresses_costs_little() -> None:
    started = time.process_time()
    find_code_link("our code compared with https://github.com/aa/bb " * 400, "code " * 4000 + "/")
    assert time.process_time() - started < 1


@pytest.mark.parametrize("words", ["our ", "we a ", "a."])
def test_a_long_clause_is_not_read_for_each_address(words: str) -> None:
    started = time.process_time()
    find_code_link(words * (19_000 // len(words)) + " https://github.com/aa/bb" * 25, "")
    assert time.process_time() - started < 0.6


@pytest.mark.data
def test_the_links_of_the_field_are_understood(shared_data: Path) -> None:
    lines = (shared_data / "field_cases" / "code_links.jsonl").read_text(encoding="utf-8").splitlines()
    rows = [json.loads(line) for line in lines]
    wrong = [row for row in rows if find_code_link(row.get("abstract", ""), row.get("comment", "")) != row["right"]]
    assert wrong == []
