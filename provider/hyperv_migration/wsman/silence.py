"""Who waited for a host that did not answer shares the failure: it costs a run one timeout, not one for each resource."""

from __future__ import annotations

import copy
import time

from hyperv_migration.model.errors import MigrationError, TimedOut, Unreachable


class Silence:
    """The last failure to get any answer over one connection; asked and told by who holds the connection's lock.

    It is shared by every operation that was waiting meanwhile, and by those that come within the time it took: a refused
    connection is tried again at once, a timeout of a minute after a minute, so a host that comes back is found within a
    long run. The operation that had the failure itself may try again: it has to know what became of its write.
    """

    def __init__(self) -> None:
        self._error: MigrationError | None = None
        self._at = self._took = 0.0
        self._whose: object = None

    def share(self, who: object, since: float) -> None:
        """Raise the failure of another operation that holds for one that has been waiting since then."""
        if self._error is None or who is self._whose:
            return
        if self._at >= since or time.monotonic() < self._at + self._took:
            raise copy.copy(self._error)

    def begin(self, error: Unreachable | TimedOut, who: object, since: float) -> None:
        """Keep a failure and what it cost."""
        self._error, self._whose, self._at = error, who, time.monotonic()
        self._took = self._at - since

    def end(self) -> None:
        """The host has answered."""
        self._error = self._whose = None
