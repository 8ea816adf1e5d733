"""The short way of whole text frames does what the long way does, whatever comes and however."""

import asyncio
import itertools
from collections.abc import Iterable
from typing import Any

import pytest
import uvicorn
from hypothesis import given
from hypothesis import strategies as st
from uvicorn.server import ServerState

from config.serving.whole_frames import MOST_WAITING, WholeFramesProtocol
from config.tls import TlsWebSocketProtocol

HANDSHAKE = (
    b"GET /CP1 HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
)
MOST_BYTES = 70_000
TEXT, BINARY, CLOSE, PING, PONG = 1, 2, 8, 9, 10


class Transport(asyncio.Transport):
    """Keeps what is written to it."""

    def __init__(self) -> None:
        super().__init__()
        self.written = b""
        self.closed = False
        self.reading = True

    def write(self, data: Any) -> None:
        self.written += data

    def is_closing(self) -> bool:
        return self.closed

    def close(self) -> None:
        self.closed = True

    def pause_reading(self) -> None:
        self.reading = False

    def resume_reading(self) -> None:
        self.reading = True


async def _never(scope: Any, receive: Any, send: Any) -> None:
    await asyncio.Event().wait()


async def _open(kind: type[TlsWebSocketProtocol]) -> tuple[TlsWebSocketProtocol, Transport]:
    config = uvicorn.Config(
        _never, ws="websockets-sansio", ws_max_size=MOST_BYTES, ws_ping_interval=None
    )
    config.load()
    protocol = kind(config, ServerState(), {})
    transport = Transport()
    protocol.connection_made(transport)
    protocol.data_received(HANDSHAKE)
    await protocol.send({"type": "websocket.accept"})
    transport.written = b""
    protocol.queue.get_nowait()  # websocket.connect
    return protocol, transport


async def _close(protocol: TlsWebSocketProtocol) -> None:
    for task in list(protocol.tasks):
        task.cancel()
    await asyncio.gather(*protocol.tasks, return_exceptions=True)


def frame(opcode: int, payload: bytes, *, fin: bool = True, masked: bool = True) -> bytes:
    """A frame as a client sends it (RFC 6455, 5.2)."""
    head = bytes([(0x80 if fin else 0) | opcode])
    size, mask_bit = len(payload), 0x80 if masked else 0
    if size < 126:
        head += bytes([mask_bit | size])
    elif size < 1 << 16:
        head += bytes([mask_bit | 126]) + size.to_bytes(2, "big")
    else:
        head += bytes([mask_bit | 127]) + size.to_bytes(8, "big")
    if not masked:
        return head + payload
    mask = b"\x07\x81\xfe\x00"
    return head + mask + bytes(b ^ m for b, m in zip(payload, itertools.cycle(mask), strict=False))


def _drained(protocol: TlsWebSocketProtocol) -> list[Any]:
    events = []
    while not protocol.queue.empty():
        events.append(protocol.queue.get_nowait())
    return events


async def _told(kind: type[TlsWebSocketProtocol], pieces: Iterable[bytes]) -> Any:
    protocol, transport = await _open(kind)
    for piece in pieces:
        if transport.closed:
            break
        protocol.data_received(piece)
    told = (_drained(protocol), transport.written, transport.closed)
    await _close(protocol)
    return told


payloads = st.one_of(
    st.text(max_size=300).map(str.encode),
    st.binary(max_size=300),
    st.sampled_from([b"", b"x" * 125, b"x" * 126, b"x" * 65_535, b"x" * 65_536, b"x" * 70_001]),
)
frames = st.one_of(
    st.builds(frame, st.just(TEXT), payloads),
    st.builds(frame, st.just(TEXT), payloads, masked=st.booleans()),
    st.builds(frame, st.sampled_from([BINARY, 0]), payloads, fin=st.booleans()),
    st.builds(frame, st.sampled_from([PING, PONG]), st.binary(max_size=125)),
    st.builds(frame, st.just(TEXT), payloads, fin=st.just(False)),
    st.builds(frame, st.just(CLOSE), st.sampled_from([b"", b"\x03\xe8", b"\x03\xf0why"])),
    st.binary(min_size=1, max_size=20),
)


@given(st.lists(frames, max_size=6), st.lists(st.integers(0, 700), max_size=8), st.booleans())
def test_any_stream_in_any_pieces_is_told_the_same(
    sent: list[bytes], cuts: list[int], whole: bool
) -> None:
    pieces = list(sent)
    if not whole:
        stream = b"".join(sent)
        edges = sorted({0, len(stream), *(cut for cut in cuts if cut < len(stream))})
        pieces = [stream[a:b] for a, b in itertools.pairwise(edges)]

    async def both() -> tuple[Any, Any]:
        return await _told(WholeFramesProtocol, pieces), await _told(TlsWebSocketProtocol, pieces)

    ours, uvicorns = asyncio.run(both())
    assert ours == uvicorns


@pytest.mark.parametrize("kind", [WholeFramesProtocol, TlsWebSocketProtocol])
def test_a_text_that_is_none_together_with_a_close_ends_it(
    kind: type[TlsWebSocketProtocol],
) -> None:
    async def told() -> Any:
        return await _told(kind, [frame(TEXT, b"\x80") + frame(CLOSE, b"")])

    _, _, closed = asyncio.run(told())
    assert closed


def test_a_piece_of_a_frame_that_looks_like_one_is_none() -> None:
    inner = frame(TEXT, b"inner")
    # The mask 0 leaves the payload as it is: it comes in a piece of its own.
    head = bytes([0x81, 0x80 | len(inner)]) + b"\0\0\0\0"

    async def told() -> Any:
        return await _told(WholeFramesProtocol, [frame(TEXT, b"first"), head, inner])

    events, _, closed = asyncio.run(told())
    # It is no UTF-8, which is what the outer frame is refused for.
    assert events[0] == {"type": "websocket.receive", "text": "first"}
    assert [event["type"] for event in events[1:]] == ["websocket.disconnect"]
    assert closed


def test_a_whole_frame_goes_the_short_way(monkeypatch: pytest.MonkeyPatch) -> None:
    async def told() -> Any:
        protocol, _ = await _open(WholeFramesProtocol)
        protocol.data_received(frame(TEXT, b"the parser stands between messages now"))

        def fail(data: bytes) -> None:
            raise AssertionError("the long way")

        monkeypatch.setattr(protocol.conn, "receive_data", fail)
        for size in (0, 125, 126, 65_535):
            protocol.data_received(frame(TEXT, b"x" * size))
        events = _drained(protocol)
        await _close(protocol)
        return events

    assert [len(event["text"]) for event in asyncio.run(told())] == [38, 0, 125, 126, 65_535]


@pytest.mark.parametrize("size", [0, 1, 125, 126, 65_535, 65_536])
def test_what_is_sent_is_the_same_frame(size: int) -> None:
    message = {"type": "websocket.send", "text": "é" + "x" * max(0, size - 2) if size else ""}

    async def both() -> tuple[bytes, bytes]:
        written = []
        for kind in (WholeFramesProtocol, TlsWebSocketProtocol):
            protocol, transport = await _open(kind)
            if isinstance(protocol, WholeFramesProtocol):
                assert protocol.write_whole(message)
            else:
                await protocol.send(message)
            written.append(transport.written)
            await _close(protocol)
        return written[0], written[1]

    ours, uvicorns = asyncio.run(both())
    assert ours == uvicorns


def test_nothing_is_sent_the_short_way_once_it_is_closed() -> None:
    async def tried() -> tuple[bool, bool]:
        protocol, _ = await _open(WholeFramesProtocol)
        assert isinstance(protocol, WholeFramesProtocol)
        binary = protocol.write_whole({"type": "websocket.send", "bytes": b"x"})
        await protocol.send({"type": "websocket.close", "code": 1000})
        closed = protocol.write_whole({"type": "websocket.send", "text": "x"})
        if protocol.close_timer is not None:
            protocol.close_timer.cancel()
        await _close(protocol)
        return binary, closed

    assert asyncio.run(tried()) == (False, False)


def test_a_reader_that_falls_behind_stops_the_socket() -> None:
    async def told() -> None:
        protocol, transport = await _open(WholeFramesProtocol)
        for number in range(MOST_WAITING):
            assert transport.reading or number == 0
            protocol.data_received(frame(TEXT, b"x"))
            if number == 0:
                # The first came the long way, which stops it each time.
                await protocol.receive()
        protocol.data_received(frame(TEXT, b"x"))
        assert not transport.reading
        for _ in range(MOST_WAITING):
            await protocol.receive()
        assert transport.reading
        await _close(protocol)

    asyncio.run(told())


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["whole", "in pieces", "it goes on"]), st.booleans(), st.booleans()
        ),
        max_size=30,
    )
)
def test_texts_come_in_their_order_at_once_or_by_and_by(
    steps: list[tuple[str, bool, bool]],
) -> None:
    """The application takes a text at once, or declines it, or has not come to the last one yet."""

    async def told() -> tuple[list[str], list[str]]:
        protocol: Any
        protocol, _ = await _open(WholeFramesProtocol)
        await asyncio.sleep(0)  # the application begins
        protocol.data_received(frame(TEXT, b"first"))
        came: list[str] = []
        sent = ["first"]
        working: list[bool] = []
        taking = [True]
        turn = asyncio.Semaphore(0)

        async def application() -> None:
            while True:
                event = await protocol.receive()
                working.append(True)
                await turn.acquire()
                came.append(event["text"])
                working.pop()

        def take(text: str) -> bool:
            assert not working
            if taking[0]:
                came.append(text)
            return taking[0]

        protocol.scope["extensions"]["websocket.direct"]["receive"](take)
        running = asyncio.create_task(application())
        for number, (step, taking[0], turns) in enumerate(steps):
            if step == "it goes on":
                turn.release()
            else:
                sent.append(f"{number}")
                data = frame(TEXT, sent[-1].encode())
                for piece in [data] if step == "whole" else [data[:3], data[3:]]:
                    protocol.data_received(piece)
            for _ in range(2 if turns else 0):
                await asyncio.sleep(0)
        while len(came) < len(sent):
            turn.release()
            await asyncio.sleep(0)
        running.cancel()
        await _close(protocol)
        return came, sent

    came, sent = asyncio.run(told())
    assert came == sent
