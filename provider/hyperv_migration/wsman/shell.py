"""Commands in pywinrm's command shell, for the one thing WMI has no method for: purging Kerberos tickets.

The messages are pywinrm's (MS-WSMV 3.1.4.5.2 and 3.1.4.11 to 3.1.4.14); they travel over the host's one connection, and
each answer is checked as any other of that host before pywinrm reads it.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

from winrm.exceptions import WinRMOperationTimeoutError
from winrm.protocol import Protocol

from hyperv_migration.model.errors import AccessDenied, MigrationError, ProtocolViolation, RemoteFault, TimedOut
from hyperv_migration.operations.deadline import Deadline
from hyperv_migration.wsman.fault import Fault, FaultKind
from hyperv_migration.wsman.session import Wire, read_answer

_RECEIVE_SECONDS = 2
"""One Receive waits no longer, so that a cancel is noticed and the connection is free for others in between."""
_MESSAGE_SECONDS = 20
_IDLE_TIMEOUT = "PT180S"
"""A shell that could not be deleted ends by itself; Windows would keep it for two hours."""
_PUT_AWAY = 5.0
"""Seconds of the deadline kept for deleting the shell; a quarter of a deadline that is short."""
_NAP = 0.2
"""Seconds between two questions whether a program has ended: the connection is then free for others."""


def run_commands(wire: Wire, commands: Sequence[Sequence[str]], deadline: Deadline) -> list[int]:
    """Run programs one after the other in one shell of the host; return their exit statuses.

    Needs Administrators there. The shell is deleted in any case, as far as the host can be reached. The command lines are
    fixed by this provider; no value of a program ever becomes a part of one.

    Raises AccessDenied, Unreachable, AuthenticationFailed, RemoteFault, ProtocolViolation; TimedOut and Cancelled before
    the deadline has passed by more than a message takes.
    """
    shell = _Shell(wire, deadline)
    try:
        return shell.run_all(commands)
    except MigrationError:
        raise
    except WinRMOperationTimeoutError:
        raise TimedOut(f"{wire.target} did not answer its command shell within the operation timeout.") from None
    except Exception as error:  # noqa: BLE001 - pywinrm raises at will on a malformed answer
        raise ProtocolViolation(
            f"{wire.target} answered with something that is no command shell ({type(error).__name__}); check what answers "
            "there."
        ) from None


class _Shell(Protocol):
    """pywinrm's shell messages, over our own wire."""

    def __init__(self, wire: Wire, deadline: Deadline) -> None:
        # pywinrm makes a transport of its own, which connects to nothing before it sends, and never does here.
        super().__init__(endpoint=wire.endpoint, transport="ntlm", username="-", password="-")  # noqa: S106 - not one
        self._wire = wire
        self._deadline = deadline
        self._kept = min(_PUT_AWAY, deadline.remaining / 4)
        self._deleting = False
        self._message_id = ""

    def run_all(self, commands: Sequence[Sequence[str]]) -> list[int]:
        """Open, run, and delete."""
        shell = self.open_shell(idle_timeout=_IDLE_TIMEOUT)
        if not shell:
            raise ProtocolViolation(
                f"{self._wire.target} opened a command shell without a name; check what answers there."
            )
        try:
            return [
                self._run(shell, *words, last=number == len(commands)) for number, words in enumerate(commands, start=1)
            ]
        finally:
            # A delete frees what runs in the shell as well (MS-WSMV 3.1.4.4.1). What became of the commands is known by
            # now and must not be lost over it; a shell that is not deleted ends after its idle time.
            self._deleting = True
            with suppress(Exception):
                self.close_shell(shell, close_session=False)

    def _run(self, shell: str, program: str, *arguments: str, last: bool) -> int:
        command = self.run_command(shell, program, arguments)
        if not command:
            raise ProtocolViolation(f"{self._wire.target} started {program} without a name; check what answers there.")
        while True:
            try:
                *_, status, done = self.get_command_output_raw(shell, command)
            except WinRMOperationTimeoutError:
                status, done = -1, False
            if done:
                break
            self._deadline.pause(_NAP, waiting_for=self._waiting_for)
        if not last:
            self.cleanup_command(shell, command)
        return status

    def build_wsman_header(
        self,
        action: str,
        resource_uri: str,
        shell_id: str | None = None,
        message_id: str | uuid.UUID | None = None,
    ) -> dict[str, Any]:
        """Begin a message, and keep its id and how long the host may take."""
        allowed = _RECEIVE_SECONDS if action.endswith("/Receive") else _MESSAGE_SECONDS
        self.operation_timeout_sec = max(1, min(allowed, int(self._left)))
        header: dict[str, Any] = super().build_wsman_header(action, resource_uri, shell_id, message_id)
        self._message_id = header["env:Header"]["a:MessageID"]
        return header

    def send_message(self, message: str) -> bytes:
        """Send over the wire; anything but an answer to this message without a fault is raised."""
        target = self._wire.target
        # None of these messages does harm when it is sent twice: a second shell ends by itself, tickets are purged again.
        try:
            reply = self._wire.post(message.encode(), repeatable=True, within=self._patience())
        except TimedOut:
            if self._left <= 0:
                raise self._too_late() from None
            raise
        _, fault = read_answer(reply, self._message_id, target)
        if fault is not None:
            raise _error(fault, target)
        return reply.body

    @property
    def _left(self) -> float:
        """Seconds until the deadline, less what is kept for the delete; the delete has that, also after a cancel."""
        remaining = self._deadline.remaining
        return min(_PUT_AWAY, remaining) if self._deleting else remaining - self._kept

    def _patience(self) -> float:
        """Return the seconds that a message may take; raises TimedOut or Cancelled before it is sent at all."""
        if not self._deleting:
            self._deadline.pause(0.0, waiting_for=self._waiting_for)
            if self._left <= 0:
                raise self._too_late()
        return self._left

    @property
    def _waiting_for(self) -> str:
        return f"a command on {self._wire.target}"

    def _too_late(self) -> TimedOut:
        return TimedOut(f"Waited {self._deadline.seconds:.0f} s for {self._waiting_for}.")


def _error(fault: Fault, target: str) -> Exception:
    match fault.kind:
        case FaultKind.ACCESS_DENIED:
            return AccessDenied(f"{target} gives a command shell to its local Administrators only ({fault}).")
        case FaultKind.TIMED_OUT:
            return WinRMOperationTimeoutError()
        case FaultKind.QUOTA:
            return RemoteFault(
                f"{target} has too many command shells or operations running for this account ({fault}); close some, or "
                "raise its MaxShellsPerUser.",
                code=fault.code,
            )
        case _:
            return RemoteFault(f"{target} could not run a command ({fault}); see its WinRM event log.", code=fault.code)
