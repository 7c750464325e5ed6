"""HTTP/1.1 as far as WinRM needs it: requests read from a socket, answers written to it."""

from __future__ import annotations

import contextlib
import socket
import ssl
import struct
from collections.abc import Sequence
from dataclasses import dataclass, field
from email.utils import formatdate
from http import HTTPStatus

_LONGEST_HEAD = 64 * 1024
_PIECE = 64 * 1024
_PATIENCE = 30.0
_LONGEST_NUMBER = 10
"""Seconds a started request may take to arrive."""
LINGER_NOT = struct.pack("ii", 1, 0)


class BadRequest(Exception):
    """The request is no HTTP that this server reads; carries the status to answer."""

    def __init__(self, status: int) -> None:
        super().__init__(str(status))
        self.status = status


class Closed(Exception):
    """The other side has gone."""


@dataclass(frozen=True)
class Request:
    """One HTTP request; names of headers are in lower case."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def keep_alive(self) -> bool:
        """Whether the client means to send more on this connection."""
        return self.headers.get("connection", "").lower() != "close"


@dataclass
class Answer:
    """One HTTP answer."""

    status: int
    body: bytes = b""
    headers: list[tuple[str, str]] = field(default_factory=list)
    close: bool = False
    """Close the connection afterwards and say so."""
    drop: bool = False
    """Close the connection afterwards without a word."""


class HttpStream:
    """The requests of one connection; TLS, where there is any, is begun at the first one."""

    def __init__(self, connection: socket.socket, tls: ssl.SSLContext | None) -> None:
        self._socket = connection
        self._tls = tls
        self._buffer = bytearray()
        connection.settimeout(_PATIENCE)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def fileno(self) -> int:
        """Give the number to wait on."""
        return self._socket.fileno()

    def pending(self) -> bool:
        """Whether something has been read already that waiting on the socket would miss."""
        return bool(self._buffer) or (isinstance(self._socket, ssl.SSLSocket) and self._socket.pending() > 0)

    def read(self, limit: int) -> Request:
        """Read one request; a body beyond `limit` is not read.

        Raises:
            Closed: The client closed the connection, or TLS failed.
            BadRequest: The request is malformed, or too large.
        """
        try:
            if self._tls is not None and not isinstance(self._socket, ssl.SSLSocket):
                self._begin_tls(self._tls)
            return self._read(limit)
        except OSError as error:
            raise Closed from error

    def client_certificate(self) -> bytes | None:
        """Give the certificate the client has shown, as DER; None without TLS, or where none was shown."""
        return self._socket.getpeercert(binary_form=True) if isinstance(self._socket, ssl.SSLSocket) else None

    def _begin_tls(self, tls: ssl.SSLContext) -> None:
        plain = self._socket.dup()
        try:
            self._socket = tls.wrap_socket(self._socket, server_side=True)
        except ssl.SSLError:
            # The client learns why only if nothing it has sent meanwhile is left unread, which would reset.
            _linger(plain)
            raise
        finally:
            plain.close()

    def _read(self, limit: int) -> Request:
        method, path, headers = _parse_head(self._read_head())
        if "transfer-encoding" in headers:
            raise BadRequest(HTTPStatus.LENGTH_REQUIRED)
        text = headers.get("content-length", "0")
        if not (text.isascii() and text.isdecimal() and len(text) < _LONGEST_NUMBER):
            raise BadRequest(HTTPStatus.BAD_REQUEST)
        if int(text) > limit:
            raise BadRequest(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
        if headers.get("expect", "").lower() == "100-continue":
            self._socket.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
        while len(self._buffer) < int(text):
            self._receive()
        body = bytes(self._buffer[: int(text)])
        del self._buffer[: int(text)]
        return Request(method, path, headers, body)

    def _read_head(self) -> bytes:
        while (end := self._buffer.find(b"\r\n\r\n")) < 0:
            if len(self._buffer) > _LONGEST_HEAD:
                raise BadRequest(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE)
            self._receive()
        head = bytes(self._buffer[:end])
        del self._buffer[: end + 4]
        return head

    def _receive(self) -> None:
        piece = self._socket.recv(_PIECE)
        if not piece:
            raise Closed
        self._buffer += piece

    def write(self, answer: Answer) -> None:
        """Send an answer; headers as HTTP.sys writes them."""
        lines = [f"HTTP/1.1 {answer.status} {_phrase(answer.status)}"]
        lines += [f"{name}: {value}" for name, value in answer.headers]
        lines += ["Server: Microsoft-HTTPAPI/2.0", f"Date: {formatdate(usegmt=True)}"]
        lines += ["Connection: close"] * answer.close + [f"Content-Length: {len(answer.body)}"]
        head = "\r\n".join(lines) + "\r\n\r\n"
        try:
            self._socket.sendall(head.encode("latin-1") + answer.body)
        except OSError as error:
            raise Closed from error

    def reset(self) -> None:
        """Close with a TCP reset, as a host that crashes or a firewall does."""
        with contextlib.suppress(OSError):
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, LINGER_NOT)
        self._socket.close()

    def interrupt(self) -> None:
        """Wake whoever is reading, from another thread."""
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """Close, so that the client sees the end of the stream."""
        self.interrupt()
        self._socket.close()


def _linger(connection: socket.socket) -> None:
    """Say that nothing more comes, and read on until the other side has gone, for a second at most."""
    with contextlib.suppress(OSError):
        connection.settimeout(1)
        connection.shutdown(socket.SHUT_WR)
        while connection.recv(_PIECE):
            pass


def _parse_head(head: bytes) -> tuple[str, str, dict[str, str]]:
    lines: Sequence[str] = head.decode("latin-1").split("\r\n")
    parts = lines[0].split(" ")
    if len(parts) != 3 or not parts[2].startswith("HTTP/1."):  # noqa: PLR2004 - method, path, version
        raise BadRequest(HTTPStatus.BAD_REQUEST)
    headers = {}
    for line in lines[1:]:
        name, colon, value = line.partition(":")
        if not colon:
            raise BadRequest(HTTPStatus.BAD_REQUEST)
        headers[name.strip().lower()] = value.strip()
    return parts[0], parts[1], headers


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Status"
