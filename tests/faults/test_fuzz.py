"""Frames that chance has made: no crash, no traceback, one valid answer to each call.

Valid calls of every action are changed, as values and as text, and sent on many connections, each
followed by a heartbeat: what comes before its answer belongs to the frame. What can be read as a
call has exactly one answer with its id, anything else has at most one error; the official schemas
judge all of them (`tests/support/frame_judge.py`). The connection lives on, except after a binary
frame, text that is not UTF-8, and a frame that is too long. Longer, or the same again
(docs/proofs.md):

    FUZZ_FRAMES=1000000 FUZZ_SEED=7 .venv/bin/python -m pytest -s tests/faults/test_fuzz.py
"""

import asyncio
import json
import os
import random
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed
from websockets.frames import Frame, Opcode
from websockets.typing import Subprotocol

from ocpp.protocol.v16 import VERSION
from tests.faults.mutations import PAYLOADS, attributable, mutated
from tests.support.databases import Database
from tests.support.server import ServerProcess
from tests.support.wire import Wire, connected

FRAMES = int(os.environ.get("FUZZ_FRAMES", "2000"))
EXAMPLES = int(os.environ.get("FUZZ_EXAMPLES", "200"))
SEED = int(os.environ.get("FUZZ_SEED", "0")) or random.randrange(1, 2**32)  # noqa: S311
CONNECTIONS = 6
#: Frames that are sent before their answers are read; one frame in so many ends its connection.
WINDOW = 16
ENDS = 400
ANSWER_LIMIT_S = 60.0
TOO_LONG = 257 * 1024


@pytest.fixture(scope="module")
def server(
    migrated_database: Database, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[ServerProcess]:
    """One server for all frames: what one has broken, the next would show."""
    database = migrated_database.copy_of_template()
    environment = {"OCPP_MESSAGES_A_SECOND": "0", "OCPP_CONNECTS_A_MINUTE": "0"}
    server = ServerProcess(database, tmp_path_factory.mktemp("fuzz"), environment=environment)
    with server:
        yield server
    database.drop()


def check(text: str, answers: list[Any]) -> str:
    """Fail unless `answers` are what the frame deserves; says what kind they are."""
    number, must = attributable(text)
    shown = f"{text[:2000]!r} was answered by {answers!r} (seed {SEED})"
    assert len(answers) == 1 if must else len(answers) <= 1, shown
    for answer in answers:
        assert answer[0] in (3, 4), shown
        assert answer[0] == 4 if number is None else answer[1] == number, shown
        return "confirmed" if answer[0] == 3 else str(answer[2])
    return "not answered"


class Fuzzer:
    """One charge point, and chance."""

    def __init__(self, server: ServerProcess, index: int) -> None:
        self._url = f"{server.ws_url}/FUZZ{index}"
        self._rng = random.Random(SEED * 1000 + index)  # noqa: S311  (no secret)
        self._sent = 0
        self.kinds: Counter[str] = Counter()

    async def run(self, frames: int) -> None:
        """Send so many frames, on as many connections as that takes."""
        goal = self._sent + frames
        while self._sent < goal:
            async with connect(
                self._url, subprotocols=[Subprotocol("ocpp1.6")], compression=None, max_size=None
            ) as wire:
                while self._sent < goal:
                    await self._window(wire, min(WINDOW, goal - self._sent))
                    if self._rng.randrange(ENDS // WINDOW) == 0:
                        await self._end(wire)
                        break

    async def _window(self, wire: ClientConnection, size: int) -> None:
        sent = []
        for _ in range(size):
            self._sent += 1
            text = mutated(self._rng, f"f{self._sent}")
            sent.append((text, f"beat {self._sent}"))
            await wire.send(text)
            await wire.send(f'[2,"beat {self._sent}","Heartbeat",{{}}]')
        for text, beat in sent:
            try:
                self.kinds[check(text, await self._until(wire, beat))] += 1
            except ConnectionClosed as closed:
                raise AssertionError(f"{closed} at {text[:2000]!r} (seed {SEED})") from closed

    async def _until(self, wire: ClientConnection, beat: str) -> list[Any]:
        """What comes before the answer to the heartbeat."""
        answers: list[Any] = []
        async with asyncio.timeout(ANSWER_LIMIT_S):
            while True:
                frame = json.loads(await wire.recv())
                if frame[0] == 2:
                    await wire.send(json.dumps([4, frame[1], "NotSupported", "", {}]))
                elif frame[1] == beat:
                    assert frame[0] == 3
                    return answers
                else:
                    answers.append(frame)

    async def _end(self, wire: ClientConnection) -> None:
        """Say something that ends the connection, and hear with which code."""
        kind, code = self._rng.choice((("binary", 1003), ("no UTF-8", 1007), ("too long", 1009)))
        self._sent += 1
        if kind == "binary":
            await wire.send(b"\x00\x01")
        elif kind == "too long":
            await wire.send(json.dumps([2, "long", "DataTransfer", {"data": "x" * TOO_LONG}]))
        else:
            frame = Frame(Opcode.TEXT, b'[2,"\xff\xfe","Heartbeat",{}]')
            wire.transport.write(frame.serialize(mask=True))
        async with asyncio.timeout(ANSWER_LIMIT_S):
            await wire.wait_closed()
        assert wire.close_code == code, (kind, wire.close_code)
        self.kinds[f"closed: {kind}"] += 1


def memory_mib(server: ServerProcess) -> int:
    """What the server's process has in memory now."""
    for line in Path(f"/proc/{server.pid}/status").read_text("ascii").splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) // 1024
    raise AssertionError("no VmRSS")


def test_every_action_is_among_them() -> None:
    assert set(PAYLOADS) == set(VERSION.calls)


async def test_mutated_frames(server: ServerProcess) -> None:
    fuzzers = [Fuzzer(server, index) for index in range(1, CONNECTIONS + 1)]
    # What is loaded when it is first used is no growth.
    await asyncio.gather(*(fuzzer.run(FRAMES // 10 // CONNECTIONS) for fuzzer in fuzzers))
    before, begin = memory_mib(server), time.monotonic()
    await asyncio.gather(*(fuzzer.run(FRAMES // CONNECTIONS) for fuzzer in fuzzers))
    took, after = time.monotonic() - begin, memory_mib(server)
    kinds = sum((fuzzer.kinds for fuzzer in fuzzers), Counter[str]())
    with connected(server.ws_url, "WELL") as wire:
        assert await asyncio.to_thread(wire.is_alive)
    count = sum(kinds.values())
    print(
        f"\n{count} mutated frames ({server.database.kind}, seed {SEED}): {FRAMES / took:.0f} a"
        f" second; memory {before} MiB, then {after} MiB; {dict(kinds.most_common())}"
    )
    assert "Traceback" not in server.output()
    assert kinds["confirmed"] > FRAMES / 10
    assert kinds["not answered"]


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=30),
    lambda inside: st.lists(inside, max_size=4) | st.dictionaries(st.text(max_size=12), inside),
    max_leaves=12,
)


@st.composite
def _frames(draw: st.DrawFn) -> str:
    """A call of an action with any values, or any JSON."""
    if draw(st.integers(0, 4)) == 0:
        return json.dumps(draw(_JSON))
    action = draw(st.sampled_from(sorted(PAYLOADS)) | st.text(max_size=10))
    fields = sorted(PAYLOADS.get(action, {}))
    payload = {**PAYLOADS.get(action, {})}
    for field in draw(st.sets(st.sampled_from(fields)) if fields else st.just(set())):
        payload[field] = draw(_JSON)
    return json.dumps([2, "any", action, payload])


def test_any_json(server: ServerProcess) -> None:
    beats = iter(range(10**9))
    # A ping has a number by chance, and Hypothesis wants no chance but its own while it draws.
    with connected(server.ws_url, "HYPOTHESIS", ping_s=None) as wire:

        @settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
        @given(_frames())
        def run(text: str) -> None:
            check(text, answers(wire, text, f"beat {next(beats)}"))

        run()
    assert "Traceback" not in server.output()


def answers(wire: Wire, text: str, beat: str) -> list[Any]:
    """What comes between a frame and the answer to a heartbeat after it."""
    wire.send(text)
    wire.send(f'[2,"{beat}","Heartbeat",{{}}]')
    found = []
    while (frame := wire.receive())[1] != beat:
        if frame[0] == 2:
            wire.send(json.dumps([4, frame[1], "NotSupported", "", {}]))
        else:
            found.append(frame)
    return found
