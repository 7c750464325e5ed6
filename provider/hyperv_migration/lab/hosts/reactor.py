"""The threads of a lab: one waits for every listener and every idle connection, a few answer requests.

A hundred hosts with a connection each cost one waiting thread, not two hundred; threads that answer are made as they
are needed and shared by all hosts.
"""

from __future__ import annotations

import contextlib
import logging
import selectors
import socket
import threading
from collections import deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
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

    def serve(self) -> bool:
        """Answer one request; says whether the connection stays open."""

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
        self._todo: deque[Callable[[], None]] = deque()
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

    def _later(self, work: Callable[[], None]) -> None:
        self._todo.append(work)
        self._wake()

    def _wake(self) -> None:
        with contextlib.suppress(OSError):
            self._far.send(b"!")

    def _run(self) -> None:
        while not self.stopping.is_set():
            for key, _ in self._selector.select():
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
        try:
            open_still = connection.serve()
            while open_still and connection.pending():
                open_still = connection.serve()
        except Exception:  # noqa: BLE001 - one request that cannot be answered must not end the others
            _log.exception("a lab host could not answer")
            open_still = False
        if open_still and not self.stopping.is_set():
            self._later(lambda: self._wait_for(connection))
        else:
            self._forget(connection)

    def _forget(self, connection: Connection) -> None:
        with self._lock:
            self._connections.discard(connection)
        connection.close()
