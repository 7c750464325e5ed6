"""The octets of one connection: clear, inside TLS, or wrapped by a security context."""

from __future__ import annotations

import contextlib
import socket
import ssl
import struct
from typing import TYPE_CHECKING

from spnego.exceptions import SpnegoError

from hyperv_migration.lab.directory.framing import MAX_MESSAGE, Malformed, message_length

if TYPE_CHECKING:
    import spnego

_PREFIX = struct.Struct(">I")
_CHUNK = 64 * 1024
_RESET_ON_CLOSE = struct.pack("ii", 1, 0)


class Stream:
    """Reads whole LDAP messages from a socket and writes octets to it."""

    def __init__(self, connection: socket.socket) -> None:
        self._socket = connection
        self._context: spnego.ContextProxy | None = None
        self._received = b""
        """What came in and is not unwrapped yet."""
        self._clear = b""
        """What is unwrapped and not yet a whole message; without a context the same octets as received."""

    @property
    def encrypted(self) -> bool:
        """Whether TLS is in place."""
        return isinstance(self._socket, ssl.SSLSocket)

    @property
    def sealed(self) -> bool:
        """Whether messages are wrapped by a security context."""
        return self._context is not None

    def read(self) -> bytes | None:
        """Wait for one message; None when the client has hung up.

        Raises:
            Malformed: What came in is no LDAP message, or is not wrapped as agreed.
        """
        while True:
            length = message_length(self._clear)
            if length is not None and len(self._clear) >= length:
                message, self._clear = self._clear[:length], self._clear[length:]
                return message
            chunk = self._socket.recv(_CHUNK)
            if not chunk:
                return None
            if self._context is None:
                self._clear += chunk
            else:
                self._received += chunk
                self._unwrap(self._context)

    def _unwrap(self, context: spnego.ContextProxy) -> None:
        """Take off every complete wrapping: four octets of length, then the wrapped buffer (RFC 4752 3.1)."""
        while len(self._received) >= _PREFIX.size:
            (length,) = _PREFIX.unpack_from(self._received)
            if length > MAX_MESSAGE:
                raise Malformed("longer than MaxReceiveBuffer")
            end = _PREFIX.size + length
            if len(self._received) < end:
                return
            wrapped, self._received = self._received[_PREFIX.size : end], self._received[end:]
            try:
                self._clear += context.unwrap(wrapped).data
            except (SpnegoError, ValueError) as error:
                raise Malformed("not wrapped by the agreed context") from error

    def write(self, octets: bytes) -> None:
        """Send octets, wrapped as one buffer where a context was agreed."""
        if self._context is not None:
            wrapped = self._context.wrap(octets).data
            octets = _PREFIX.pack(len(wrapped)) + wrapped
        self._socket.sendall(octets)

    def seal(self, context: spnego.ContextProxy) -> None:
        """Wrap everything from here on; whatever the client sent ahead is wrapped already."""
        self._context = context
        self._received, self._clear = self._clear, b""
        self._unwrap(context)

    def start_tls(self, context: ssl.SSLContext) -> None:
        """Go on inside TLS.

        Raises:
            Malformed: The client sent something ahead in clear, which must never be taken for protected.
        """
        if self._clear:
            raise Malformed("octets in clear behind StartTLS")
        self._socket = context.wrap_socket(self._socket, server_side=True)

    def reset(self) -> None:
        """Cut the connection with a reset instead of a goodbye."""
        with contextlib.suppress(OSError):
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)
        self._close()

    def close(self) -> None:
        """End the connection in order."""
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._close()

    def interrupt(self) -> None:
        """Wake a thread that waits for a message; callable from another thread."""
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)

    def _close(self) -> None:
        with contextlib.suppress(OSError):
            self._socket.close()
