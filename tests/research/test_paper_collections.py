import json
from pathlib import Path

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

PAPERS = [
    {"id": "1", "title": "Knots", "abstract": "Knots and braids of a torus", "announced": "2026-02-02"},
    {"id": "2", "title": "Stars", "abstract": "Dust around dwarf stars", "announced": "2026-02-03"},
    {"id": "3", "title": "More knots", "abstract": "Braids of a torus", "announced": "2026-03-02"},
    {"id": "4", "title": "More stars", "abstract": "Comets and dust", "announced": "2026-02-04"},
]
TOPIC = {"topic": "knots", "seeds": [{"id": "9", "title": "Knots", "abstract": "Braids of a torus"}]}


def predict(folder: Path, kind: str, *files: object) -> list[dict[str, object]]:
    call_command("predict", kind, *map(str, files), out=str(folder / "out.jsonl"))
    return [json.loads(line) for line in (folder / "out.jsonl").read_text().splitlines()]


def write(path: Path, *documents: object) -> Path:
    path.write_text("".join(f"{json.dumps(each)}\n" for each in documents))
    return path


def test_a_topic_ranks_every_paper_of_all_files(tmp_path: Path) -> None:
    files = write(tmp_path / "a.jsonl", *PAPERS[:2]), write(tmp_path / "b.jsonl", *PAPERS[1:])
    (line,) = predict(tmp_path, "topic", write(tmp_path / "topics.jsonl", TOPIC), *files)
    assert line["topic"] == "knots"
    assert set(line["ranked"][:2]) == {"1", "3"}  # type: ignore[index]
    assert sorted(line["ranked"]) == ["1", "2", "3", "4"]  # type: ignore[call-overload]


def test_papers_outside_of_a_topics_window_come_last(tmp_path: Path) -> None:
    topics = write(tmp_path / "topics.jsonl", TOPIC | {"window": ["2026-02-01", "2026-02-28"]})
    (line,) = predict(tmp_path, "topic", topics, write(tmp_path / "papers.jsonl", *PAPERS))
    assert line["ranked"][0] == "1"  # type: ignore[index]
    assert line["ranked"][-1] == "3"  # type: ignore[index]


def test_what_a_topic_wants_found_changes_nothing(tmp_path: Path) -> None:
    papers = write(tmp_path / "papers.jsonl", *PAPERS)
    told = predict(tmp_path, "topic", write(tmp_path / "told.jsonl", TOPIC | {"positives": ["2"]}), papers)
    assert told == predict(tmp_path, "topic", write(tmp_path / "topics.jsonl", TOPIC), papers)


@pytest.mark.parametrize("topic", [{"topic": "x"}, {"seeds": ["1"]}, TOPIC | {"window": "May"}, {"seeds": [{}]}])
def test_a_topic_that_cannot_be_read_is_named(tmp_path: Path, topic: object) -> None:
    papers = write(tmp_path / "papers.jsonl", *PAPERS)
    with pytest.raises(CommandError, match="topics"):
        predict(tmp_path, "topic", write(tmp_path / "topics.jsonl", topic), papers)


def test_a_search_ranks_papers_for_a_query(tmp_path: Path) -> None:
    papers = write(tmp_path / "papers.jsonl", *PAPERS)
    (line,) = predict(tmp_path, "search", "dwarf star", papers)
    assert line["query"] == "dwarf star"
    assert line["ranked"][0] == "2"  # type: ignore[index]
    assert "1" not in line["ranked"]  # type: ignore[operator]


def test_a_query_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="no partner"):
        predict(tmp_path, "search", '"dwarf', write(tmp_path / "papers.jsonl", *PAPERS))
