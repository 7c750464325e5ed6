"""Engines of one user on one machine take turns at a host, so that none writes over what another has just written.

Hyper-V takes its settings as a whole and tells no version (hyperv-wsman.md §2.1), so two writers at once undo each other.
Within a process operations queue at the port. Between processes a file in the user's state folder is locked; such a lock
ends with the process that holds it, however that ends, so none is ever stale. What is written from another machine or by
another user is not seen here: settings are read directly before they are written, and that round trip is what remains.
"""

from __future__ import annotations

import errno
import hashlib
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Protocol

from hyperv_migration.model.errors import TimedOut
from hyperv_migration.operations.deadline import Deadline
from hyperv_migration.operations.journal import default_folder
from hyperv_migration.operations.ports import Call, HostPort


class Locks(Protocol):
    """How a file is locked, so that no other process that locks it goes on."""

    def take(self, file: int) -> None:
        """Lock it at once, or raise OSError with a number of HELD."""

    def give(self, file: int) -> None:
        """Let it go, before it is closed."""


class Ranges:
    """Windows: the first octet of the file, which need not be there (msvcrt.locking; LockFile).

    The lock ends with the process too, but "the time it takes depends upon available system resources" (LockFile), so it is
    let go by itself.
    """

    def __init__(self, msvcrt: Any) -> None:
        self._msvcrt = msvcrt

    def take(self, file: int) -> None:
        """Lock it, or raise OSError: EACCES where another process has it."""
        self._msvcrt.locking(file, self._msvcrt.LK_NBLCK, 1)

    def give(self, file: int) -> None:
        """Unlock it."""
        self._msvcrt.locking(file, self._msvcrt.LK_UNLCK, 1)


if sys.platform == "win32":
    import msvcrt

    LOCKS: Locks = Ranges(msvcrt)
else:
    import fcntl

    class _Whole:
        """Elsewhere: the whole file."""

        def take(self, file: int) -> None:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)

        def give(self, file: int) -> None:
            fcntl.flock(file, fcntl.LOCK_UN)

    LOCKS: Locks = _Whole()

_INTERVAL = 0.2
HELD = frozenset({errno.EAGAIN, errno.EACCES, errno.EDEADLK})
"""Somebody else has it; the last one is Windows's EDEADLOCK."""


@contextmanager
def taking_turns(port: HostPort, call: Call, deadline: Deadline) -> Iterator[None]:
    """Keep this process's other operations, and this user's other engines on this machine, off a host meanwhile.

    Raises TimedOut where another engine does not end its operation before this one's time is over; nothing was written.
    """
    with port.exclusive():
        host = port.facts().fqdn
        try:
            file = _opened(host)
        except OSError as error:
            # Not to be written, or no home at all.
            call.without_state_folder(error)
            yield
            return
        try:
            _take(file, host, call, deadline)
            yield
        finally:
            with suppress(OSError):  # a file system without locks
                LOCKS.give(file)
            os.close(file)


def _opened(host: str) -> int:
    folder = lock_folder()
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    name = hashlib.sha256(host.encode()).hexdigest()[:32]
    return os.open(folder / f"{name}.lock", os.O_RDWR | os.O_CREAT, 0o600)


def lock_folder() -> Path:
    """Return where the locks lie: beside the journal."""
    return default_folder().parent / "turns"


def _take(file: int, host: str, call: Call, deadline: Deadline) -> None:
    while True:
        try:
            LOCKS.take(file)
        except OSError as error:
            if error.errno not in HELD:
                # A file system without locks.
                call.without_state_folder(error)
                return
        else:
            return
        try:
            deadline.pause(_INTERVAL, waiting_for=f"another engine on this machine, which is at work on {host}")
        except TimedOut as error:
            raise TimedOut(f"{error} Nothing was written.") from None
