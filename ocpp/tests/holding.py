"""Keeps a writer busy, so that what is submitted meanwhile waits for it."""

import asyncio
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from ocpp.writer.batch import Batch
from ocpp.writer.group_commit import GroupCommit


class Hold:
    """A job that keeps the writer in its batch until `release` is set."""

    reads = False
    patience_s = 60.0
    asks_again = False

    def __init__(self) -> None:
        self.begun = threading.Event()
        self.release = threading.Event()

    def run(self, batch: Batch) -> None:
        self.begun.set()
        self.release.wait(10)

    def failed(self, error: Exception) -> None:
        """It does nothing that could fail."""

    def committed(self, result: None) -> None:
        """Nothing more."""

    def rolled_back(self) -> None:
        """It has done nothing."""


@asynccontextmanager
async def busy(writer: GroupCommit) -> AsyncIterator[None]:
    """While it lasts, the writer has something to do: what is submitted is its next batch."""
    hold = Hold()
    held = writer.submit(hold)
    await asyncio.to_thread(hold.begun.wait, 10)
    try:
        yield
    finally:
        hold.release.set()
        await held
