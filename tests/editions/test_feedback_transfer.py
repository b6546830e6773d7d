"""Feedback and saved papers move with their readers, with the papers' texts."""

import json
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path

import pytest

from digest.editions import feedback_transfer, reader_feedback
from digest.models import Feedback, Paper, Version
from digest.picking.reader_signals import SignalLoader
from subscriptions.exporting import write_csv, write_jsonl
from subscriptions.importing.file_rows import MAX_LINE_CHARACTERS
from subscriptions.importing.import_file import ImportReport, import_file
from subscriptions.models import Subscriber
from subscriptions.reader import Reader
from tests.people import ada, bao, subscribe
from tests.web.publishing import drafts, publish

pytestmark = pytest.mark.django_db

THEN = datetime(2026, 1, 23, 12, tzinfo=UTC)


@pytest.fixture
def said() -> None:
    publish(drafts(3))
    for person in (ada, bao):
        subscribe(person)
    for person, paper, kind in ((ada, 1, "more"), (ada, 2, "save"), (bao, 1, "save"), (bao, 3, "less")):
        place = paper if kind == "more" else None
        reader_feedback.record_feedback(person.id, Paper.objects.get(arxiv_id=f"2601.0000{paper}"), kind, place)
    Feedback.objects.update(created_at=THEN)


def all_feedback() -> set[tuple[object, ...]]:
    return set(Feedback.objects.values_list("subscriber__email", "paper__arxiv_id", "kind", "created_at", "place"))


def marks() -> dict[str, list[tuple[str, float]]]:
    readers = [Reader(row.id, row.email) for row in Subscriber.objects.order_by("email")]
    return {
        reader.email: [(paper.title, paper.weight) for paper in (*said.liked, *said.disliked)]
        for reader, said in zip(readers, SignalLoader().load(readers), strict=True)
    }


def import_text(path: Path) -> ImportReport:
    report = ImportReport()
    import_file(path, report, refused=print, tick=lambda done, total: None)
    return report


@pytest.mark.parametrize("kind", ["csv", "jsonl"])
@pytest.mark.usefixtures("said")
def test_feedback_moves_into_an_empty_installation(tmp_path: Path, kind: str) -> None:
    before = (all_feedback(), marks())
    path = tmp_path / f"people.{kind}"
    with path.open("w", encoding="utf-8", newline="") as file:
        (write_csv if kind == "csv" else write_jsonl)(file, feedback=True)
    Subscriber.objects.all().delete()
    for _again in range(2):
        assert import_text(path).refused == 0
        assert (all_feedback(), marks()) == before


@pytest.mark.usefixtures("said")
def test_papers_that_are_not_here_come_with_their_texts() -> None:
    exported = feedback_transfer.collect_feedback(subscriber_ids=[ada.id, bao.id])
    title = Version.objects.get(paper__arxiv_id="2601.00001").title
    renamed = json.loads(json.dumps(exported).replace('"2601.0', '"2602.0'))
    Feedback.objects.all().delete()
    feedback_transfer.store_feedback(feedback={int(key): entries for key, entries in renamed.items()})
    moved = Version.objects.get(paper__arxiv_id="2602.00001")
    assert (moved.title, moved.announcements.count()) == (title, 0)
    assert {paper for _email, paper, _kind, _at, _place in all_feedback()} == {"2602.00001", "2602.00002", "2602.00003"}
    assert len(marks()) == 2


@pytest.mark.usefixtures("said")
def test_an_export_has_no_feedback_unless_asked() -> None:
    file = StringIO()
    write_csv(file)
    assert "feedback" not in file.getvalue()


@pytest.mark.usefixtures("said")
def test_a_reader_with_much_feedback_still_fits_into_a_line(tmp_path: Path) -> None:
    Version.objects.update(abstract='a "quoted" word. ' * 900)
    papers = Paper.objects.bulk_create([Paper(arxiv_id=f"2603.{number:05}") for number in range(1500)])
    Feedback.objects.bulk_create([Feedback(subscriber_id=ada.id, paper_id=paper.pk, kind="save") for paper in papers])
    path = tmp_path / "people.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        write_csv(file, feedback=True)
    assert max(map(len, path.read_text().splitlines())) < MAX_LINE_CHARACTERS
    Feedback.objects.all().delete()
    assert import_text(path).refused == 0
    assert Feedback.objects.filter(subscriber=ada.id).count() == feedback_transfer.MAX_ENTRIES_PER_READER


@pytest.mark.parametrize(
    "said_so",
    [
        None, 7, "x", "[" * 5000, {"paper": "2601.00001"}, [1, None, "x"], [{"paper": "nonsense", "kind": "more"}],
        [{"paper": "2601.00001", "kind": "love"}], [{"paper": 7, "kind": "more"}],
        [{"paper": "2601.00001", "kind": ["more"]}],
    ],
)  # fmt: skip
def test_what_cannot_be_feedback_is_left_out(said_so: object) -> None:
    subscribe(ada)
    feedback_transfer.store_feedback(feedback={ada.id: said_so})
    assert not Feedback.objects.exists()


def test_strange_texts_of_papers_leave_the_feedback() -> None:
    subscribe(ada)
    entry = {"paper": "2601.00009", "kind": "save", "at": "2999-01-01", "title": 7, "abstract": None, "number": "x"}
    feedback_transfer.store_feedback(feedback={ada.id: [entry, entry]})
    assert Feedback.objects.get().paper.versions.count() == 0
