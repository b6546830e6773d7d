"""The broker in a folder, with kombu's own connections: what cannot be read is set aside, and ends no worker."""

import json
import logging
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
from celery import Celery
from celery.contrib.testing.worker import start_worker
from kombu import Connection
from kombu.exceptions import ChannelError

from deploy import broker, celery
from deploy.folder_broker import FolderTransport

URL = "filesystem://localhost"
BROKEN = {
    "empty": b"",
    "half of one": b'{"body": "W1tdLCB7fSwge31d", "content-encoding": "utf-8", "prop',
    "no JSON": b"hello",
    "no text": b"\xff\xfe\x00",
    "a list": b"[1, 2]",
    "a number": b"7",
    "nothing": b"null",
    "without properties": b'{"body": "x"}',
    "with odd properties": b'{"body": "x", "properties": 7}',
    "nested too deeply": b"[" * 100_000,
}


@pytest.fixture
def options(tmp_path: Path) -> dict[str, Any]:
    FolderTransport.global_state.clear()  # what the process knows of an earlier test's folder
    return broker.transport_options(URL, tmp_path / "broker")


@pytest.fixture
def connection(options: dict[str, Any]) -> Iterator[Connection]:
    with Connection(URL, transport=broker.transport(URL), transport_options=options) as found:
        yield found


def put(options: dict[str, Any], name: str, data: bytes, queue: str = "letters") -> None:
    """A file that comes before every real message."""
    (Path(options["data_folder_in"]) / f"0_{name.replace(' ', '-')}.{queue}.msg").write_bytes(data)


def names(folder: str) -> list[str]:
    return sorted(path.name for path in Path(folder).iterdir())


@pytest.mark.parametrize("name", BROKEN)
def test_what_cannot_be_read_is_set_aside_with_a_warning(
    options: dict[str, Any], connection: Connection, caplog: pytest.LogCaptureFixture, name: str
) -> None:
    put(options, name, BROKEN[name])
    queue = connection.SimpleQueue("letters")
    queue.put({"sound": True})
    assert queue.get(timeout=5).payload == {"sound": True}
    [aside] = names(options["set_aside_folder"])
    assert (Path(options["set_aside_folder"]) / aside).read_bytes() == BROKEN[name]
    [warning] = [record for record in caplog.records if record.name == "deploy.folder_broker"]
    assert warning.levelno == logging.WARNING
    assert aside in warning.getMessage()
    assert options["set_aside_folder"] in warning.getMessage()


def test_a_folder_in_place_of_a_message_is_set_aside(options: dict[str, Any], connection: Connection) -> None:
    (Path(options["data_folder_in"]) / "0_folder.letters.msg").mkdir()
    queue = connection.SimpleQueue("letters")
    queue.put(1)
    assert queue.get(timeout=5).payload == 1
    assert names(options["set_aside_folder"]) == ["0_folder.letters.msg"]


def test_nothing_but_broken_messages_is_an_empty_queue(options: dict[str, Any], connection: Connection) -> None:
    queue = connection.SimpleQueue("letters")
    for name, data in BROKEN.items():
        put(options, name, data)
    with pytest.raises(queue.Empty):
        queue.get(block=False)
    assert len(names(options["set_aside_folder"])) == len(BROKEN)
    assert (names(options["data_folder_in"]), names(options["processed_folder"])) == ([], [])


def test_messages_come_once_and_in_their_order(options: dict[str, Any], connection: Connection) -> None:
    queue = connection.SimpleQueue("letters")
    for number in range(5):
        queue.put(number)
    found = []
    for _ in range(5):
        message = queue.get(timeout=5)
        message.ack()
        found.append(message.payload)
    assert sorted(found) == list(range(5))
    assert (names(options["data_folder_in"]), names(options["processed_folder"])) == ([], [])
    assert not Path(options["set_aside_folder"]).exists()


def test_kombu_s_own_transport_reads_and_writes_the_same(options: dict[str, Any], connection: Connection) -> None:
    with Connection(URL, transport_options=options) as plain:
        ours, theirs = connection.SimpleQueue("letters"), plain.SimpleQueue("letters")
        theirs.put("from kombu")
        assert ours.get(timeout=5).payload == "from kombu"
        ours.put("from us")
        assert theirs.get(timeout=5).payload == "from us"


def test_a_full_disk_leaves_no_half_of_a_message(options: dict[str, Any], connection: Connection) -> None:
    queue = connection.SimpleQueue("letters")
    with (
        mock.patch.object(Path, "replace", side_effect=OSError(28, "No space left on device")),
        pytest.raises(ChannelError, match="No space left"),
    ):
        queue.put(1)
    assert names(options["data_folder_out"]) == []


@pytest.mark.parametrize("data", [b"", b'[["letters", "", "let', b"7", b"[7]", b"\xff"])
def test_a_torn_table_of_queues_is_made_anew(options: dict[str, Any], connection: Connection, data: bytes) -> None:
    table = Path(options["control_folder"]) / "letters.exchange"
    table.write_bytes(data)
    queue = connection.SimpleQueue("letters")
    queue.put(1)
    assert queue.get(timeout=5).payload == 1
    assert names(options["set_aside_folder"]) == ["letters.exchange"]
    assert json.loads(table.read_text())[0][2] == "letters"


def wait_for(done: Callable[[], bool], seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while not done():
        assert time.monotonic() < deadline, "nothing came within the time"
        time.sleep(0.02)


# A whole file whose content is no task.
ODD: dict[str, Callable[[dict[str, Any]], object]] = {
    "no body": lambda message: message.update(body=""),
    "half a body": lambda message: message.update(body=message["body"][:9]),
    "another type": lambda message: message.update({"content-type": "application/x-pickle"}),
    "no headers": lambda message: message.update(headers={}),
    "an unknown task": lambda message: message["headers"].update(task="digest.tasks.nope"),
    "an odd encoding": lambda message: message.update({"content-encoding": "klingon"}),
    "no delivery info": lambda message: message["properties"].pop("delivery_info"),
    "an odd body encoding": lambda message: message["properties"].update(body_encoding="klingon"),
}


@pytest.fixture
def _our_own_app_again() -> Iterator[None]:
    """A worker makes its app the one of the whole process."""
    yield
    celery.app.set_current()
    celery.app.set_default()


@pytest.mark.usefixtures("_our_own_app_again")
def test_a_worker_serves_on_whatever_lies_in_its_folder(options: dict[str, Any]) -> None:
    app = Celery("folder", broker=URL, set_as_current=False)
    app.conf.update(
        broker_transport=broker.transport(URL),
        broker_transport_options=options,
        task_default_queue="letters",
        task_ignore_result=True,
        worker_hijack_root_logger=False,
    )
    done: list[int] = []

    @app.task(name="note")
    def note(number: int) -> None:
        done.append(number)

    note.delay(0)
    [path] = Path(options["data_folder_in"]).glob("*.letters.msg")
    sound = path.read_text()
    for name, change in ODD.items():
        message = json.loads(sound)
        change(message)
        put(options, name, json.dumps(message).encode())
    for name, data in BROKEN.items():
        put(options, name, data)
    with start_worker(app, pool="solo", perform_ping_check=False, shutdown_timeout=30):
        note.delay(1)
        wait_for(lambda: {0, 1} <= set(done))
        put(options, "later", b"")
        note.delay(2)
        wait_for(lambda: 2 in done)
    assert len(names(options["set_aside_folder"])) >= len(BROKEN)
