"""Reading files: delimiters, encodings, headers, archives, standard input."""

import io
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from subscriptions.importing.file_rows import RefusedRow, Row, UnreadableFile, read_columns, read_rows
from subscriptions.importing.source_files import SourceFile, find_source, open_sources
from tests.subscriptions.importing.exports import zipped


def source(content: bytes) -> SourceFile:
    return SourceFile("people.csv", lambda: io.BytesIO(content))


def values(content: bytes) -> list[dict[str, object]]:
    return [row.values for row in read_rows(source(content)) if isinstance(row, Row)]


PERSON = {"email": "a@example.org", "name": "A, the first"}


@pytest.mark.parametrize("delimiter", list(",;\t|"))
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
def test_every_delimiter_and_encoding_is_told_by_itself(delimiter: str, encoding: str) -> None:
    text = f'email{delimiter}name\r\na@example.org{delimiter}"A, the first"\r\n'
    assert values(text.encode(encoding)) == [PERSON]


def test_excels_own_first_line_names_the_delimiter() -> None:
    assert values(b"\xef\xbb\xbfsep=^\r\nemail^name\r\na@example.org^A, the first\r\n") == [PERSON]


def test_commas_within_names_of_columns_are_no_delimiters() -> None:
    assert values(b'email;"a,b,c,d"\na@example.org;x\n') == [{"email": "a@example.org", "a,b,c,d": "x"}]


def test_a_header_may_go_over_several_lines() -> None:
    content = b'\n"email","your\nname"\na@example.org,A\n'
    assert values(content) == [{"email": "a@example.org", "your\nname": "A"}]
    assert [row.line for row in read_rows(source(content))] == [4]


def test_a_list_of_addresses_needs_no_header() -> None:
    assert values(b"a@example.org\nb@example.org\n") == [{"email": "a@example.org"}, {"email": "b@example.org"}]
    assert values(b"A;a@example.org\nB;b@example.org\n")[1] == {"column 1": "B", "email": "b@example.org"}


def test_columns_with_the_same_name_are_all_kept() -> None:
    content = b"email,left,left\na@example.org,no,yes\n"
    assert read_columns(source(content)) == ["email", "left", "left (2)"]
    assert values(content) == [{"email": "a@example.org", "left": "no", "left (2)": "yes"}]


def test_a_note_that_mentions_an_address_swallows_nobody() -> None:
    content = b'email,note\na@example.org,"first\nwrite to b@example.org, please"\nb@example.org,x\n'
    assert [row["email"] for row in values(content)] == ["a@example.org", "b@example.org"]


def test_empty_cells_behind_the_last_column_do_no_harm() -> None:
    assert values(b"email,name\na@example.org,A,,\n") == [{"email": "a@example.org", "name": "A"}]


def test_objects_in_cells_become_columns() -> None:
    content = b'email,attributes\na@example.org,"{""a"": {""b"": 1, ""c"": """"}, ""tags"": [""x""]}"\n'
    assert values(content) == [{"email": "a@example.org", "attributes.a.b": 1, "attributes.tags": ["x"]}]
    lists = b'{"email": "a@example.org", "lists": [{"id": 1, "status": "left"}, {"id": 2, "status": "in"}]}\n'
    assert values(lists) == [{"email": "a@example.org", "lists.id": "1,2", "lists.status": "left,in"}]


def test_objects_within_objects_end_somewhere() -> None:
    deep = '{""a"": ' * 900 + "1" + "}" * 900
    assert len(values(f'email,x\na@example.org,"{deep}"\n'.encode())) == 1


def test_of_an_archive_the_tables_are_read(tmp_path: Path) -> None:
    path = tmp_path / "export.zip"
    path.write_bytes(zipped({"a/b.csv": "email\na@example.org\n", "post.html": "<p>", "__MACOSX/b.csv": "x"}))
    with open_sources([path]) as sources:
        assert [each.name for each in sources] == ["a/b.csv"]
        for _again in range(2):
            assert [row.values for row in read_rows(sources[0]) if isinstance(row, Row)] == [{"email": "a@example.org"}]


def test_a_broken_archive_is_one_sentence(tmp_path: Path) -> None:
    path = tmp_path / "export.zip"
    content = bytearray(zipped({"b.csv": "email\na@example.org\n" * 50}))
    content[45] ^= 255
    path.write_bytes(content)
    with open_sources([path]) as sources, pytest.raises(UnreadableFile, match="cannot be read"):
        list(read_rows(sources[0]))


def test_standard_input_is_read_twice_and_kept_nowhere(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(b"email\na@example.org\n")))
    with open_sources([Path("-")]) as sources:
        (only,) = sources
        assert [list(read_rows(only)) for _again in range(2)] == [[Row(2, {"email": "a@example.org"})]] * 2
    with pytest.raises(UnreadableFile):
        list(read_rows(only))


def test_a_file_that_is_not_there_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFile, match=r"no\.csv cannot be read"):
        read_columns(find_source(tmp_path / "no.csv"))


def test_a_row_with_too_many_cells_is_refused() -> None:
    assert [type(row) for row in read_rows(source(b"email\na@example.org,x\n"))] == [RefusedRow]
