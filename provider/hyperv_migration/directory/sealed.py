"""Signing in with GSS-SPNEGO, and a connection on which every later LDAP message is encrypted.

ldap3 2.9.1 has no security layer for this (active-directory.md, 97 and 100), so the layer sits below it, at the socket:
after the bind each message travels wrapped by the security context, behind a length of four bytes (RFC 4752 §3.1;
active-directory.md, 164).
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Any, Protocol

from spnego.exceptions import NativeError, SpnegoError

if TYPE_CHECKING:
    from spnego import ContextProxy

_LENGTH = struct.Struct(">I")
_LONGEST_FRAME = 16 * 1024 * 1024
"""A clear LDAP message begins with 0x30, which read as a length is far beyond this."""


class SealBroken(OSError):
    """What arrived on a sealed connection was not sealed by the other side."""


class Octets(Protocol):
    """What is used of a socket."""

    def sendall(self, data: bytes, /) -> None:
        """Send all of it."""
        ...

    def recv(self, size: int, /) -> bytes:
        """Return what is there; none at the end of the connection."""
        ...


class SealedSocket:
    """The octets of a socket, with everything sent and received wrapped by a security context."""

    def __init__(self, plain: Octets, context: ContextProxy) -> None:
        self._plain = plain
        self._context = context
        self._clear = b""

    def sendall(self, data: bytes) -> None:
        """Wrap and send one message."""
        token = self._context.wrap(data, encrypt=True).data
        self._plain.sendall(_LENGTH.pack(len(token)) + token)

    def recv(self, size: int) -> bytes:
        """Return unwrapped bytes; none when the other side has closed the connection."""
        if not self._clear:
            head = self._exactly(_LENGTH.size)
            if not head:
                return b""
            (length,) = _LENGTH.unpack(head)
            if length > _LONGEST_FRAME:
                raise SealBroken("the answer is not sealed")
            self._clear = self._unwrap(self._exactly(length))
        data, self._clear = self._clear[:size], self._clear[size:]
        return data

    def _unwrap(self, token: bytes) -> bytes:
        try:
            opened = self._context.unwrap(token)
        except (SpnegoError, NativeError, ValueError, struct.error) as error:
            raise SealBroken("the answer cannot be opened") from error
        if not opened.encrypted:
            raise SealBroken("the answer is signed only")
        return opened.data

    def _exactly(self, size: int) -> bytes:
        """Read so many bytes; none at a clean end, and a cut in the middle is an error."""
        data = bytearray()
        while len(data) < size:
            part = self._plain.recv(size - len(data))
            if not part:
                if not data and size == _LENGTH.size:
                    return b""
                raise ConnectionResetError("closed in the middle of a message")
            data += part
        return bytes(data)

    def __getattr__(self, name: str) -> Any:
        # shutdown, close, settimeout and the like are the plain socket's own.
        return getattr(self._plain, name)
