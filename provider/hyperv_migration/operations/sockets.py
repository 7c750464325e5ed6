"""The sockets of a connection that somebody may be waiting on; all are shut from another thread when the user has had enough."""

from __future__ import annotations

import contextlib
import socket
import threading
import weakref


class Sockets:
    """Open sockets, known as long as their owners hold them."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._open: weakref.WeakSet[socket.socket] = weakref.WeakSet()
        self.let_go_of = False
        """Whether nobody may wait on any of them any more."""

    def watch(self, opened: socket.socket) -> None:
        """Know a socket that was just opened, or just got its TLS."""
        with self._lock:
            self._open.add(opened)
        if self.let_go_of:
            _shut(opened)

    def let_go(self) -> None:
        """End every wait on them at once, and on those that are still to come."""
        with self._lock:
            self.let_go_of = True
            now = list(self._open)
        for each in now:
            _shut(each)


def _shut(each: socket.socket) -> None:
    # The plain socket's own method: that of a TLS socket would take TLS away under whoever reads.
    with contextlib.suppress(OSError):
        socket.socket.shutdown(each, socket.SHUT_RDWR)
