"""Vectors of a real embedding model: what is near by them is of the same subject, and the order of papers follows."""

import json
import os
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest
from django.core.management import call_command
from pytest_django import Settings

from digest.editions.version_embeddings import load_embeddings
from digest.models import Version
from digest.ranking.text.embedding import embedding_similarity
from digest.research.past_days import PastPaper, read_past_papers
from digest.research.past_readers import PastReader, ProfilePaper, find_reader_days, read_readers
from digest.summaries.llm.embedding_client import EmbeddingReply, configured_embedder, request_embeddings
from tests.editions.rows import announce
from tests.editions.vector_figures import measure_vectors

pytestmark = [pytest.mark.embeddings, pytest.mark.data, pytest.mark.django_db]

SUBJECTS = ("cs.CV", "quant-ph", "cs.CR", "astro-ph.GA")
OF_SUBJECT, READERS = 50, 8


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    """Serve the model that MINILM names."""
    # More threads than cores wait for each other; a few papers at a time need no second one.
    environment = {**os.environ, "OPENBLAS_NUM_THREADS": "1"}
    command = [sys.executable, "-m", "tests.editions.minilm_server", os.environ["MINILM"]]
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        yield f"http://127.0.0.1:{server.stdout.readline().strip()}/v1"
        server.terminate()


@pytest.fixture
def service(address: str, settings: Settings) -> None:
    settings.OPENAI_EMBEDDING_BASE_URL, settings.OPENAI_EMBEDDING_MODEL = address, "all-MiniLM-L6-v2"
    settings.LLM_TIMEOUT = 120


@pytest.fixture
def papers(shared_data: Path) -> list[PastPaper]:
    """Return the papers of March that were announced under some subjects, and others."""
    return list(read_past_papers(shared_data / "papers" / "papers_dev_2026-03.jsonl.xz"))


def choose_papers(papers: Sequence[PastPaper]) -> list[PastPaper]:
    """Return the first papers of some subjects, of which they are first of all."""
    found: defaultdict[str, list[PastPaper]] = defaultdict(list)
    for paper in papers:
        found[paper.categories[0]].append(paper)
    return [paper for subject in SUBJECTS for paper in found[subject][:OF_SUBJECT]]


def choose_readers(shared_data: Path, papers: Sequence[PastPaper]) -> tuple[list[PastPaper], list[PastReader]]:
    """Return the first readers who chose a paper on the first day, and what they chose among others of that day."""
    of_day = [paper for paper in papers if paper.day == papers[0].day]
    readers = list(read_readers(shared_data / "readers" / "users_authors_dev.jsonl.xz"))
    days = find_reader_days(readers, of_day)[:READERS]
    chosen = {arxiv_id for day in days for arxiv_id in day.chosen}
    others = [paper for paper in of_day if paper.arxiv_id not in chosen][: 60 - len(chosen)]
    return [paper for paper in of_day if paper.arxiv_id in chosen or paper in others], [day.reader for day in days]


def embed(texts: Sequence[PastPaper | ProfilePaper]) -> dict[str, bytes]:
    """Store papers, ask for their vectors by the product's command, and return these by arXiv id."""
    versions = {text.arxiv_id: announce(text.title, *text.categories, abstract=text.abstract).pk for text in texts}
    call_command("embed_papers", "--json")
    vectors = load_embeddings(versions.values())
    return {arxiv_id: vectors[version] for arxiv_id, version in versions.items()}


@pytest.mark.usefixtures("service")
def test_the_model_gives_the_cosines_that_its_authors_publish() -> None:
    """See https://www.sbert.net: three sentences, two of them about the weather."""
    embedder = configured_embedder()
    assert embedder is not None
    texts = ["The weather is lovely today.", "It's so sunny outside!", "He drove to the stadium."]
    reply = request_embeddings(embedder, texts)
    embedder.close()
    assert isinstance(reply, EmbeddingReply)
    one, two, three = map(np.array, reply.vectors)
    assert [one @ two, one @ three, two @ three] == pytest.approx([0.6660, 0.1046, 0.1411], abs=1e-4)


@pytest.mark.usefixtures("service")
def test_papers_near_by_real_vectors_are_of_the_same_subject(
    shared_data: Path, papers: list[PastPaper], capsys: pytest.CaptureFixture[str]
) -> None:
    some = choose_papers(papers)
    vectors = embed(some)
    assert json.loads(capsys.readouterr().out)["stored"] == len(some) == Version.objects.count()
    rows = [vectors[paper.arxiv_id] for paper in some]
    cosines = embedding_similarity(rows, rows)
    np.fill_diagonal(cosines, -1)
    nearest = [some[place].categories[0] for place in cosines.argmax(axis=1).tolist()]
    share = np.mean([near == paper.categories[0] for near, paper in zip(nearest, some, strict=True)])
    with capsys.disabled():
        print(f"\nThe nearest of {len(some)} papers is of the same subject: {share:.1%}")
    assert share > 0.9


@pytest.mark.usefixtures("service")
def test_real_vectors_move_papers_for_readers(
    shared_data: Path, papers: list[PastPaper], capsys: pytest.CaptureFixture[str]
) -> None:
    of_day, readers = choose_readers(shared_data, papers)
    liked = {paper.arxiv_id: paper for reader in readers for paper in reader.profile}
    others = [paper for paper in of_day if paper.arxiv_id not in liked]
    vectors = embed([*others, *liked.values()])
    figures = measure_vectors(of_day, readers, vectors)
    with capsys.disabled():
        print(f"\n{figures}")
    assert len(figures.by_words) == READERS
    assert figures.by_words != figures.with_vectors
    assert np.mean(figures.with_vectors) > np.mean(figures.by_words) - 0.05
    without = measure_vectors(of_day, readers, {})
    assert without.by_words == without.with_vectors == figures.by_words
