"""The threads of a lab: one waits for every listener and every idle connection, a few answer requests.

A hundred hosts with a connection each cost one waiting thread, not two hundred; threads that answer are made as they
are needed and shared by all hosts. An answer that is on its way for a while waits beside them, not on one.
"""

from __future__ import annotations

import contextlib
import heapq
import itertools
import logging
import selectors
import socket
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Protocol, Self

_log = logging.getLogger(__name__)
_WORKERS = 32
"""As many requests as are answered at once; more of them wait their turn."""
_BACKLOG = 128
_PATIENCE = 5.0


class Connection(Protocol):
    """What is served when the socket has something to read."""

    def fileno(self) -> int:
        """Give the number to wait on."""

    def pending(self) -> bool:
        """Whether there is more to read that waiting would miss."""

    def serve(self) -> float | None:
        """Read one request and prepare its answer; gives the seconds until that is due, None where the connection ends."""

    def send(self) -> bool:
        """Send the answer that is due; says whether the connection stays open."""

    def interrupt(self) -> None:
        """Wake the thread that serves."""

    def close(self) -> None:
        """Close the socket."""


Accept = Callable[[socket.socket], "Connection | None"]


class Reactor:
    """One waiting thread and its workers; shared by the hosts of a lab."""

    def __init__(self) -> None:
        self._selector: selectors.BaseSelector
        self._near: socket.socket
        self._far: socket.socket
        self._todo: deque[Callable[[], object]] = deque()
        self._held: list[tuple[float, int, Connection]] = []
        self._numbers = itertools.count()
        self._connections: set[Connection] = set()
        self._lock = threading.Lock()
        self._workers = ThreadPoolExecutor(_WORKERS, thread_name_prefix="lab-host")
        self._thread = threading.Thread(target=self._run, name="lab-hosts", daemon=True)
        self.stopping = threading.Event()
        """Set when the lab stops; delays wait on it."""

    def start(self) -> Self:
        """Begin to wait."""
        self._selector = selectors.DefaultSelector()
        self._near, self._far = socket.socketpair()
        self._near.setblocking(False)
        self._selector.register(self._near, selectors.EVENT_READ)
        self._thread.start()
        return self

    def stop(self) -> None:
        """Close every connection and wait for the threads. A reactor is not started again."""
        self.stopping.set()
        with self._lock:
            connections = list(self._connections)
        for connection in connections:
            connection.interrupt()
        self._wake()
        self._thread.join()
        self._workers.shutdown(wait=True)
        for key in list(self._selector.get_map().values()):
            if isinstance(key.fileobj, socket.socket):
                key.fileobj.close()
        for connection in list(self._connections):
            connection.close()
        self._selector.close()
        self._far.close()

    def listen(self, address: str, port: int, accept: Accept) -> socket.socket:
        """Accept connections at an address, once the reactor is started; ends with `unlisten`."""
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        listener = socket.create_server((address, port), family=family, backlog=_BACKLOG)
        listener.setblocking(False)
        self._later(lambda: self._register(listener, accept))
        return listener

    def unlisten(self, listener: socket.socket) -> None:
        """Stop accepting; when this returns, the port refuses connections."""
        done = threading.Event()

        def close() -> None:
            with contextlib.suppress(KeyError, ValueError):
                self._selector.unregister(listener)
            listener.close()
            done.set()

        if self._thread.is_alive():
            self._later(close)
            done.wait(_PATIENCE)
        else:
            close()

    def _register(self, listener: socket.socket, accept: Accept) -> None:
        self._selector.register(listener, selectors.EVENT_READ, accept)

    def _later(self, work: Callable[[], object]) -> None:
        self._todo.append(work)
        self._wake()

    def _wake(self) -> None:
        with contextlib.suppress(OSError):
            self._far.send(b"!")

    def _run(self) -> None:
        while not self.stopping.is_set():
            for key, _ in self._selector.select(self._until_next_answer()):
                if key.fileobj is self._near:
                    with contextlib.suppress(BlockingIOError):
                        self._near.recv(4096)
                elif isinstance(key.fileobj, socket.socket):
                    self._accept(key.fileobj, key.data)
                else:
                    self._selector.unregister(key.fileobj)
                    self._workers.submit(self._serve, key.data)
            while self._todo:
                self._todo.popleft()()
            while self._held and self._held[0][0] <= time.monotonic():
                self._workers.submit(self._send, heapq.heappop(self._held)[-1])

    def _until_next_answer(self) -> float | None:
        return max(0.0, self._held[0][0] - time.monotonic()) if self._held else None

    def _accept(self, listener: socket.socket, accept: Accept) -> None:
        try:
            peer, _ = listener.accept()
        except OSError:
            return
        connection = accept(peer)
        if connection is not None:
            with self._lock:
                self._connections.add(connection)
            self._wait_for(connection)

    def _wait_for(self, connection: Connection) -> None:
        try:
            self._selector.register(connection.fileno(), selectors.EVENT_READ, connection)
        except (ValueError, KeyError):
            # The number was given back already: the other side, or `stop`, closed it.
            self._forget(connection)

    def _serve(self, connection: Connection) -> None:
        with self._survived(connection):
            seconds = connection.serve()
            if seconds is None:
                self._forget(connection)
            elif seconds > 0:
                due = time.monotonic() + seconds
                self._later(lambda: heapq.heappush(self._held, (due, next(self._numbers), connection)))
            else:
                self._send(connection)

    def _send(self, connection: Connection) -> None:
        with self._survived(connection):
            if not connection.send():
                self._forget(connection)
            elif connection.pending():
                self._later(partial(self._workers.submit, self._serve, connection))
            else:
                self._later(partial(self._wait_for, connection))

    @contextlib.contextmanager
    def _survived(self, connection: Connection) -> Iterator[None]:
        """Let no request that cannot be answered end the others."""
        try:
            yield
        except Exception:  # noqa: BLE001 - the others go on
            _log.exception("a lab host could not answer")
            self._forget(connection)

    def _forget(self, connection: Connection) -> None:
        with self._lock:
            self._connections.discard(connection)
        connection.close()
