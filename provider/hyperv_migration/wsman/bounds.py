"""What one exchange may cost: so many seconds and so many octets, whatever the host sends.

requests limits the silence between two octets only, and no size at all. The limits sit below it, at the socket, so that
they hold for status line, headers, chunks and body alike, and for the legs of a sign-in.
"""

from __future__ import annotations

import io
import socket
from typing import TYPE_CHECKING, Any

from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

from hyperv_migration.model.errors import ProtocolViolation, TimedOut
from hyperv_migration.operations.deadline import Deadline
from hyperv_migration.operations.local_files import bare_tls_context
from hyperv_migration.operations.sockets import Sockets
from hyperv_migration.wsman.envelope import MAX_ENVELOPE_SIZE

if TYPE_CHECKING:
    import requests

MOST_OCTETS = 4 * MAX_ENVELOPE_SIZE
"""Of one exchange. MaxEnvelopeSize asks for less (MS-WSMV 2.2.4.23): the rest is slack for HTTP, seals, the legs of a
sign-in, and for a host that counts characters, of which one takes up to three octets in UTF-8."""
_PIECE = 16 * 1024


class Exchange:
    """The limits of one request and its answer, and how much of them is used."""

    def __init__(self, target: str, endpoint: str, seconds: float, sockets: Sockets | None = None) -> None:
        self._target = target
        self._endpoint = endpoint
        self.sockets = sockets or Sockets()
        """Those it goes over."""
        self.seconds = seconds
        """How long it may take; a new value holds from the next beginning on."""
        self.certificate: bytes | None = None
        """What the other end of a connection with TLS has shown, as DER."""
        self.begin()

    def begin(self) -> None:
        """Start anew, for the next exchange or where a connection has just been made."""
        self._deadline = Deadline(self.seconds)
        self._octets = 0

    @property
    def remaining(self) -> float:
        """Seconds left; raises TimedOut when there are none."""
        left = self._deadline.remaining
        if left <= 0:
            raise self.late()
        return left

    def received(self, octets: int) -> None:
        """Count what came in; raises ProtocolViolation when it is too much."""
        self._octets += octets
        if self._octets > MOST_OCTETS:
            raise ProtocolViolation(
                f"{self._target} sends an answer without an end: more than {MOST_OCTETS} octets, where at most "
                f"{MAX_ENVELOPE_SIZE} were asked for; nothing in it was believed. Check what answers at {self._endpoint}."
            )

    def late(self) -> TimedOut:
        """Say that time is up."""
        return TimedOut(
            f"{self._target} did not answer in time at {self._endpoint} (the whole answer within {self.seconds:g} s, of which "
            "winrm operationTimeout sets the most); read it again before a retry."
        )


class _Answer(io.RawIOBase):
    """The octets that come in, within the limits."""

    def __init__(self, plain: socket.socket, exchange: Exchange) -> None:
        super().__init__()
        self._octets = plain.makefile("rb", buffering=0)
        self._exchange = exchange
        self._sock = plain
        """Where the authentication libraries look for the certificate that a sign-in is tied to."""

    def readable(self) -> bool:
        """Octets come out."""
        return True

    def readinto(self, buffer: Any) -> int | None:
        """Wait for some octets."""
        self._sock.settimeout(self._exchange.remaining)
        try:
            count = self._octets.readinto(buffer)
        except TimeoutError:
            raise self._exchange.late() from None
        self._exchange.received(count or 0)
        return count

    def close(self) -> None:
        """Let go of the socket."""
        self._octets.close()
        super().close()


class _BoundedSocket:
    """What http.client and urllib3 use of a socket, within the limits."""

    def __init__(self, plain: socket.socket, exchange: Exchange) -> None:
        self._plain = plain
        self._exchange = exchange

    def sendall(self, data: Any) -> None:
        """Send; a host that does not read ends it as one that does not write."""
        whole = memoryview(data)
        for begin in range(0, len(whole), _PIECE):
            self._plain.settimeout(self._exchange.remaining)
            try:
                self._plain.sendall(whole[begin : begin + _PIECE])
            except TimeoutError:
                raise self._exchange.late() from None

    def makefile(self, *_args: Any, **_kwargs: Any) -> io.BufferedReader:
        """Return the answer as a file; http.client reads in no other way."""
        return io.BufferedReader(_Answer(self._plain, self._exchange))

    def __getattr__(self, name: str) -> Any:
        # close, settimeout, fileno and the like are the plain socket's own.
        return getattr(self._plain, name)


class BoundedAdapter(HTTPAdapter):
    """Connections to one host within the limits; a certificate is checked against its name, whatever the address."""

    def __init__(self, target: str, exchange: Exchange) -> None:
        self._target = target
        self._exchange = exchange
        super().__init__()

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        """Make the pools, of connections whose sockets are bounded."""
        kwargs |= {"assert_hostname": self._target, "server_hostname": self._target, "ssl_context": bare_tls_context()}
        super().init_poolmanager(*args, **kwargs)
        exchange = self._exchange

        class Http(HTTPConnection):
            def connect(self) -> None:
                super().connect()
                exchange.begin()
                exchange.sockets.watch(self.sock)
                self.sock = _BoundedSocket(self.sock, exchange)

        class Https(HTTPSConnection):
            def connect(self) -> None:
                super().connect()
                exchange.begin()
                exchange.certificate = self.sock.getpeercert(binary_form=True)  # type: ignore[union-attr]
                exchange.sockets.watch(self.sock)
                self.sock = _BoundedSocket(self.sock, exchange)

        class HttpPool(HTTPConnectionPool):
            ConnectionCls = Http

            def __init__(self, *args: Any, assert_hostname: str | None = None, **kwargs: Any) -> None:
                # A name to check is for TLS; urllib3 before 2.7 hands it to connections without, which take none.
                del assert_hostname
                super().__init__(*args, **kwargs)

        class HttpsPool(HTTPSConnectionPool):
            ConnectionCls = Https

        self.poolmanager.pool_classes_by_scheme = {"http": HttpPool, "https": HttpsPool}

    def send(self, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> requests.Response:
        """Send, and refuse a compressed answer before it is unpacked: nobody asked for one, and it may be a bomb."""
        response = super().send(request, *args, **kwargs)
        if response.headers.get("Content-Encoding", "identity").strip().lower() != "identity":
            response.close()
            raise ProtocolViolation(
                f"{self._target} compressed its answer (HTTP {response.status_code}), which nobody asked for; it was not "
                "unpacked. Check what answers there."
            )
        return response
