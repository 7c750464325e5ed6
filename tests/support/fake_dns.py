"""A name server on loopback: what a zone says, over UDP and TCP, and who asked what."""

from __future__ import annotations

import contextlib
import socket
import struct
import threading
from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import Self

import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdatatype
import dns.resolver
import dns.rrset

from hyperv_migration.directory.names import Names

Zone = Mapping[str, Mapping[str, Sequence[str]]]
"""By name without its last dot and by type, the data as zone files have it."""


class FakeDns:
    """Answers for a zone while it is entered; `silent` lets every question go unanswered."""

    def __init__(self, zone: Zone, *, silent: bool = False) -> None:
        self._zone = {name.casefold(): rows for name, rows in zone.items()}
        self._silent = silent
        self.asked: list[tuple[str, str]] = []

    def __enter__(self) -> Self:
        self._udp, self._tcp = _both()
        self.port = self._udp.getsockname()[1]
        self._ended = False
        self._threads = [threading.Thread(target=serve, daemon=True) for serve in (self._serve_udp, self._serve_tcp)]
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _at: TracebackType | None
    ) -> None:
        self._ended = True
        with contextlib.suppress(OSError), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as last:
            last.sendto(b"", ("127.0.0.1", self.port))
        with contextlib.suppress(OSError):
            socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
        for thread in self._threads:
            thread.join(5)
        self._udp.close()
        self._tcp.close()

    def names(self) -> Names:
        """DNS as this server tells it, and nothing of this machine's own set-up."""
        resolver = dns.resolver.Resolver(configure=False)
        resolver.nameservers = ["127.0.0.1"]
        resolver.port = self.port
        return Names(resolver)

    def _serve_udp(self) -> None:
        while True:
            data, client = self._udp.recvfrom(4096)
            if self._ended:
                return
            if not self._silent:
                self._udp.sendto(self._answer(data), client)

    def _serve_tcp(self) -> None:
        while True:
            connection, _ = self._tcp.accept()
            with connection:
                if self._ended:
                    return
                head = connection.recv(2)
                if len(head) == struct.calcsize(">H"):
                    answer = self._answer(connection.recv(struct.unpack(">H", head)[0]))
                    connection.sendall(struct.pack(">H", len(answer)) + answer)

    def _answer(self, data: bytes) -> bytes:
        query = dns.message.from_wire(data)
        question = query.question[0]
        name, kind = question.name.to_text(omit_final_dot=True), dns.rdatatype.to_text(question.rdtype)
        self.asked.append((question.name.to_text(), kind))
        response = dns.message.make_response(query)
        response.flags |= dns.flags.RA
        rows = self._zone.get(name.casefold())
        if rows is None:
            response.set_rcode(dns.rcode.NXDOMAIN)
        elif kind in rows:
            response.answer.append(dns.rrset.from_text(question.name, 900, "IN", kind, *rows[kind]))
        return response.to_wire()


def _both() -> tuple[socket.socket, socket.socket]:
    """Return a UDP and a TCP socket on one port; whoever has the other one makes this try again."""
    while True:
        udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        udp.bind(("127.0.0.1", 0))
        try:
            return udp, socket.create_server(udp.getsockname())
        except OSError:
            udp.close()
