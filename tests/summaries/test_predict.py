import json
import lzma
from collections.abc import Iterable
from pathlib import Path
from statistics import mean

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from digest.research.rouge import rouge_1, stem_words
from digest.research.scitldr import read_scitldr
from digest.summaries.extractive.writer import write_summary
from tests.summaries.papers import TITLE

LINE = json.dumps({"paper_id": "p1", "title": TITLE, "source": ["Training is dear.", "We propose Sieve."]})


def test_each_paper_gives_one_line_with_its_id_and_its_sentence(tmp_path: Path) -> None:
    (tmp_path / "papers.jsonl").write_text(f"{LINE}\n\n{LINE.replace('p1', 'p2')}\n")
    call_command("predict", "tldr", str(tmp_path / "papers.jsonl"), out=str(tmp_path / "predicted.jsonl"))
    predicted = [json.loads(line) for line in (tmp_path / "predicted.jsonl").read_text().splitlines()]
    assert predicted == [{"paper_id": name, "tldr": "We propose Sieve."} for name in ("p1", "p2")]


def test_a_compressed_file_is_read_and_printed_by_default(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with lzma.open(tmp_path / "papers.jsonl.xz", "wt") as file:
        file.write(LINE)
    call_command("predict", "tldr", str(tmp_path / "papers.jsonl.xz"))
    assert json.loads(capsys.readouterr().out) == {"paper_id": "p1", "tldr": "We propose Sieve."}


@pytest.mark.parametrize(
    ("name", "content", "complaint"),
    [
        ("papers.jsonl", f"{LINE}\nno json".encode(), "papers.jsonl, line 2: not JSON"),
        ("papers.jsonl", b'{"paper_id": "p1", "source": "text"}', "no list of texts in 'source'"),
        ("papers.jsonl", b'{"source": []}', "no text in 'paper_id'"),
        ("papers.jsonl", b"\xff\xfe", "not UTF-8"),
        ("papers.jsonl.xz", b"not compressed", "damaged .xz"),
        ("elsewhere.jsonl", None, "cannot be read: No such file"),
    ],
)
def test_what_cannot_be_read_is_named_and_nothing_is_written(
    tmp_path: Path, name: str, content: bytes | None, complaint: str
) -> None:
    if content is not None:
        (tmp_path / name).write_bytes(content)
    with pytest.raises(CommandError, match=complaint):
        call_command("predict", "tldr", str(tmp_path / name), out=str(tmp_path / "predicted.jsonl"))
    assert not (tmp_path / "predicted.jsonl").exists()


def best_rouge_1(text: str, targets: Iterable[str]) -> float:
    """Compare a text with the nearest of *targets*, as SciTLDR scores; 0 to 100."""
    return 100 * max(rouge_1(stem_words(text), stem_words(target)) for target in targets)


@pytest.mark.data
def test_unseen_papers_are_told_nearly_as_by_their_authors(shared_data: Path) -> None:
    papers = list(read_scitldr(shared_data / "scitldr" / "scitldr_a_dev.jsonl.xz"))[::3]
    predicted = [(paper, write_summary(paper.title, paper.abstract).tldr) for paper in papers]
    score = mean(best_rouge_1(text, paper.targets) for paper, text in predicted)
    first = mean(best_rouge_1(paper.abstract.split(". ")[0], paper.targets) for paper in papers)
    assert score > 40.5
    assert score > first + 9
    assert not [paper for paper, text in predicted if text.rstrip(".").lower() == paper.title.lower()]
