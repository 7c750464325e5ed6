"""How long something may take: every wait of this provider ends at a deadline or when the user cancels."""

from __future__ import annotations

import time
from collections.abc import Callable

from hyperv_migration.model.errors import Cancelled, TimedOut


class Deadline:
    """A point in time up to which one operation may wait."""

    def __init__(
        self, seconds: float, *, since: float | None = None, cancelled: Callable[[], bool] = lambda: False
    ) -> None:
        """Start the clock now, or let it have started at a moment of the monotonic clock."""
        self.seconds = seconds
        self._ends = (time.monotonic() if since is None else since) + seconds
        self._cancelled = cancelled

    @property
    def remaining(self) -> float:
        """Seconds left, never negative."""
        return max(0.0, self._ends - time.monotonic())

    def pause(self, seconds: float, *, waiting_for: str) -> None:
        """Sleep before asking again; raises TimedOut when no time is left, Cancelled when the user has had enough."""
        if self._cancelled():
            raise Cancelled(f"Stopped while waiting for {waiting_for}.")
        if self.remaining <= 0:
            raise TimedOut(f"Waited {self.seconds:.0f} s for {waiting_for}; raise customTimeouts if it needs longer.")
        # Short naps, so that a cancel is noticed at once.
        ends = time.monotonic() + min(seconds, self.remaining)
        while (left := ends - time.monotonic()) > 0:
            time.sleep(min(0.2, left))
            if self._cancelled():
                raise Cancelled(f"Stopped while waiting for {waiting_for}.")
