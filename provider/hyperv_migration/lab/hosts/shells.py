"""The command shells of one host: who opened them and what runs in them, until they are deleted (MS-WSMV 3.1.4.5.2)."""

from __future__ import annotations

import threading
import time
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field

from hyperv_migration.lab.hosts import faults
from hyperv_migration.lab.hosts.faults import Refused
from hyperv_migration.lab.hosts.klist import Execution


def new_identity() -> str:
    """Make the name of a shell or a command as Windows does."""
    return str(uuid.uuid4()).upper()


@dataclass(eq=False)
class Running:
    """One command in a shell, from its start until it is signalled to go."""

    execution: Execution
    ends: float
    """On the monotonic clock."""
    identity: str = field(default_factory=new_identity)
    done: bool = False
    told_first: bool = False
    told_end: bool = False


@dataclass(eq=False)
class Shell:
    """One open shell."""

    owner: str
    input_streams: str
    output_streams: tuple[str, ...]
    idle_timeout: float
    identity: str = field(default_factory=new_identity)
    opened: float = field(default_factory=time.monotonic)
    used: float = field(default_factory=time.monotonic)
    commands: dict[str, Running] = field(default_factory=dict)


class Shells:
    """The open shells of one host; they outlive the connection they were opened on."""

    def __init__(self, most_per_user: int) -> None:
        self._most_per_user = most_per_user
        self._open: dict[str, Shell] = {}
        self._lock = threading.RLock()

    def open(self, shell: Shell) -> None:
        """Keep a new shell.

        Raises:
            Refused: The user has as many as MaxShellsPerUser allows.
        """
        with self._lock:
            self.settle()
            if sum(each.owner == shell.owner for each in self._open.values()) >= self._most_per_user:
                raise Refused(faults.SHELL_QUOTA)
            self._open[shell.identity] = shell

    def find(self, identity: str, owner: str) -> Shell:
        """Give a shell to who opened it; it counts as used.

        Raises:
            Refused: There is none, or it is somebody else's.
        """
        with self._lock:
            self.settle()
            shell = self._open.get(identity.upper())
            if shell is None:
                raise Refused(faults.UNEXPECTED_SELECTORS)
            if shell.owner != owner:
                raise Refused(faults.ACCESS_DENIED)
            shell.used = time.monotonic()
            return shell

    def delete(self, shell: Shell) -> None:
        """Close a shell; what runs in it ends without having done its work."""
        with self._lock:
            shell.commands.clear()
            self._open.pop(shell.identity, None)

    def start(self, shell: Shell, execution: Execution, seconds: float) -> Running:
        """Start a command that takes so long."""
        with self._lock:
            running = Running(execution, time.monotonic() + seconds)
            shell.commands[running.identity] = running
            self.settle()
            return running

    def command(self, shell: Shell, identity: str) -> Running:
        """Find a command of a shell.

        Raises:
            Refused: There is none.
        """
        with self._lock:
            self.settle()
            running = shell.commands.get(identity.upper())
            if running is None:
                raise Refused(faults.UNEXPECTED_SELECTORS)
            return running

    def is_there(self, shell: Shell, running: Running) -> bool:
        """Say whether a command is still known; let it end if it is time."""
        with self._lock:
            self.settle()
            return self._open.get(shell.identity) is shell and running.identity in shell.commands

    def forget(self, shell: Shell, running: Running) -> None:
        """Drop a command; if it runs still, it ends without having done its work."""
        with self._lock:
            shell.commands.pop(running.identity, None)

    def settle(self) -> None:
        """End the commands whose time has come, and the shells that nobody used for too long."""
        with self._lock:
            now = time.monotonic()
            for shell in list(self._open.values()):
                for running in shell.commands.values():
                    if not running.done and running.ends <= now:
                        running.done = True
                        running.execution.work()
                        shell.used = now
                if shell.used + shell.idle_timeout < now and all(each.done for each in shell.commands.values()):
                    self.delete(shell)

    def expire(self) -> None:
        """Close every shell, as when nobody used them for too long."""
        with self._lock:
            for shell in list(self._open.values()):
                self.delete(shell)

    def all(self) -> Sequence[Shell]:
        """Give the open shells."""
        with self._lock:
            self.settle()
            return list(self._open.values())
