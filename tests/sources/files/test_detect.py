"""Files as a source: recognised by what is in them."""

import gzip
import json
import lzma
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.domain import Entry, FetchedPaper, Malformed, SourceUnavailable
from digest.sources.files.detect import open_paths
from digest.sources.files.lines import MAX_LINE_BYTES
from tests.sources.arxiv.test_atom import ENTRY, ERROR, HEAD
from tests.sources.digests import digest, paper
from tests.sources.files.test_jsonl import CORPUS, RAW

DAY = date(2026, 2, 3)

Pack = Callable[[bytes], bytes]

MARKDOWN = digest(cs_LG=[paper(1), paper(2)]).encode()
JSON_LINES = "\n".join(json.dumps(row) for row in (RAW, CORPUS)).encode()
ATOM = (HEAD + ENTRY + "</feed>").encode()


def wrote(folder: Path, content: bytes, name: str = "papers") -> Path:
    path = folder / name
    path.write_bytes(content)
    return path


def read(*paths: Path) -> list[Entry]:
    return list(open_paths(paths).entries(DAY))


def ids(*paths: Path) -> list[str]:
    return [entry.arxiv_id for entry in read(*paths) if isinstance(entry, FetchedPaper)]


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (MARKDOWN, ["2601.00001", "2601.00002"]),
        (JSON_LINES, ["2601.00001", "2601.00002"]),
        (b"\xef\xbb\xbf\n\n" + JSON_LINES, ["2601.00001", "2601.00002"]),
        (b"{broken\n" + JSON_LINES, ["2601.00001", "2601.00002"]),
        (ATOM, ["2601.15380"]),
    ],
)
@pytest.mark.parametrize("pack", [bytes, gzip.compress, lzma.compress])
def test_every_format_is_recognised_whatever_the_name(
    tmp_path: Path, content: bytes, expected: list[str], pack: Pack
) -> None:
    assert ids(wrote(tmp_path, pack(content), "notes.doc")) == expected


@pytest.mark.parametrize(
    "content", [b"", b" \n", b"A page of text.", b"\x89PNG\r\n\x1a\n\x00\x00", b"<html></html>", b"[1, 2]"]
)
def test_an_unknown_format_is_refused_and_known_ones_are_named(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(SourceUnavailable, match=r"understood.*Markdown.*JSON Lines.*Atom"):
        open_paths([wrote(tmp_path, content)])


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(SourceUnavailable, match=r"gone\.txt cannot be read: No such file"):
        open_paths([tmp_path / "gone.txt"])


def test_a_folder_and_no_file_at_all_are_refused(tmp_path: Path) -> None:
    with pytest.raises(SourceUnavailable, match="directory"):
        open_paths([tmp_path])
    with pytest.raises(SourceUnavailable, match="No file"):
        open_paths([])


def test_a_file_that_vanishes_is_reported_when_it_is_read(tmp_path: Path) -> None:
    path = wrote(tmp_path, JSON_LINES)
    source = open_paths([path])
    path.unlink()
    with pytest.raises(SourceUnavailable, match="cannot be read"):
        list(source.entries(DAY))


@pytest.mark.parametrize("pack", [gzip.compress, lzma.compress])
def test_a_packed_file_that_is_cut_off_gives_its_whole_lines(tmp_path: Path, pack: Pack) -> None:
    rows = "\n".join(json.dumps(RAW | {"id": f"2601.{n:05}", "title": f"{n**9}"}) for n in range(4000)).encode()
    packed = pack(rows)
    found = read(wrote(tmp_path, packed[: len(packed) // 2]))
    assert len(found) > 100
    assert [type(entry) for entry in found].count(Malformed) == 1
    assert isinstance(found[-1], Malformed)
    assert "breaks off" in found[-1].reason


@pytest.mark.parametrize("pack", [gzip.compress, lzma.compress])
def test_a_packed_digest_that_is_cut_off_gives_one_complaint(tmp_path: Path, pack: Pack) -> None:
    packed = pack(digest(cs_LG=[paper(n, f"{n**9}") for n in range(1, 2000)]).encode())
    kinds = [type(entry) for entry in read(wrote(tmp_path, packed[: len(packed) // 2]))]
    assert kinds.count(Malformed) == 1
    assert kinds.count(FetchedPaper) > 100


@pytest.mark.parametrize("pack", [gzip.compress, lzma.compress])
def test_a_packed_feed_that_is_cut_off_gives_one_complaint(tmp_path: Path, pack: Pack) -> None:
    entries = "".join(ENTRY.replace("15380", f"{n:05}").replace("12 pages", f"{n**9}") for n in range(2000))
    packed = pack((HEAD + entries + "</feed>").encode())
    kinds = [type(entry) for entry in read(wrote(tmp_path, packed[: len(packed) // 2]))]
    assert kinds.count(Malformed) == 1
    assert kinds.count(FetchedPaper) > 100


def test_a_line_too_long_for_memory_is_one_complaint(tmp_path: Path) -> None:
    long = b'{"id": "' + b"x" * (2 * MAX_LINE_BYTES) + b'"}\n'
    found = read(wrote(tmp_path, json.dumps(RAW).encode() + b"\n" + long + JSON_LINES))
    assert [type(entry) for entry in found] == [FetchedPaper, Malformed, FetchedPaper, FetchedPaper]
    assert [entry.where for entry in found] == ["line 1", "line 2", "line 3", "line 4"]


def test_an_error_of_the_api_is_no_paper_but_is_reported(tmp_path: Path) -> None:
    (entry,) = read(wrote(tmp_path, (HEAD + ERROR + "</feed>").encode()))
    assert isinstance(entry, Malformed)
    assert entry.reason == "arXiv answered with an error: incorrect id format for abc"


def test_with_several_files_an_entry_names_its_own(tmp_path: Path) -> None:
    found = read(wrote(tmp_path, MARKDOWN, "day.md"), wrote(tmp_path, JSON_LINES, "rows.jsonl"))
    assert [entry.where for entry in found] == [
        "day.md line 12",
        "day.md line 36",
        "rows.jsonl line 1",
        "rows.jsonl line 2",
    ]


def test_the_name_of_the_source_is_short_and_clean(tmp_path: Path) -> None:
    paths = [wrote(tmp_path, MARKDOWN, f"{n}\n{'x' * 60}") for n in range(9)]
    name = open_paths(paths).name
    assert name.startswith("files: 0 xxx")
    assert len(name) <= 200


BEGINNINGS = [b"", b'{"id": 1}\n', b"# Table of Contents\n", ATOM[:400]]


@given(content=st.binary(max_size=300), head=st.sampled_from(BEGINNINGS))
def test_any_file_is_read_or_refused(tmp_path_factory: pytest.TempPathFactory, content: bytes, head: bytes) -> None:
    path = wrote(tmp_path_factory.getbasetemp(), head + content, "any")
    with suppress(SourceUnavailable):
        assert all(isinstance(entry, FetchedPaper | Malformed) for entry in read(path))


@pytest.mark.data
def test_only_the_days_papers_of_the_corpus_are_read(shared_data: Path) -> None:
    found = read(shared_data / "papers" / "papers_dev_2026-02.jsonl.xz")
    kinds = Counter(entry.kind for entry in found if isinstance(entry, FetchedPaper))
    assert kinds == {"new": 1738, "replace": 3, "replace-cross": 2}
    assert len(found) == 1743


@pytest.mark.data
def test_a_page_of_text_is_refused(shared_data: Path) -> None:
    with pytest.raises(SourceUnavailable, match="understood"):
        open_paths([shared_data / "seeds" / "002_0016ddee62b7a6c4.txt"])
