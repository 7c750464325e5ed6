"""A raw listener on loopback that does to a connection what a test says, and keeps what was asked of it."""

from __future__ import annotations

import base64
import contextlib
import socket
import ssl
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from email.message import Message
from email.parser import BytesParser
from functools import partial
from types import TracebackType
from typing import Self

import spnego

from hyperv_migration.lab.hosts.sealing import SPNEGO, content_type, seal, unseal

SOAP = "application/soap+xml;charset=UTF-8"


@dataclass
class Exchange:
    """One TCP connection, as the listener's side sees it."""

    connection: socket.socket
    asked: list[tuple[Message, bytes]]

    def __post_init__(self) -> None:
        self._stream = self.connection.makefile("rb")

    def request(self) -> tuple[Message, bytes] | None:
        """Read one request, its headers and its body; None at the end of the connection."""
        if not self._stream.readline():
            return None
        lines = []
        while (line := self._stream.readline()) not in {b"\r\n", b""}:
            lines.append(line)
        headers = BytesParser().parsebytes(b"".join(lines))
        self.asked.append((headers, self._stream.read(int(headers.get("Content-Length", "0")))))
        return self.asked[-1]

    def send(self, raw: bytes) -> None:
        """Send bytes as they are."""
        self.connection.sendall(raw)

    def answer(self, status: int, body: bytes = b"", headers: Sequence[str] = (f"Content-Type: {SOAP}",)) -> None:
        """Send one whole answer."""
        lines = [f"HTTP/1.1 {status} Some", f"Content-Length: {len(body)}", *headers]
        self.send("\r\n".join([*lines, "", ""]).encode() + body)

    def close(self) -> None:
        """End the connection from this side."""
        self._stream.close()
        with contextlib.suppress(OSError):
            self.connection.shutdown(socket.SHUT_RDWR)
        self.connection.close()


@dataclass
class Listener:
    """Serves connections one after the other in a thread of its own until the test is over."""

    serve: Callable[[Exchange], None]
    tls: ssl.SSLContext | None = None
    connections: int = 0
    asked: list[tuple[Message, bytes]] = field(default_factory=list)

    def __enter__(self) -> Self:
        self._socket = socket.create_server(("127.0.0.1", 0))
        self._open: list[Exchange] = []
        self._threads: list[threading.Thread] = []
        self._ended = 0
        self._changed = threading.Condition()
        self._start(self._accept)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        for exchange in self._open:
            with contextlib.suppress(OSError):
                exchange.connection.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join(timeout=10)

    @property
    def port(self) -> int:
        """The port on 127.0.0.1."""
        port: int = self._socket.getsockname()[1]
        return port

    def wait_for_the_end(self) -> None:
        """Wait until every connection there was is closed from this side."""
        with self._changed:
            assert self._changed.wait_for(lambda: self._ended == self.connections, timeout=10)

    def _start(self, work: Callable[[], None]) -> None:
        self._threads.append(threading.Thread(target=work, daemon=True))
        self._threads[-1].start()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            self.connections += 1
            self._start(partial(self._handle, connection))

    def _handle(self, connection: socket.socket) -> None:
        try:
            if self.tls is not None:
                connection = self.tls.wrap_socket(connection, server_side=True)
            exchange = Exchange(connection, self.asked)
        except OSError:
            connection.close()
            return
        self._open.append(exchange)
        # The client going away is what many of these tests are about.
        with contextlib.suppress(OSError, ValueError):
            self.serve(exchange)
        exchange.close()
        with self._changed:
            self._ended += 1
            self._changed.notify_all()


def always(
    status: int, body: bytes = b"", headers: Sequence[str] = (f"Content-Type: {SOAP}",)
) -> Callable[[Exchange], None]:
    """Answer every request alike."""

    def serve(exchange: Exchange) -> None:
        while exchange.request() is not None:
            exchange.answer(status, body, headers)

    return serve


def sealed(respond: Callable[[Exchange, bytes, Callable[[bytes], bytes]], None]) -> Callable[[Exchange], None]:
    """Sign one connection in with NTLM by pyspnego's acceptor, then unseal each request and let the test answer it.

    The accounts are those of the file that NTLM_USER_FILE names. `respond` gets the exchange, the clear request and
    what seals an answer.
    """

    def serve(exchange: Exchange) -> None:
        context = spnego.server(protocol="ntlm")
        while (request := exchange.request()) is not None:
            headers, body = request
            if context.complete:
                respond(exchange, unseal(context, headers["Content-Type"], body), lambda clear: seal(context, clear))
                continue
            scheme, _, token = headers.get("Authorization", "").partition(" ")
            if not token:
                exchange.answer(401, headers=["WWW-Authenticate: Negotiate"])
                continue
            try:
                challenge = context.step(base64.b64decode(token))
            except spnego.exceptions.SpnegoError:
                exchange.answer(401, headers=["WWW-Authenticate: Negotiate"])
                return
            if context.complete:
                exchange.answer(200)
            else:
                said = base64.b64encode(challenge or b"").decode()
                exchange.answer(401, headers=[f"WWW-Authenticate: {scheme} {said}"])

    return serve


SEALED_HEADERS = (f"Content-Type: {content_type(SPNEGO)}",)
