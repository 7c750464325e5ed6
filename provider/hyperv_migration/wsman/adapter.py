"""The HTTP adapter: certificates are checked against the host's name, and no answer is too large or takes for ever.

requests limits the silence between two octets only. A host that sends one octet a minute, or never stops sending,
would keep the engine's worker until somebody kills it.
"""

from __future__ import annotations

import contextlib
import socket
import threading
import weakref
from typing import Any

import requests
from requests import exceptions as http
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection

from hyperv_migration.model.errors import ProtocolViolation

MAX_ANSWER = 8 * 1024 * 1024
"""Octets. A host is asked to keep below envelope.MAX_ENVELOPE_SIZE, half a megabyte; sealing adds little."""
_PART = 16 * 1024
"""Small parts, so that a compressed answer cannot unfold far beyond the limit at once."""


class BoundedAdapter(HTTPAdapter):
    """Reads whole answers, each within `patience` seconds and MAX_ANSWER octets."""

    def __init__(self, target: str, patience: float) -> None:
        self._target = target
        self._patience = patience
        self._open: weakref.WeakSet[socket.socket] = weakref.WeakSet()
        super().__init__()

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        """Let each connection tell its socket, and each certificate prove the host's name whatever its address."""
        super().init_poolmanager(*args, **kwargs)
        opened = self._open

        class Plain(HTTPConnection):
            def connect(self) -> None:
                super().connect()
                opened.add(self.sock)

        class Tls(HTTPSConnection):
            def connect(self) -> None:
                super().connect()
                opened.add(self.sock)

        self._connections = {"http": Plain, "https": Tls}
        self.poolmanager.connection_pool_kw.update({})

    def get_connection_with_tls_context(self, *args: Any, **kwargs: Any) -> Any:
        """Return the pool, whose connections are of the kinds above."""
        pool = super().get_connection_with_tls_context(*args, **kwargs)
        pool.ConnectionCls = self._connections[pool.scheme]
        if pool.scheme == "https":
            pool.conn_kw.update(assert_hostname=self._target, server_hostname=self._target)
        return pool
