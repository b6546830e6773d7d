"""A name server for tests: real DNS over UDP and TCP on a port of its own, with the records that a test gives it."""

import socketserver
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Thread

import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdataclass
import dns.rdatatype
import dns.rrset

# What does not fit into a datagram of so many bytes is asked for again over TCP.
DATAGRAM_BYTES = 1232
MAX_CHAIN = 40


class NameServer:
    """The records by name and kind, as zone files write them, and what else may happen to a question."""

    def __init__(self) -> None:
        self.zone: dict[str, dict[str, list[str]]] = {}
        # Names that are not answered, or with a failure of the server; questions that are answered with these bytes.
        self.silent: set[str] = set()
        self.failing: set[str] = set()
        self.odd_bytes: dict[tuple[str, str], Callable[[bytes], bytes]] = {}
        self.is_refusing = False
        self.questions: list[tuple[str, str]] = []
        self.port = 0

    def add(self, name: str, kind: str, *records: str) -> None:
        self.zone.setdefault(name, {}).setdefault(kind, []).extend(records)

    def add_text(self, name: str, text: str) -> None:
        """Add a TXT record, in parts of 255 bytes."""
        written = text.encode("utf-8", "surrogateescape")
        parts = [written[at : at + 255] for at in range(0, len(written), 255)] or [b""]
        self.add(name, "TXT", " ".join('"' + "".join(f"\\{byte:03}" for byte in part) + '"' for part in parts))

    def answer(self, wire: bytes) -> bytes | None:
        """Return the answer to a question; None where nobody answers."""
        question = dns.message.from_wire(wire)
        [asked] = question.question
        name, kind = asked.name.to_text(omit_final_dot=True).lower(), dns.rdatatype.to_text(asked.rdtype)
        self.questions.append((name, kind))
        if name in self.silent:
            return None
        if (name, kind) in self.odd_bytes:
            return self.odd_bytes[name, kind](wire)
        response = dns.message.make_response(question)
        response.flags |= dns.flags.RA
        if self.is_refusing or name in self.failing:
            response.set_rcode(dns.rcode.REFUSED if self.is_refusing else dns.rcode.SERVFAIL)
            return response.to_wire(max_size=65_535)
        for _link in range(MAX_CHAIN):
            records = self.zone.get(name)
            if records is None:
                response.set_rcode(dns.rcode.NXDOMAIN)
                break
            found = "CNAME" if "CNAME" in records else kind
            if found in records:
                response.answer.append(dns.rrset.from_text(f"{name}.", 60, "IN", found, *records[found]))
            if found != "CNAME":
                break
            name = records["CNAME"][0].rstrip(".")
        return response.to_wire(max_size=65_535)


class _TcpServer(socketserver.ThreadingTCPServer):
    daemon_threads = True
    block_on_close = False
    names: NameServer


class _UdpServer(socketserver.ThreadingUDPServer):
    daemon_threads = True
    block_on_close = False
    names: NameServer


class _Datagram(socketserver.BaseRequestHandler):
    server: _UdpServer

    def handle(self) -> None:
        wire, socket = self.request
        answer = self.server.names.answer(wire)
        if answer is None:
            return
        if len(answer) > DATAGRAM_BYTES:
            short = dns.message.make_response(dns.message.from_wire(wire))
            short.flags |= dns.flags.TC
            answer = short.to_wire()
        socket.sendto(answer, self.client_address)


class _Stream(socketserver.StreamRequestHandler):
    server: _TcpServer

    def handle(self) -> None:
        wire = self.rfile.read(int.from_bytes(self.rfile.read(2), "big"))
        answer = self.server.names.answer(wire)
        if answer is not None:
            self.wfile.write(len(answer).to_bytes(2, "big") + answer)


@contextmanager
def open_name_server() -> Iterator[NameServer]:
    """Serve names until the end of the block, at `port` on 127.0.0.1."""
    names = NameServer()
    with _TcpServer(("127.0.0.1", 0), _Stream) as stream:
        names.port = int(stream.server_address[1])
        with _UdpServer(("127.0.0.1", names.port), _Datagram) as datagram:
            stream.names = datagram.names = names
            for server in (stream, datagram):
                Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
            yield names
            for server in (stream, datagram):
                server.shutdown()
