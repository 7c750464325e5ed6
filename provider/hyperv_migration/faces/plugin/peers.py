"""Who may speak to the plugin: on Linux the account that runs it, and root.

The port on loopback is open to everybody on the machine, and the protocol has no credential of its own. Whoever gets through
could point `addresses` at himself and be sent the environment's password. Linux tells whose a TCP connection is in
/proc/net/tcp and tcp6. Where no table can be read, or none even shows the port that is listened on, nothing is known and
nobody is refused; neither is anybody on other systems (docs/rights.md).
"""

from __future__ import annotations

import contextlib
import os
import socket
import sys
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any

import grpc

TABLES = (Path("/proc/net/tcp"), Path("/proc/net/tcp6"))
"""gRPC opens sockets for both families, which stand in the second one whatever they are used for."""
_MAPPED = "0000000000000000FFFF0000"
_LISTENS, _ESTABLISHED = "0A", "01"
"""Once either end has closed, the kernel shows root as the owner: only an open connection has one."""
_ROOT = 0


class OwnAccountOnly(grpc.aio.ServerInterceptor):
    """Refuses every call of a connection that is another account's."""

    def __init__(self, tables: Sequence[Path] = TABLES) -> None:
        self._tables = tables
        self.port = 0
        """Where this process listens; known once the server has its port."""

    async def intercept_service(
        self, continuation: Callable[[grpc.HandlerCallDetails], Awaitable[Any]], handler_call_details: Any
    ) -> Any:
        """Put the question before the method; every one of this protocol takes one message and answers with one."""
        handler = await continuation(handler_call_details)
        if handler is None or handler.unary_unary is None:
            return handler
        inner = handler.unary_unary

        async def asked(request: Any, context: Any) -> Any:
            if self.is_strange(context.peer()):
                await context.abort(
                    grpc.StatusCode.PERMISSION_DENIED,
                    "Only the account that runs this plugin may speak to it; run pulumi and the plugin under one account.",
                )
            return await inner(request, context)

        return grpc.unary_unary_rpc_method_handler(asked, handler.request_deserializer, handler.response_serializer)

    def is_strange(self, peer: str) -> bool:
        """Tell whether a peer, as gRPC names it (ipv4:127.0.0.1:40000), is positively not of this account."""
        if sys.platform != "linux":
            return False
        rows = self._rows()
        here = _hexadecimal("127.0.0.1", self.port)
        if not any(row[1] == here and row[3] == _LISTENS for row in rows):
            return False
        kind, _, address = peer.partition(":")
        host, _, port = address.rpartition(":")
        if kind != "ipv4" or not port.isdigit():
            return True
        there = _hexadecimal(host, int(port))
        owners = {int(row[7]) for row in rows if (row[1], row[2], row[3]) == (there, here, _ESTABLISHED)}
        return not owners or not owners <= {os.geteuid(), _ROOT}

    def _rows(self) -> list[list[str]]:
        """Return the rows of both tables, with IPv4 addresses in one form."""
        rows: list[list[str]] = []
        for table in self._tables:
            with contextlib.suppress(OSError):
                lines = table.read_text(encoding="ascii").splitlines()[1:]
                rows += [line.replace(_MAPPED, "").split() for line in lines]
        return rows


def _hexadecimal(host: str, port: int) -> str:
    """Write an address as the table has it: the number as this machine holds it in memory."""
    number = int.from_bytes(socket.inet_aton(host), sys.byteorder)
    return f"{number:08X}:{port:04X}"
