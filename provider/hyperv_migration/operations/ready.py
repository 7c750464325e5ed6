"""Waiting for a migration service that is still starting, as after a restart or the installation of the role."""

from __future__ import annotations

from hyperv_migration.model.errors import NotReady, TimedOut
from hyperv_migration.operations.deadline import Deadline
from hyperv_migration.operations.ports import Call, HostPort

_INTERVAL = 2.0


def await_service(port: HostPort, call: Call, host: str) -> None:
    """Wait up to readyTimeout until the service has shown itself; costs nothing once it has (hyperv-wsman.md §7, 24).

    Raises NotReady where it does not: it may as well be hidden from an account without rights.
    """
    ready = Deadline(port.ready_timeout, cancelled=call.cancelled)
    while True:
        try:
            return port.prove_rights()
        except NotReady as error:
            call.log.progress(f"{host}: waiting for the migration service")
            try:
                ready.pause(_INTERVAL, waiting_for=f"the migration service of {host}")
            except TimedOut:
                raise error from None
