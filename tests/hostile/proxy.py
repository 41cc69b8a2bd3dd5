"""A hostile network: a TCP proxy that cuts, delays, repeats and reorders HTTP requests.

It runs in a thread of its own. What befalls a request is drawn by the seed from `Odds`; which
request a draw meets depends on timing.
"""

import asyncio
import contextlib
import random
import socket
import struct
import threading
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, fields
from types import TracebackType
from typing import Self

LINE_END = b"\r\n"
HEAD_END = b"\r\n\r\n"
HEAD_LIMIT = 1024 * 1024
OVERTAKEN_WITHIN_S = 0.3
ANSWER_WITHIN_S = 120


@dataclass(frozen=True)
class Odds:
    """How often (0 to 1) a request meets each fate; otherwise it passes."""

    cut_before: float = 0.0
    """Nothing of it arrives."""
    cut_request: float = 0.0
    """A part of it arrives."""
    lose_answer: float = 0.0
    """It is answered, and nothing of the answer arrives."""
    leave_early: float = 0.0
    """It arrives whole, and the connection ends before there is an answer."""
    cut_answer: float = 0.0
    """A part of the answer arrives."""
    repeat: float = 0.0
    """It arrives twice, at once; one of the answers goes back."""
    reorder: float = 0.0
    """It waits until the next request has overtaken it."""
    delay_s: float = 0.0
    """The longest time that any request is held back."""

    def draw(self, rng: random.Random) -> str:
        chance = rng.random()
        for field in fields(self):
            if field.name == "delay_s":
                continue
            chance -= getattr(self, field.name)
            if chance < 0:
                return field.name
        return "passed"


CALM = Odds()
ROUGH = Odds(
    cut_before=0.04,
    cut_request=0.04,
    lose_answer=0.28,
    leave_early=0.04,
    cut_answer=0.12,
    repeat=0.06,
    reorder=0.06,
    delay_s=0.01,
)


@dataclass(frozen=True)
class Message:
    """One HTTP request or answer, whole."""

    head: bytes
    body: bytes

    @property
    def wire(self) -> bytes:
        return self.head + self.body

    @property
    def is_ok(self) -> bool:
        """Whether it is an answer of 2xx."""
        return self.head.split(b" ", 2)[1][:1] == b"2"

    @property
    def path(self) -> str:
        """What a request asks for, without its query."""
        return self.head.split(b" ", 2)[1].partition(b"?")[0].decode()

    @property
    def wants_no_body(self) -> bool:
        """Whether it is a HEAD request, whose answer tells a length and has no body."""
        return self.head.startswith(b"HEAD ")


class Proxy:
    """Listens on a port of its own and passes requests on to any of the `servers` (their ports).

    `counts` tells the fates by name, and `lost <path>` how many requests were answered with
    success of which the sender heard nothing. `up` and `down` are bytes at the sender's side.
    """

    def __init__(self, servers: Sequence[int], odds: Odds, seed: object = 0) -> None:
        self.servers = servers
        self.odds = odds
        self.counts: Counter[str] = Counter()
        self.up = self.down = 0
        self._random = random.Random(f"{seed}/proxy")
        self._passed = asyncio.Condition()
        self._requests = 0
        self._loop = asyncio.new_event_loop()
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=256)
        self.port: int = self._listener.getsockname()[1]
        self._thread = threading.Thread(target=self._run, name="proxy", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._loop.call_soon_threadsafe(self._stop)
        self._thread.join(timeout=30)

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        server = self._loop.run_until_complete(
            asyncio.start_server(self._serve, sock=self._listener, limit=HEAD_LIMIT)
        )
        self._loop.run_forever()
        server.close()
        left = asyncio.all_tasks(self._loop)
        for task in left:
            task.cancel()
        self._loop.run_until_complete(asyncio.gather(*left, return_exceptions=True))
        self._loop.close()

    def _stop(self) -> None:
        self._loop.stop()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Everything that one sender sends over one connection."""
        try:
            while request := await _read(reader):
                self.up += len(request.wire)
                answer, is_whole = await self._pass_on(request)
                self.down += len(answer)
                writer.write(answer)
                await writer.drain()
                if not is_whole:
                    break
        except (OSError, EOFError, TimeoutError, asyncio.LimitOverrunError):
            self.counts["connections failed"] += 1
        except asyncio.CancelledError:
            # The proxy ends, with keep-alive connections still open.
            return
        finally:
            self._hang_up(writer)

    async def _pass_on(self, request: Message) -> tuple[bytes, bool]:
        """What goes back to the sender, and whether that is a whole answer."""
        fate = self.odds.draw(self._random)
        self.counts[fate] += 1
        if self.odds.delay_s:
            await asyncio.sleep(self._random.uniform(0, self.odds.delay_s))
        match fate:
            case "cut_before":
                return b"", False
            case "cut_request":
                await self._send(request.wire[: self._part(request)])
                return b"", False
            case "leave_early":
                await self._send(request.wire)
                return b"", False
            case "repeat":
                both = await asyncio.gather(self._ask(request), self._ask(request))
                return self._random.choice(both).wire, True
            case "reorder":
                await self._let_one_pass()
        answer = await self._ask(request)
        if fate in ("lose_answer", "cut_answer"):
            if answer.is_ok:
                self.counts[f"lost {request.path}"] += 1
            return answer.wire[: self._part(answer)] if fate == "cut_answer" else b"", False
        return answer.wire, True

    def _part(self, message: Message) -> int:
        """Somewhere in a message: mostly in its body, now and then in its head."""
        whole, head = len(message.wire), len(message.head)
        start = head if message.body and self._random.random() < 0.8 else 1
        return self._random.randrange(start, whole)

    async def _send(self, piece: bytes) -> None:
        """Have a server get these bytes and then the end of the connection."""
        _, writer = await self._connect()
        writer.write(piece)
        await writer.drain()
        self._hang_up(writer)

    async def _ask(self, request: Message) -> Message:
        reader, writer = await self._connect()
        try:
            writer.write(request.wire)
            await writer.drain()
            self._requests += 1
            async with self._passed:
                self._passed.notify_all()
            reading = _read(reader, has_body=not request.wants_no_body)
            answer = await asyncio.wait_for(reading, ANSWER_WITHIN_S)
        finally:
            writer.close()
        if answer is None:
            raise EOFError
        return answer

    async def _connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        port = self._random.choice(self.servers)
        return await asyncio.open_connection("127.0.0.1", port, limit=HEAD_LIMIT)

    async def _let_one_pass(self) -> None:
        before = self._requests
        with contextlib.suppress(TimeoutError):
            async with self._passed, asyncio.timeout(OVERTAKEN_WITHIN_S):
                await self._passed.wait_for(lambda: self._requests > before)

    def _hang_up(self, writer: asyncio.StreamWriter) -> None:
        """End a connection, half of the time by a reset."""
        if self._random.random() < 0.5:
            with contextlib.suppress(OSError):
                raw = writer.get_extra_info("socket")
                raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        writer.close()


async def _read(reader: asyncio.StreamReader, *, has_body: bool = True) -> Message | None:
    """The next message of a connection; None where it ends. Raises EOFError inside of one."""
    try:
        head = await reader.readuntil(HEAD_END)
    except asyncio.IncompleteReadError as error:
        if error.partial:
            raise
        return None
    return Message(head, await reader.readexactly(_length(head) if has_body else 0))


def _length(head: bytes) -> int:
    """How many bytes of body a message has; the project's server sends none in chunks."""
    for line in head.split(LINE_END)[1:]:
        key, _, value = line.partition(b":")
        if key.strip().lower() == b"content-length":
            return int(value)
    return 0
