"""kombu's broker in a folder, for one machine: a message is a file.

A message appears whole or not at all. One that cannot be read all the same, after a power cut or because somebody else
wrote it, is set aside with a warning: kombu's own transport would raise an error that ends the worker, and every worker
after it.
"""

import logging
import os
import time
from contextlib import suppress
from pathlib import Path
from queue import Empty
from typing import Any
from uuid import uuid4

from kombu.exceptions import ChannelError
from kombu.transport import filesystem
from kombu.utils.json import dumps, loads

log = logging.getLogger(__name__)

# A table of queues that another process is just beginning is empty for so long at the most.
TABLE_TRIES, TABLE_WAIT_SECONDS = 5, 0.05


class Channel(filesystem.Channel):
    """Writes and reads kombu's files."""

    def _put(self, queue: str, message: Any, **options: Any) -> None:  # type: ignore[override]  # kombu names it twice
        """Put a message into a queue. Raises ChannelError where it cannot be written."""
        name = f"{round(time.monotonic() * 1000)}_{uuid4()}.{queue}.msg"
        path = Path(self.data_folder_out) / name
        draft = path.with_name(f".{name}.tmp")
        try:
            draft.write_text(dumps(message), encoding="utf-8")
            draft.replace(path)
        except OSError as error:
            draft.unlink(missing_ok=True)
            raise ChannelError(f"The message {path} cannot be written: {error}") from error

    def _get(self, queue: str, timeout: float | None = None) -> Any:
        """Take the oldest message of a queue that can be read. Raises Empty."""
        for name in sorted(os.listdir(self.data_folder_in)):
            if name.partition(".")[2] != f"{queue}.msg":
                continue
            taken = Path(self.processed_folder) / name
            try:
                (Path(self.data_folder_in) / name).rename(taken)
            except OSError:
                continue  # another worker took it
            try:
                payload = _read_message(self, taken)
            except Exception as error:  # whatever it is, the next message may be sound
                self._set_aside(taken, error)
                continue
            with suppress(OSError):
                taken.unlink()
            return payload
        raise Empty

    def get_table(self, exchange: str) -> Any:
        """Return which queues are bound to an exchange: none where the table cannot be read."""
        for attempt in range(1, TABLE_TRIES + 1):
            try:
                return super().get_table(exchange)
            except (ValueError, TypeError) as error:
                if attempt == TABLE_TRIES:
                    self._set_aside(Path(self.control_folder) / f"{exchange}.exchange", error)
            time.sleep(TABLE_WAIT_SECONDS)
        return []

    def _queue_bind(self, exchange: str, routing_key: Any, pattern: Any, queue: str) -> None:
        """Bind a queue to an exchange, as kombu does, once a table that cannot be read has made room for a new one."""
        self.get_table(exchange)
        super()._queue_bind(exchange, routing_key, pattern, queue)

    def _set_aside(self, path: Path, error: Exception) -> None:
        """Move a file to where nobody reads it. It may be looked into there, and deleted."""
        folder = Path(self.transport_options["set_aside_folder"])
        log.warning(
            "%s in the folder broker cannot be read (%s: %s) and is set aside in %s. Nothing is lost with it: the"
            " scheduler asks again for what is due.",
            path.name,
            type(error).__name__,
            error,
            folder,
        )
        try:
            folder.mkdir(exist_ok=True)
            path.replace(folder / path.name)
        except OSError as failure:
            log.warning("%s cannot be moved: %s", path, failure)


def _read_message(channel: Channel, path: Path) -> Any:
    """Return kombu's form of a message. Raises whatever is wrong with it, also with the body that it carries."""
    payload = loads(path.read_text(encoding="utf-8"))
    if not payload["body"]:
        raise ValueError("the body is empty")
    channel.Message(payload, channel=channel).decode()
    return payload


class FolderTransport(filesystem.Transport):
    """kombu's transport over files, which CELERY_BROKER_TRANSPORT names, with the channel above."""

    Channel = Channel
