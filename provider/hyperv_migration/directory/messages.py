"""The octets of one connection as LDAP messages, and what the answer to one request may cost.

ldap3 limits the silence between two octets only. Here each request begins a time and a count of its own, and whatever
the domain controller sends is handed on as whole messages whose elements fit into each other.
"""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING, Any

from hyperv_migration.directory.ber import NotLdap, check_message, message_length
from hyperv_migration.directory.sealed import SealBroken, SealedSocket
from hyperv_migration.operations.deadline import Deadline

if TYPE_CHECKING:
    from spnego import ContextProxy

PAGE = 500
"""Entries asked for at once."""
MOST_MESSAGES = 2 * PAGE
"""Of one answer: a page of entries, references to other domains, and the end."""
MOST_OCTETS = 64 * 1024 * 1024
"""Of one answer: a page of accounts with full lists (a thousand entries of about eighty octets each) and half as much."""
_CHUNK = 64 * 1024


class TimedSocket:
    """A socket, plain or TLS, on which everything from one request to the end of its answer has one time limit."""

    def __init__(self, plain: socket.socket, seconds: float) -> None:
        self._plain = plain
        self._seconds = seconds
        self.begin()

    def begin(self) -> None:
        """Start the clock for the next request."""
        self._deadline = Deadline(self._seconds)
        self._octets = 0

    def sendall(self, data: bytes) -> None:
        """Send all of it in time."""
        for begin in range(0, len(data), _CHUNK):
            self._await()
            self._plain.sendall(data[begin : begin + _CHUNK])

    def recv(self, size: int) -> bytes:
        """Return what is there within the limits; none at the end of the connection."""
        self._await()
        data = self._plain.recv(size)
        self._octets += len(data)
        if self._octets > MOST_OCTETS:
            raise NotLdap(f"an answer of more than {MOST_OCTETS} octets")
        return data

    def bare(self) -> socket.socket:
        """Return the socket itself."""
        return self._plain

    def _await(self) -> None:
        left = self._deadline.remaining
        if left <= 0:
            raise TimeoutError
        self._plain.settimeout(left)

    def __getattr__(self, name: str) -> Any:
        # shutdown, close, getpeercert and the like are the socket's own.
        return getattr(self._plain, name)


class MessageSocket:
    """What ldap3 uses of a socket. Each `recv` returns one whole, checked message; each `sendall` is one request."""

    def __init__(self, plain: socket.socket, seconds: float) -> None:
        self._timed = TimedSocket(plain, seconds)
        self._octets: TimedSocket | SealedSocket = self._timed
        self._received = bytearray()
        self._messages = 0

    def sendall(self, data: bytes) -> None:
        """Send one request and begin to count its answer."""
        self._timed.begin()
        self._messages = 0
        self._octets.sendall(data)

    def recv(self, _size: int) -> bytes:
        """Return one message; none when the other side has closed the connection.

        Raises NotLdap, SealBroken, TimeoutError or another OSError.
        """
        while (length := message_length(self._received)) is None or len(self._received) < length:
            data = self._octets.recv(_CHUNK)
            if not data:
                if self._received:
                    raise ConnectionResetError("closed in the middle of a message")
                return b""
            self._received += data
        message = bytes(self._received[:length])
        del self._received[:length]
        check_message(message)
        self._messages += 1
        if self._messages > MOST_MESSAGES:
            raise NotLdap(f"an answer of more than {MOST_MESSAGES} messages")
        return message

    def seal(self, context: ContextProxy) -> None:
        """Believe from here on only what the security context has encrypted."""
        self._refuse_leftovers()
        self._octets = SealedSocket(self._timed, context)

    def bare(self) -> socket.socket:
        """Give the socket itself back, for TLS to be put on it."""
        self._refuse_leftovers()
        return self._timed.bare()

    def _refuse_leftovers(self) -> None:
        """What was sent ahead in clear must never count as protected."""
        if self._received:
            raise SealBroken("octets in clear where encryption begins")

    def __getattr__(self, name: str) -> Any:
        return getattr(self._timed, name)
