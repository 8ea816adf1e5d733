"""The process above the workers: it opens the sockets, starts the workers, and replaces them.

Each worker is a new Python, started by this process's own command line and a word more, so that it
has nothing of another one's threads, connections or old code. It is in a process group of its own:
a Ctrl-C is for the supervisor, which says it to the workers. Each place for a worker has a socket
that this process keeps open; while a worker is replaced, or starts again, connections wait in it.
"""

import asyncio
import logging
import os
import signal
import socket
import sys
from collections.abc import Coroutine
from contextlib import suppress
from typing import Any

from config.metrics.multiprocess import Shared
from config.serving import notify, sockets
from config.serving.server import DRAIN_LIMIT_S, READY

logger = logging.getLogger(__name__)

#: How long a worker may take until it takes connections (s).
START_LIMIT_S = 60.0
#: A worker that ends by itself is started again at once, then after pauses that grow to this (s),
PAUSE_LIMIT_S = 30.0
#: and at once again when it has lived for so long (s).
STEADY_S = 60.0


class Worker:
    """A process that serves, and the line to it."""

    def __init__(self, process: asyncio.subprocess.Process, link: socket.socket) -> None:
        self.process = process
        self.begun = asyncio.get_running_loop().time()
        self.ready = False
        #: It was asked to end.
        self.retiring = False
        self._link = link

    async def wait_until_ready(self) -> bool:
        """Whether it takes connections, within the limit; one that does not is killed."""
        with suppress(TimeoutError, OSError):
            async with asyncio.timeout(START_LIMIT_S):
                heard = await asyncio.get_running_loop().sock_recv(self._link, 1)
                self.ready = heard == READY
                if not self.ready:  # it ends, and its exit code may tell why
                    await self.process.wait()
        if not self.ready:
            self.signal(signal.SIGKILL)
        return self.ready

    def retire(self) -> None:
        """Let it drain and end."""
        self.retiring = True
        self.signal(signal.SIGTERM)

    def signal(self, number: signal.Signals) -> None:
        """Send it a signal, if it lives."""
        if self.process.returncode is None:
            with suppress(ProcessLookupError):
                # asyncio's own way would take the exit code from under its watcher.
                os.kill(self.process.pid, number)

    async def ended(self) -> int:
        """Wait for its end; one that was asked and takes too long is killed."""
        try:
            async with asyncio.timeout(DRAIN_LIMIT_S if self.retiring else None):
                code = await self.process.wait()
        except TimeoutError:
            logger.error("Worker %d does not end: it is killed", self.process.pid)
            self.signal(signal.SIGKILL)
            code = await self.process.wait()
        return code

    def hang_up(self) -> None:
        """Close the line."""
        self._link.close()


class Place:
    """Where there is always to be a worker, and its sockets."""

    def __init__(self, number: int, opened: list[socket.socket]) -> None:
        self.number = number
        self.sockets = opened
        self.worker: Worker | None = None
        #: How often in a row a worker here has ended soon and by itself.
        self.failures = 0
        #: Held by whoever puts a worker here.
        self.lock = asyncio.Lock()

    def close(self) -> None:
        """Close the sockets: what waits in them is refused, and the others take what comes."""
        for one in self.sockets:
            one.close()
        self.sockets = []


class Supervisor:
    """Keeps `count` workers on one address until it is told to end."""

    def __init__(self, host: str, port: int, count: int, *, one_at_a_time: bool) -> None:
        """With `one_at_a_time` a worker is replaced only when it has ended: SQLite has one writer.

        Raises `sockets.CannotListen`.
        """
        sockets.check_free(host, port)
        self._host = host
        first = sockets.bind(host, port, shared=True)
        #: The port that is bound.
        self.port: int = first[0].getsockname()[1]
        opened = [first, *(self._bind() for _ in range(count - 1))]
        self._places = [Place(number, those) for number, those in enumerate(opened, 1)]
        self._one_at_a_time = one_at_a_time
        self._workers: set[Worker] = set()
        self._tasks: set[asyncio.Task[Any]] = set()
        self._ending = asyncio.Event()
        self._reload = asyncio.Event()
        self._signals = 0
        #: Where workers share what they count.
        self._metrics = Shared()

    def _bind(self) -> list[socket.socket]:
        return sockets.bind(self._host, self.port, shared=True)

    async def run(self) -> int:
        """Serve until SIGTERM or SIGINT; returns the exit code."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self.end)
        loop.add_signal_handler(signal.SIGHUP, self.reload)
        began = await asyncio.gather(*(self._begin(place) for place in self._places))
        code = 0
        if not any(began) and not self._ending.is_set():
            logger.error("No worker started: nothing is served")
            code = 1
            self.end()
        if not self._ending.is_set():
            logger.info("%d workers serve", len(self._places) - began.count(None))
            notify.ready()
            for place, worker in zip(self._places, began, strict=True):
                if worker is None:
                    self._spawn(self._fill(place))
        self._spawn(self._answer_reloads())
        await self._ending.wait()
        await self._finish()
        return code

    # --- workers --------------------------------------------------------------------------------

    async def _begin(self, place: Place) -> Worker | None:
        """A new worker that takes connections there; None when it did not come to that."""
        worker = await self._start(place)
        if not await worker.wait_until_ready():
            return None
        place.worker = worker
        return worker

    async def _start(self, place: Place) -> Worker:
        ours, theirs = socket.socketpair()
        ours.setblocking(False)
        files = [one.fileno() for one in (theirs, *place.sockets)]
        with theirs:
            process = await asyncio.create_subprocess_exec(
                sys.executable,
                *sys.orig_argv[1:],
                "--as-worker",
                ",".join(map(str, files)),
                stdin=asyncio.subprocess.DEVNULL,
                pass_fds=files,
                process_group=0,
            )
        worker = Worker(process, ours)
        self._workers.add(worker)
        logger.info("Worker %d started (process %d)", place.number, process.pid)
        self._spawn(self._watch(place, worker))
        if self._ending.is_set():
            worker.retire()
        return worker

    async def _watch(self, place: Place, worker: Worker) -> None:
        """Until the worker ends; where nobody wanted that, there will be another one."""
        code = await worker.process.wait()
        worker.hang_up()
        self._workers.discard(worker)
        self._metrics.forget(worker.process.pid)
        if worker.retiring or self._ending.is_set():
            logger.info("Process %d has ended (%d)", worker.process.pid, code)
            return
        logger.error(
            "Worker %d (process %d) ended by itself: %s", place.number, worker.process.pid, code
        )
        async with place.lock:
            if place.worker is worker:
                place.worker = None
                await self._again(place, asyncio.get_running_loop().time() - worker.begun)

    async def _fill(self, place: Place) -> None:
        """A worker in a place where the first one did not start."""
        async with place.lock:
            if place.worker is None:
                await self._again(place, 0.0)

    async def _again(self, place: Place, lived_s: float = 0.0) -> None:
        """Another worker where one has died after `lived_s`, and another, with growing pauses."""
        clock = asyncio.get_running_loop().time
        while not self._ending.is_set():
            place.failures = 1 if lived_s > STEADY_S else place.failures + 1
            if place.failures > 1:
                place.close()
                pause_s = min(PAUSE_LIMIT_S, 2.0 ** (place.failures - 2))
                logger.warning("Worker %d starts again in %s s", place.number, pause_s)
                with suppress(TimeoutError):
                    async with asyncio.timeout(pause_s):
                        await self._ending.wait()
                        return
            begin = clock()
            try:
                place.sockets = place.sockets or self._bind()
                if await self._begin(place):
                    return
            except (sockets.CannotListen, OSError) as error:
                logger.error("Worker %d cannot be started: %s", place.number, error)
            lived_s = clock() - begin

    # --- reload ---------------------------------------------------------------------------------

    def reload(self) -> None:
        """Replace the workers, one after another."""
        self._reload.set()

    async def _answer_reloads(self) -> None:
        """Replace all workers for each SIGHUP; those that come meanwhile are one more."""
        while True:
            await self._reload.wait()
            self._reload.clear()
            notify.reloading()
            for place in self._places:
                async with place.lock:
                    if self._ending.is_set() or not await self._replace(place):
                        break
            else:
                logger.info("All workers are replaced")
            if not self._ending.is_set():
                notify.ready()

    async def _replace(self, place: Place) -> bool:
        """Another worker in the place of this one, which then drains. False: it stays."""
        old = place.worker
        if old is not None and self._one_at_a_time:
            old.retire()
            await old.ended()
            place.worker = None
            if await self._begin(place) is None:
                await self._again(place)
            return True
        if not await self._begin(place):
            logger.error("Worker %d is not replaced: the new one did not start", place.number)
            if old is not None and old.process.returncode is not None:
                await self._again(place)
            return False
        if old is not None:
            old.retire()
            await old.ended()
        return True

    # --- the end --------------------------------------------------------------------------------

    def end(self) -> None:
        """Let every worker drain; asked once more, let them end at once."""
        self._signals += 1
        if self._signals == 1:
            notify.stopping()
            self._ending.set()
            for place in self._places:
                place.close()
        # A worker takes a second signal as the supervisor does: it ends at once.
        for worker in self._workers:
            worker.retire()

    async def _finish(self) -> None:
        """Wait until every worker has ended."""
        while self._workers:
            await asyncio.gather(*(worker.ended() for worker in self._workers))
            await asyncio.sleep(0)  # who watches it learns it too
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._metrics.remove()

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
