"""Warnings and progress in the engine's output, under the resource they are about."""

from __future__ import annotations

import sys
import threading
from typing import Any

from hyperv_migration.model.terminal import printable

MAX_MESSAGE = 400 * 1024 * 1024
"""As the engine and every SDK have it (pulumi-protocol.md §3)."""

_lock = threading.Lock()
_stubs: dict[str, Any] = {}


class EngineLog:
    """The engine's log for one call about one resource; standard error where no engine is known."""

    def __init__(self, address: str, urn: str) -> None:
        self._address = address
        self._urn = urn
        self._said: set[str] = set()

    def warning(self, message: str) -> None:
        """Show a warning that stays; what was said in this call already is not said again."""
        self._once(message, "WARNING")

    def note(self, message: str) -> None:
        """Show something that stays and is no warning."""
        self._once(message, "INFO")

    def progress(self, message: str) -> None:
        """Show what is being waited for, in the status line only."""
        self._log(message, "INFO", ephemeral=True)

    def _once(self, message: str, severity: str) -> None:
        if message not in self._said:
            self._said.add(message)
            self._log(message, severity, ephemeral=False)

    def _log(self, said: str, severity: str, *, ephemeral: bool) -> None:
        from pulumi.runtime.proto import engine_pb2  # noqa: PLC0415 - heavy, only when something is to be said

        message = printable(said)
        try:
            if not self._address:
                sys.stderr.write(f"{message}\n")
                return
            level = engine_pb2.LogSeverity.Value(severity)
            request = engine_pb2.LogRequest(severity=level, message=message, urn=self._urn, ephemeral=ephemeral)
            _stub(self._address).Log(request, timeout=5.0)
        except Exception:  # noqa: BLE001 - a message that cannot be shown must not undo the work it speaks of
            sys.stderr.write(f"{message}\n")


def _stub(address: str) -> Any:
    with _lock:
        if address not in _stubs:
            import grpc  # noqa: PLC0415 - the host has it loaded
            from pulumi.runtime.proto import engine_pb2_grpc  # noqa: PLC0415

            # The engine is on this machine: what a proxy variable says is not for it.
            options = [("grpc.max_receive_message_length", MAX_MESSAGE), ("grpc.enable_http_proxy", 0)]
            _stubs[address] = engine_pb2_grpc.EngineStub(grpc.insecure_channel(address, options=options))
        return _stubs[address]
