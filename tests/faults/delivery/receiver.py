"""The receiving side: a mail server in a process of its own, which writes down every letter that it took.

What it wrote is the truth that the books are held against. A line is in the file before the answer is on its way, and a
letter counts as taken once it was received whole, whatever became of the answer. Nothing that happens to a worker can
touch it.
"""

import asyncio
import os
import random
import socket
import struct
import time
from collections import Counter, deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Literal
from zlib import crc32

# Bytes of a letter.
LONGEST = 16 << 20
# Bytes that the system takes in before the server asks for them, where a letter is to be cut off in its middle.
SMALL_WINDOW = 4096
# Seconds in which a long letter has begun and cannot have ended.
HALF_SENT = 0.02
# Seconds between two bytes of an answer.
DRIP = 0.01
TAKEN = ("", "keep", "silence", "drip")
OFFER = "250-receiver\r\n250-PIPELINING\r\n250-8BITMIME\r\n250 SIZE"

# Where in the conversation: `data` is in place of the 354, `middle` after some of the letter, `dot` after all.
Place = Literal["never", "connect", "mail", "rcpt", "data", "middle", "dot"]


@dataclass(frozen=True, slots=True)
class Mischief:
    """What the server does wrong. Everything else it does well."""

    at: Place = "never"
    # An answer such as `451 later`, or: reset, close, silence; and after the dot also, with the letter taken: `keep`
    # (hang up without an answer) and `drip` (an answer byte by byte).
    does: str = ""
    # Every how manieth time, the first one after half of them; how often that may be is `most`.
    every: int = 1
    most: int = 1_000_000
    # At each address's first attempt only: greylisting.
    first_time: bool = False
    # Only to addresses that end so.
    to: str = ""
    # Only to this share of the addresses, always the same ones.
    share: float = 1.0
    # Only where it has gone so far with so many letters in the last second; 0 for always.
    rate: int = 0
    # Only on connections over which so many letters were taken.
    per_connection: int = 0
    # Every answer takes a random time up to this, in seconds.
    slowest: float = 0.0


@dataclass(slots=True)
class Received:
    """What a server's file tells."""

    # Address → how many whole letters.
    letters: Counter[str] = field(default_factory=Counter)
    # Address → the Message-IDs of its letters.
    ids: dict[str, set[str]] = field(default_factory=dict)
    # How often the mischief was done.
    strikes: int = 0


def read(path: Path) -> Received:
    found = Received()
    for line in path.read_text("utf-8").splitlines() if path.exists() else ():
        what, _, rest = line.partition(" ")
        if what == "struck":
            found.strikes += 1
        else:
            address, _, message_id = rest.partition(" ")
            found.letters[address] += 1
            found.ids.setdefault(address, set()).add(message_id)
    return found


def brake(log: Path, seconds: float) -> None:
    """From now on the server whose file *log* is waits so long before the answer to each MAIL."""
    later = log.with_suffix(".new")
    later.write_text(str(seconds), "ascii")
    later.replace(log.with_suffix(".brake"))


def main(listener: socket.socket, path: Path, *mischiefs: Mischief) -> None:
    """Serves until it is ended by a signal."""
    asyncio.run(_serve(listener, path, mischiefs))


async def _serve(listener: socket.socket, path: Path, mischiefs: Sequence[Mischief]) -> None:
    if any(mischief.at == "middle" for mischief in mischiefs):
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, SMALL_WINDOW)
    house = _House(path, mischiefs)
    server = await asyncio.start_server(house.welcome, sock=listener, limit=LONGEST, backlog=1000)
    await server.serve_forever()


class _HangUp(Exception):
    """The conversation is over."""


class _Plan:
    """A mischief, and how often it was done."""

    def __init__(self, mischief: Mischief) -> None:
        self.mischief = mischief
        self.times: Iterator[int] = count(1)
        self.left = mischief.most
        self.seen: set[str] = set()
        # When letters went on in the last second, where there is a rate.
        self.taken_at: deque[float] = deque()

    def is_time(self, place: Place, address: str, taken: int) -> bool:
        mischief = self.mischief
        if mischief.at != place or not self.left or not address.endswith(mischief.to):
            return False
        if crc32(address.encode()) % 1000 >= 1000 * mischief.share:
            return False
        if mischief.per_connection:
            return taken >= mischief.per_connection
        if mischief.rate:
            return not self._has_room(time.monotonic())
        if mischief.first_time:
            new = address not in self.seen
            self.seen.add(address)
            return new
        return (next(self.times) + mischief.every // 2) % mischief.every == 0

    def _has_room(self, now: float) -> bool:
        while self.taken_at and self.taken_at[0] <= now - 1:
            self.taken_at.popleft()
        if len(self.taken_at) >= self.mischief.rate:
            return False
        self.taken_at.append(now)
        return True


class _House:
    """What all conversations share."""

    def __init__(self, path: Path, mischiefs: Sequence[Mischief]) -> None:
        self.braking = path.with_suffix(".brake")
        self.file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        self.plans = [_Plan(mischief) for mischief in mischiefs]
        self.slowest = max((mischief.slowest for mischief in mischiefs), default=0.0)

    async def welcome(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await _Talk(self, reader, writer).run()
        except (_HangUp, OSError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    async def brake(self) -> None:
        if self.braking.exists():
            await asyncio.sleep(float(self.braking.read_text("ascii")))

    def write(self, line: str) -> None:
        os.write(self.file, f"{line}\n".encode())

    def strikes(self, place: Place, address: str, taken: int = 0) -> str:
        """What to do wrong now, on a connection with so many letters *taken*. If it is anything it is written down."""
        for plan in self.plans:
            if plan.is_time(place, address, taken):
                plan.left -= 1
                self.write(f"struck {place} {address}")
                return plan.mischief.does
        return ""


class _Talk:
    """One connection."""

    def __init__(self, house: _House, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.house, self.reader, self.writer = house, reader, writer
        self.address = ""
        self.taken = 0

    async def run(self) -> None:
        await self.answer("connect", "220 receiver")
        while line := await self.reader.readline():
            verb = line[:4].decode("ascii", "replace").upper()
            if verb == "DATA":
                await self.letter()
            else:
                await self.command(verb, line)

    async def command(self, verb: str, line: bytes) -> None:
        match verb:
            case "EHLO" | "HELO":
                await self.say(OFFER)
            case "MAIL":
                self.address = ""
                await self.house.brake()
                await self.answer("mail", "250 OK")
            case "RCPT":
                self.address = line.decode("utf-8", "replace").partition("<")[2].partition(">")[0]
                if not await self.answer("rcpt", "250 OK"):
                    self.address = ""
            case "QUIT":
                await self.say("221 bye")
                raise _HangUp
            case _:
                await self.say("250 OK")

    async def letter(self) -> None:
        if not self.address:
            await self.say("554 no valid recipients")
        elif self.house.strikes("middle", self.address):
            await self.cut_off()
        elif await self.answer("data", "354 go on"):
            await self.take(await self.reader.readuntil(b"\r\n.\r\n"))

    async def cut_off(self) -> None:
        """Reads nothing more, so that a long letter waits at the sender, half sent, when the connection is reset."""
        self.writer.transport.pause_reading()  # type: ignore[attr-defined]
        await self.say("354 go on")
        await asyncio.sleep(HALF_SENT)
        await self.misbehave("reset")

    async def take(self, letter: bytes) -> None:
        """The letter is ours from the moment that it is written down."""
        does = self.house.strikes("dot", self.address, self.taken)
        if does in TAKEN:
            self.taken += 1
            self.house.write(f"took {self.address} {_message_id(letter)}")
        await (self.misbehave(does) if does else self.say("250 OK"))

    async def answer(self, place: Place, usual: str) -> bool:
        """Gives whether it was the usual answer."""
        if does := self.house.strikes(place, self.address, self.taken):
            await self.misbehave(does)
            return False
        await self.say(usual)
        return True

    async def misbehave(self, does: str) -> None:
        match does:
            case "reset":
                _linger_no_longer(self.writer)
                raise _HangUp
            case "close" | "keep":
                raise _HangUp
            case "silence":
                await self.reader.read()
                raise _HangUp
            case "drip":
                await self.drip("250 OK")
                return
        await self.say(does)
        if does.startswith("421"):
            raise _HangUp

    async def say(self, answer: str) -> None:
        if slowest := self.house.slowest:
            await asyncio.sleep(random.uniform(0, slowest))
        self.writer.write(f"{answer}\r\n".encode())
        await self.writer.drain()

    async def drip(self, answer: str) -> None:
        for sign in f"{answer}\r\n":
            self.writer.write(sign.encode())
            await asyncio.sleep(DRIP)


def _linger_no_longer(writer: asyncio.StreamWriter) -> None:
    """So that closing resets the connection."""
    sock = writer.get_extra_info("socket")
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()


def _message_id(letter: bytes) -> str:
    head = letter.partition(b"\r\n\r\n")[0]
    for line in head.split(b"\r\n"):
        if line[:11].lower() == b"message-id:":
            return line[11:].strip().decode("ascii", "replace")
    return ""
