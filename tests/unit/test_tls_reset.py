"""A domain controller that resets a connection while TLS begins on it."""

from __future__ import annotations

import gc
import random
import socket
import struct
import threading
import warnings
from contextlib import suppress
from types import SimpleNamespace
from typing import TYPE_CHECKING

from hyperv_migration.directory.tls import VerifiedTls

if TYPE_CHECKING:
    import pytest

ATTEMPTS = 1200
MOMENTS = random.Random(7)  # noqa: S311 - which moments, not a secret


def test_no_socket_stays_open_whenever_the_reset_comes(monkeypatch: pytest.MonkeyPatch) -> None:
    """A socket that is reset at any moment of the wrapping is closed at once, and not left to the garbage collector."""
    left_open: list[object] = []
    monkeypatch.setattr("sys.unraisablehook", lambda said: left_open.append(said.exc_value))
    with warnings.catch_warnings(), socket.create_server(("127.0.0.1", 0)) as server:
        warnings.simplefilter("error", ResourceWarning)
        tls = VerifiedTls("dc1.lab.test", None)
        for _ in range(ATTEMPTS):
            _reset_while_wrapped(server, tls)
        gc.collect()
    assert left_open == []


def _reset_while_wrapped(server: socket.socket, tls: VerifiedTls) -> None:
    connection = SimpleNamespace(socket=socket.create_connection(server.getsockname()))
    accepted, _ = server.accept()
    accepted.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    reset = threading.Timer(MOMENTS.random() * 0.0002, accepted.close)
    reset.start()
    with suppress(OSError):
        tls.wrap_socket(connection)
    reset.join()
    connection.socket.close()
    tls.failure = None
