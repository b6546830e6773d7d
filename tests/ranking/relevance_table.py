"""How well papers are chosen, on the readers, topics and days of the evaluation data: the whole table by one command.

Readers and trending are measured by weights that did not see them, in folds, each also without one family of features.
"""

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from io import StringIO
from pathlib import Path

from django.core.management import call_command

from tests.search import public_list

OTHERS = 5000


def list_rows(data: Path, seed: int) -> Iterator[str]:
    """Yield the lines of the table. It takes an hour, and tables for papers in a database."""
    papers = sorted((data / "papers").glob("papers_dev_*.jsonl.xz"))
    with tempfile.TemporaryDirectory(prefix="relevance-") as folder:
        out, seeded = Path(folder), ("--seed", str(seed))
        yield "# Readers: nDCG@10"
        users = data / "readers" / "users_authors_dev.jsonl.xz"
        weights = ("--out", str(out / "relevance.json"))
        yield from _run("train_relevance", *map(str, papers), "--users", str(users), *weights, *seeded)
        yield "\n# Trending: nDCG@30, and how many of the ten most voted are among our 100"
        votes = data / "trending" / "hf_daily_dev.jsonl.xz"
        yield from _run("train_promise", *map(str, papers), "--hf", str(votes), "--out", folder, "--evaluate", *seeded)
        yield "\n# Topics of 60 seeds: mean average precision"
        topics, ranked = data / "topics" / "topics_dev.jsonl.xz", out / "topics.jsonl"
        call_command("predict", "topic", str(topics), *map(str, papers), "--out", str(ranked))
        yield f"{_score(data, 'topic', ranked, topics)['map']:.3f}"
    yield "\n# A public list among others"
    yield from public_list.list_rows(data, OTHERS)


def _run(*command: str) -> list[str]:
    """Return the lines that one of our commands prints."""
    said = StringIO()
    call_command(*command, stdout=said)
    return said.getvalue().splitlines()


def _score(data: Path, kind: str, *files: Path) -> dict[str, float]:
    """Return what the evaluation data's own program says of predictions."""
    program = data.parent / "tools" / "score.py"
    done = subprocess.run([sys.executable, program, kind, *files], capture_output=True, text=True, check=True)
    figures: dict[str, float] = json.loads(done.stdout)
    return figures
