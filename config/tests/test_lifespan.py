"""What begins and ends with a server process: in order, and one failure keeps no other back."""

import asyncio
from typing import Any

import pytest

from config import lifespan as module
from config.lifespan import Lifespan


class Steps:
    """A lifespan, and what its steps did."""

    def __init__(self) -> None:
        self.lifespan = Lifespan()
        self.done: list[str] = []

    def add(self, name: str, *, fails: str = "") -> None:
        async def start() -> None:
            if fails == "start":
                raise RuntimeError("no luck")
            self.done.append(f"+{name}")

        async def stop() -> None:
            if fails == "stop":
                raise RuntimeError("no luck")
            self.done.append(f"-{name}")

        self.lifespan.on_start(name, start)
        self.lifespan.on_stop(name, stop)

    async def play(self, *events: str) -> list[Any]:
        """What it answers to these events."""
        incoming: asyncio.Queue[Any] = asyncio.Queue()
        answers: list[Any] = []
        for event in events:
            incoming.put_nowait({"type": f"lifespan.{event}"})

        async def send(message: Any) -> None:
            answers.append(message)

        await asyncio.wait_for(self.lifespan({"type": "lifespan"}, incoming.get, send), 10)
        return answers


async def test_steps_run_in_order_and_end_in_the_other_one() -> None:
    steps = Steps()
    steps.add("a")
    steps.add("b")
    answers = await steps.play("startup", "shutdown")
    assert steps.done == ["+a", "+b", "-b", "-a"]
    assert [answer["type"] for answer in answers] == [
        "lifespan.startup.complete",
        "lifespan.shutdown.complete",
    ]


async def test_a_start_that_fails_is_named_and_what_had_begun_ends() -> None:
    steps = Steps()
    steps.add("a")
    steps.add("b", fails="start")
    steps.add("c")
    (answer,) = await steps.play("startup")
    assert answer == {
        "type": "lifespan.startup.failed",
        "message": "b did not start: no luck",
    }
    assert steps.done == ["+a", "-a"]


async def test_a_stop_that_fails_or_hangs_keeps_no_other_back(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "STOP_LIMIT_S", 0.05)
    steps = Steps()
    steps.add("a")
    steps.add("b", fails="stop")
    steps.lifespan.on_stop("c", asyncio.Event().wait)
    answers = await steps.play("startup", "shutdown")
    assert steps.done == ["+a", "+b", "-a"]
    assert answers[-1]["type"] == "lifespan.shutdown.complete"


def test_a_name_is_given_once() -> None:
    steps = Steps()
    steps.add("a")
    with pytest.raises(ValueError, match="'a'"):
        steps.add("a")
