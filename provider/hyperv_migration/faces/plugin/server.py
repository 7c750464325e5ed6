"""The process `pulumi-resource-hyperv-migration`: a port on standard output, a server on loopback, a clean end.

The engine takes the first line of standard output for the port, so nothing else may ever be written there
(pulumi-protocol.md §2); it ends the process with a signal, and an end without an answered Cancel counts as a crash.
"""

from __future__ import annotations

import asyncio
import contextlib
import io
import os
import sys
from collections.abc import Coroutine, Sequence

import grpc
from pulumi.runtime.proto import provider_pb2_grpc

from hyperv_migration.faces.engine_log import MAX_MESSAGE
from hyperv_migration.faces.plugin.peers import OwnAccountOnly
from hyperv_migration.faces.plugin.servicer import Servicer
from hyperv_migration.faces.plugin.stopping import engine_gone, stop_on_signals

_OPTIONS = (
    ("grpc.max_receive_message_length", MAX_MESSAGE),
    ("grpc.max_send_message_length", MAX_MESSAGE),
    ("grpc.so_reuseport", 0),  # nobody else shall listen on the same port
)
_GRACE = 3.0
_FLAGS_WITH_VALUE = frozenset({"--tracing", "-tracing"})


def engine_address(arguments: Sequence[str]) -> str:
    """Return the engine's address: the last argument that is neither a flag nor a flag's value; empty in attach mode."""
    positional: list[str] = []
    skip = False
    for argument in arguments:
        if skip:
            skip = False
        elif argument in _FLAGS_WITH_VALUE:
            skip = True
        elif not argument.startswith("-"):
            positional.append(argument)
    return positional[-1] if positional else ""


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve until the engine says to stop."""
    # The stack's configuration stands in the environment with its secrets in clear: no child shall inherit it.
    os.environ.pop("PULUMI_CONFIG", None)
    _speak_utf8()
    address = engine_address(sys.argv[1:] if arguments is None else arguments)
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(_serve(address))
    return 0


async def _serve(address: str) -> None:
    stop = asyncio.Event()
    watch = asyncio.create_task(_stop_after(engine_gone(address), stop)) if address else None
    stop_on_signals(asyncio.get_running_loop(), stop.set)
    guard = OwnAccountOnly()
    server = grpc.aio.server(options=_OPTIONS, interceptors=[guard])
    servicer = Servicer(address, attachable=not address)
    provider_pb2_grpc.add_ResourceProviderServicer_to_server(servicer, server)
    guard.port = port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    sys.stdout.write(f"{port}\n")
    sys.stdout.flush()
    sys.stdout = sys.stderr
    await stop.wait()
    # Waits end now; who is between a write and its answer may end too, within what the engine grants (§2: 5 s).
    servicer.cancel()
    await server.stop(_GRACE)
    del watch
    # Operations on threads may still wait for a host; the engine has its answer and must not wait for them.
    os._exit(0)


async def _stop_after(end: Coroutine[None, None, None], stop: asyncio.Event) -> None:
    await end
    stop.set()


def _speak_utf8() -> None:
    """Write to pipes what the engine reads; on Windows Python would write in the code page of the country."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")


if __name__ == "__main__":
    sys.exit(main())
