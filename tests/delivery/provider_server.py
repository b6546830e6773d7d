"""Mail providers for tests and benchmarks: real HTTP on a port of its own, with any behaviour that a test asks for.

By the path of a request it is Resend, SparkPost, Brevo or Postmark. The first three take a letter once per key.
"""

import asyncio
import hashlib
import json
import socket
import threading
from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field

Headers = Mapping[str, str]
# Status and what the body says as JSON.
Answer = tuple[int, Mapping[str, object]]


@dataclass
class ProviderOffice:
    """What was received, and how the next calls are answered."""

    # Seconds from a call to its answer.
    latency: float = 0.0
    # The key, else the recipient, of each letter that was taken.
    letters: list[str] = field(default_factory=list)
    # By key: the hash of what was taken, and its answer.
    kept: dict[str, tuple[bytes, Answer]] = field(default_factory=dict)
    # Stands in every answer to a letter that was taken.
    odd: dict[str, object] = field(default_factory=dict)
    # No call is answered before so many are under way.
    together: int = 1
    calls: int = 0
    connections: int = 0
    busy: int = 0
    # Calls at the same time.
    most_busy: int = 0
    # Asked with the number of the call, from 1: a status refuses it, `drop` takes the letter and hangs up, `reset`
    # hangs up before.
    on_call: Callable[[int], str | int | None] = lambda number: None

    @property
    def doubles(self) -> list[str]:
        return [key for key, count in Counter(self.letters).items() if count > 1]

    def take(self, path: str, headers: Headers, body: bytes) -> Answer:
        """Once per key, where the provider knows keys."""
        key = _key(path, headers, body)
        digest = hashlib.sha256(body).digest()
        if key in self.kept:
            return self._again(path, key, digest)
        to = "" if key else str(json.loads(body).get("To"))
        self.letters.append(key or to)
        answer = _answers(path, len(self.letters), to)
        if self.odd:
            answer = 200, {**answer[1], **self.odd}
        if key:
            self.kept[key] = (digest, answer)
        return answer

    def _again(self, path: str, key: str, digest: bytes) -> Answer:
        before, answer = self.kept[key]
        if path == "/smtp/email":
            return 400, {"code": "duplicate_parameter", "message": "The key was used."}
        if before == digest:
            return answer
        sparkpost = {"errors": [{"message": "another payload", "code": "1600"}]}
        return 409, sparkpost if path == "/transmissions/" else {
            "statusCode": 409,
            "name": "invalid_idempotent_request",
        }


def _key(path: str, headers: Headers, body: bytes) -> str:
    if path != "/smtp/email":
        return "" if path == "/email" else headers.get("idempotency-key", "")
    key = headers.get("idempotencykey", "")
    assert json.loads(body)["headers"]["idempotencyKey"] == key
    return key


def _answers(path: str, number: int, to: str) -> Answer:
    answers: dict[str, Answer] = {
        "/emails": (200, {"id": f"resend-{number}"}),
        "/transmissions/": (
            200,
            {"results": {"total_accepted_recipients": 1, "total_rejected_recipients": 0, "id": f"sparkpost-{number}"}},
        ),
        "/smtp/email": (201, {"messageId": f"<brevo-{number}>"}),
        "/email": (200, {"ErrorCode": 0, "MessageID": f"postmark-{number}", "Message": "OK", "To": to}),
    }
    return answers[path]


class Server:
    """Listens on a free port of 127.0.0.1 while it is started, in a thread of its own."""

    def __init__(self, office: ProviderOffice) -> None:
        self.office = office
        self.sock = socket.create_server(("127.0.0.1", 0), backlog=256)
        self.port = int(self.sock.getsockname()[1])
        self.loop = asyncio.new_event_loop()
        self._stopped = self.loop.create_future()
        self._together: asyncio.Barrier | None = None
        self.thread = threading.Thread(target=self.loop.run_until_complete, args=(self._serve(),), daemon=True)

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}/"

    def start(self) -> None:
        self.thread.start()

    def stop(self) -> None:
        self.loop.call_soon_threadsafe(self._stopped.set_result, None)
        self.thread.join()
        self.loop.close()

    async def _serve(self) -> None:
        server = await asyncio.start_server(self._talk, sock=self.sock)
        await self._stopped
        server.close()
        talks = asyncio.all_tasks(self.loop) - {asyncio.current_task()}
        for talk in talks:
            talk.cancel()
        await asyncio.gather(*talks, return_exceptions=True)
        await asyncio.sleep(0.01)  # an aborted connection is closed a turn later

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.office.connections += 1
        with suppress(ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            while await self._call(reader, writer):
                pass
        writer.transport.abort()

    async def _call(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        """Whether the connection stays open."""
        head = (await reader.readuntil(b"\r\n\r\n")).decode("ascii").split("\r\n")
        headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in head[1:] if line)}
        body = await reader.readexactly(int(headers["content-length"]))
        office = self.office
        office.calls += 1
        behaviour = office.on_call(office.calls)
        if behaviour == "reset":
            return False
        path = head[0].split()[1]
        status, said = (behaviour, {}) if isinstance(behaviour, int) else office.take(path, headers, body)
        await self._wait()
        if behaviour == "drop":
            return False
        data = json.dumps(said).encode()
        writer.write(f"HTTP/1.1 {status} -\r\nContent-Length: {len(data)}\r\n\r\n".encode() + data)
        return True

    async def _wait(self) -> None:
        self.office.busy += 1
        self.office.most_busy = max(self.office.most_busy, self.office.busy)
        if self._together is None:
            self._together = asyncio.Barrier(self.office.together)
        await self._together.wait()
        await asyncio.sleep(self.office.latency)
        self.office.busy -= 1
