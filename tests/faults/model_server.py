"""A model service on this machine, threaded and down to the bytes, which answers each request as it is told to.

`python -m tests.faults.model_server 2` is one of its own process: it answers well after two seconds, and says its port.
"""

import json
import socket
import sys
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

USAGE = {"prompt_tokens": 300, "completion_tokens": 100, "total_tokens": 400}


class ModelServer(ThreadingHTTPServer):
    """Use it in a `with`. `choose` says, for the how manieth request since the last `reset`, what answers it."""

    daemon_threads = True
    block_on_close = False
    request_queue_size = 128

    def __init__(self, choose: Callable[[int], Callable[["Exchange"], None]], long: float = 1.2) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        # `long`: seconds, well beyond the time of a call.
        self.choose, self.long, self.requests = choose, long, 0
        self._lock = threading.Lock()
        self._thread = threading.Thread(target=lambda: self.serve_forever(poll_interval=0.02), daemon=True)

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/v1"

    def reset(self, choose: Callable[[int], Callable[["Exchange"], None]]) -> None:
        with self._lock:
            self.choose, self.requests = choose, 0

    def next(self) -> Callable[["Exchange"], None]:
        with self._lock:
            self.requests += 1
            return self.choose(self.requests - 1)

    def __enter__(self) -> "ModelServer":
        self._thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self.shutdown()
        self.server_close()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Clients hang up on us here; that is the point."""


@dataclass(frozen=True)
class Exchange:
    """A request and the way to answer it."""

    handler: "_Handler"
    request: Mapping[str, Any]
    language: str

    @property
    def server(self) -> ModelServer:
        return self.handler.model_server

    @property
    def paper(self) -> Mapping[str, str]:
        said = self.request["messages"][1]["content"]
        paper: dict[str, str] = json.loads(said.removeprefix("<paper>").removesuffix("</paper>"))
        return paper

    def in_language(self, language: str) -> "Exchange":
        return replace(self, language=language)

    def completion(self, fields: Mapping[str, Any]) -> None:
        self.json({"id": "1", "object": "chat.completion", "created": 1, "model": "m", "usage": USAGE, **fields}, 200)

    def json(self, value: object, status: int, headers: Mapping[str, str] | None = None) -> None:
        self.body(json.dumps(value).encode(), status, {"Content-Type": "application/json", **(headers or {})})

    def body(self, content: bytes, status: int, headers: Mapping[str, str]) -> None:
        self.head(status, {**headers, "Content-Length": str(len(content))})
        self.raw(content)

    def head(self, status: int, headers: Mapping[str, str], *, keep: bool = True) -> None:
        self.handler.send_response(status)
        for name, value in headers.items():
            self.handler.send_header(name, value)
        if not keep:
            self.handler.send_header("Connection", "close")
        self.handler.end_headers()

    def raw(self, content: bytes) -> None:
        self.handler.wfile.write(content)
        self.handler.wfile.flush()

    def drip(self, content: bytes) -> None:
        """Often enough that no pause is a time-out, for `long` seconds; then nobody is there any more."""
        end = time.monotonic() + self.server.long
        for place in range(len(content)):
            if time.monotonic() > end:
                break
            self.raw(content[place : place + 1])
            time.sleep(0.02)
        self.hang_up()

    def hang_up(self) -> None:
        self.handler.close_connection = True
        self.handler.connection.shutdown(socket.SHUT_RDWR)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: ModelServer

    @property
    def model_server(self) -> ModelServer:
        return self.server

    def do_POST(self) -> None:
        request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        language = "zh" if "Chinese" in request["messages"][0]["content"] else "en"
        self.server.next()(Exchange(self, request, language))

    def log_message(self, format: str, *args: object) -> None:
        """Quiet."""


def main(seconds: float) -> None:
    from tests.faults.misbehaviour import told

    def patiently(exchange: Exchange) -> None:
        time.sleep(seconds)
        told(exchange)

    with ModelServer(lambda number: patiently) as server:
        print(server.address, flush=True)
        sys.stdin.read()  # until whoever started us goes
        print(server.requests, flush=True)


if __name__ == "__main__":
    main(float(sys.argv[1]))
