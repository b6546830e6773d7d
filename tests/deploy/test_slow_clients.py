"""Clients that send slowly hold up nobody else: the website as it is started for real, and behind the real Caddy."""

import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from statistics import median

import pytest

from tests.deploy.test_deployment import DEPLOY, DOCKERFILE, ROOT
from tests.e2e.processes import fresh_home

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]

UNIT = (DEPLOY / "systemd" / "preprint-post-web.service").read_text(encoding="utf-8")
COMMANDS = {
    "image": re.findall(r"^CMD \[(.+)\]$", DOCKERFILE, re.M)[0].replace('"', "").split(", "),
    "unit": re.findall(r"^ExecStart=(.+)$", UNIT, re.M)[0].split(),
}
SLOW_CLIENTS = 40
OTHERS = 10
# What a slow client sends at first; the rest never comes.
HALF_A_HEADER = b"GET / HTTP/1.1\r\nHost: localhost\r\nX-Slow: "
HALF_A_FORM = (
    b"POST /link/ HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-www-form-urlencoded\r\n"
    b"Content-Length: 200\r\n\r\nemail="
)
HALF_A_REPORT = b"POST /anymail/resend/tracking/ HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2000000\r\n\r\n["
NOTHING = b""

Start = Callable[[Sequence[str]], int]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Start the website by a command, and return its port."""
    with ExitStack() as running:
        home = running.enter_context(fresh_home(tmp_path / "home"))
        environment = {**home.env, "SITE_URL": "http://localhost", "DEBUG": "1"}

        def start_website(command: Sequence[str]) -> int:
            port = find_free_port()
            words = [f"127.0.0.1:{port}" if word.endswith(":8000") else word for word in command[1:]]
            running.enter_context(run([sys.executable, "-m", "gunicorn", *words], port, environment))
            return port

        yield start_website


@pytest.mark.parametrize("command", COMMANDS.values(), ids=COMMANDS)
def test_forty_slow_clients_hold_up_nobody(start: Start, command: Sequence[str]) -> None:
    port = start(command)
    with slow_clients(port, SLOW_CLIENTS, (HALF_A_HEADER, HALF_A_FORM)):
        assert median(serve_others(port)) < 1


@pytest.mark.caddy
def test_behind_caddy_ten_times_as_many_do_not_either(start: Start, tmp_path: Path) -> None:
    with behind_caddy(start(COMMANDS["image"]), tmp_path) as port:
        kinds = (HALF_A_HEADER, HALF_A_FORM, HALF_A_REPORT, NOTHING)
        with slow_clients(port, 10 * SLOW_CLIENTS, kinds):
            assert median(serve_others(port)) < 1


@pytest.mark.caddy
def test_caddy_lets_slow_headers_go(start: Start, tmp_path: Path) -> None:
    text = caddyfile().replace("read_header 10s", "read_header 1s")
    with (
        behind_caddy(start(COMMANDS["image"]), tmp_path, text) as port,
        slow_clients(port, 1, (HALF_A_HEADER,)) as slow,
    ):
        slow[0].settimeout(20)
        assert b"HTTP/1.1 200" not in slow[0].recv(100)


@pytest.mark.caddy
def test_caddy_passes_whole_forms_on_up_to_a_bound(start: Start, tmp_path: Path) -> None:
    with behind_caddy(start(COMMANDS["image"]), tmp_path) as port:
        assert ask(port, "POST", "/link/", b"a" * 900_000) == 403
        # Caddy 2.6 says that it cannot pass it on.
        assert ask(port, "POST", "/link/", b"a" * 1_100_000) in {413, 502}


class Anything(BaseHTTPRequestHandler):
    """A website that has been started again."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_words: object) -> None:
        pass


@pytest.mark.caddy
def test_while_the_website_is_restarted_requests_wait_for_it(tmp_path: Path) -> None:
    upstream = find_free_port()
    with ThreadPoolExecutor() as pool:
        first = ThreadingHTTPServer(("127.0.0.1", upstream), Anything)
        serving = pool.submit(first.serve_forever, 0.01)
        with behind_caddy(upstream, tmp_path) as port:
            first.shutdown()
            serving.result()
            first.server_close()
            answer = pool.submit(ask, port, "GET", "/")
            with pytest.raises(TimeoutError):
                answer.result(0.3)
            with ThreadingHTTPServer(("127.0.0.1", upstream), Anything) as second:
                serving = pool.submit(second.serve_forever, 0.01)
                assert answer.result() == 200
                second.shutdown()
                serving.result()


@contextmanager
def slow_clients(port: int, count: int, kinds: Sequence[bytes]) -> Iterator[list[socket.socket]]:
    """Hold connections on which something has begun and does not go on."""
    with ExitStack() as opened:
        slow = [opened.enter_context(socket.create_connection(("127.0.0.1", port), 10)) for _ in range(count)]
        for number, client in enumerate(slow):
            client.sendall(kinds[number % len(kinds)])
        yield slow


def serve_others(port: int) -> list[float]:
    """Return the seconds that each of the others waits for the page; nobody waits longer than ten."""
    waits = []
    for _ in range(OTHERS):
        began = time.monotonic()
        assert ask(port, "GET", "/") == 200
        waits.append(time.monotonic() - began)
    return waits


def ask(port: int, method: str, path: str, body: bytes = b"") -> int:
    connection = HTTPConnection("127.0.0.1", port, timeout=10)
    connection.request(method, path, body or None, {"Host": "localhost"})
    status = connection.getresponse().status
    connection.close()
    return status


@contextmanager
def behind_caddy(upstream: int, folder: Path, text: str = "") -> Iterator[int]:
    """Run Caddy before the website, by the project's own file or *text*, and yield its port."""
    port = find_free_port()
    (folder / "Caddyfile").write_text(text or caddyfile(), encoding="utf-8")
    environment = {
        **os.environ,
        "HOME": str(folder),
        "SITE_URL": f"http://localhost:{port}",
        "UPSTREAM": f"127.0.0.1:{upstream}",
    }
    command = [os.environ["CADDY"], "run", "--adapter", "caddyfile", "--config", str(folder / "Caddyfile")]
    with run(command, port, environment):
        yield port


def caddyfile() -> str:
    """Return the project's Caddyfile, in the words of the Caddy at hand, and without its control port."""
    text = (DEPLOY / "Caddyfile").read_text(encoding="utf-8").replace("\n{\n", "\n{\n\tadmin off\n", 1)
    version = subprocess.run([os.environ["CADDY"], "version"], capture_output=True, text=True, check=True).stdout
    major, minor = re.findall(r"\d+", version)[:2]
    return text if (int(major), int(minor)) >= (2, 7) else text.replace("request_buffers 10MB", "buffer_requests")


@contextmanager
def run(command: Sequence[str], port: int, environment: dict[str, str]) -> Iterator[None]:
    """Run a server until the end of the block, which begins when it serves the page."""
    server = subprocess.Popen(
        command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    )
    try:
        while True:
            try:
                assert ask(port, "GET", "/") == 200
                break
            except ConnectionError:
                assert server.poll() is None, server.communicate()[1]
                time.sleep(0.05)
        yield
    finally:
        server.terminate()
        server.communicate()


def find_free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
