"""One command in pywinrm's command shell, for the one thing WMI has no method for: purging Kerberos tickets."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from winrm.exceptions import WinRMError, WinRMOperationTimeoutError, WSManFaultError
from winrm.protocol import Protocol

from hyperv_migration.model.errors import AccessDenied, MigrationError, ProtocolViolation, RemoteFault, TimedOut
from hyperv_migration.operations.deadline import Deadline
from hyperv_migration.wsman.transport import ConnectionLost, SealedTransport

_ACCESS_DENIED = 5


def run_command(transport: SealedTransport, command: str, arguments: Sequence[str], deadline: Deadline) -> int:
    """Run a program on the host and return its exit status. Needs Administrators there; nothing is written to disk.

    The command line is fixed by this provider; no value of a program ever becomes a part of it.
    """
    protocol = Protocol(endpoint=transport.endpoint, transport="ntlm", username="-", password="-")  # noqa: S106 - replaced
    protocol.transport = transport
    try:
        return _run(protocol, transport.target, command, arguments, deadline)
    except WSManFaultError as error:
        code = error.wsman_fault_code or error.wmierror_code
        if code == _ACCESS_DENIED:
            raise AccessDenied(f"{transport.target} lets only Administrators run {command}.") from None
        raise RemoteFault(f"{transport.target} could not run {command} (fault {code}).", code=code) from None
    except ConnectionLost as lost:
        raise lost.error from None
    except MigrationError:
        raise
    except WinRMError as error:
        raise RemoteFault(f"{transport.target} could not run {command} ({type(error).__name__}).") from None
    except Exception as error:  # noqa: BLE001 - pywinrm raises at will on a malformed answer
        raise ProtocolViolation(
            f"{transport.target} answered {command} with something that is no shell ({type(error).__name__})."
        ) from None


def _run(protocol: Any, target: str, command: str, arguments: Sequence[str], deadline: Deadline) -> int:
    shell = protocol.open_shell()
    try:
        run = protocol.run_command(shell, command, list(arguments))
        try:
            while True:
                try:
                    *_, status, done = protocol.get_command_output_raw(shell, run)
                except WinRMOperationTimeoutError:
                    done = False
                if done:
                    return int(status)
                if deadline.remaining <= 0:
                    raise TimedOut(f"{target} did not finish {command} in time.")
        finally:
            protocol.cleanup_command(shell, run)
    finally:
        protocol.close_shell(shell, close_session=False)
