"""How long something may take: every wait of this provider ends at a deadline or when the user cancels."""

from __future__ import annotations

import time
from collections.abc import Callable

from hyperv_migration.model.errors import Cancelled, TimedOut


class Deadline:
    """A point in time up to which one operation may wait, and where it says what it waits for."""

    def __init__(
        self,
        seconds: float,
        *,
        since: float | None = None,
        cancelled: Callable[[], bool] = lambda: False,
        progress: Callable[[str], None] = lambda _: None,
    ) -> None:
        """Start the clock now, or let it have started at a moment of the monotonic clock."""
        self.seconds = seconds
        self._ends = (time.monotonic() if since is None else since) + seconds
        self._cancelled = cancelled
        self._progress = progress
        self._told = ""

    @property
    def remaining(self) -> float:
        """Seconds left, never negative."""
        return max(0.0, self._ends - time.monotonic())

    def pause(self, seconds: float, *, waiting_for: str) -> None:
        """Sleep before asking again; raises TimedOut when no time is left, Cancelled when the user has had enough."""
        self.stop_if_cancelled(waiting_for=waiting_for)
        if self.remaining <= 0:
            raise TimedOut(f"Waited {self.seconds:.0f} s for {waiting_for}; raise customTimeouts if it needs longer.")
        if waiting_for != self._told:
            self._told = waiting_for
            self._progress(f"waiting for {waiting_for}, up to {self.remaining:.0f} s")
        # Short naps, so that a cancel is noticed at once.
        ends = time.monotonic() + min(seconds, self.remaining)
        while (left := ends - time.monotonic()) > 0:
            time.sleep(min(0.2, left))
            self.stop_if_cancelled(waiting_for=waiting_for)

    def stop_if_cancelled(self, *, waiting_for: str) -> None:
        """Raise Cancelled when the user has had enough."""
        if self._cancelled():
            raise Cancelled(f"Stopped while waiting for {waiting_for}.")


class GrowingPauses:
    """Pauses before asking again, short at first and each twice as long, for what usually takes a moment and may take minutes."""

    def __init__(self, deadline: Deadline, *, first: float = 0.25, longest: float = 5.0) -> None:
        self._deadline, self._next, self._longest = deadline, first, longest
        self.waited = 0.0
        """Seconds of all pauses so far."""

    def pause(self, *, waiting_for: str) -> None:
        """Sleep as `Deadline.pause` does, and raise what that raises."""
        self._deadline.pause(self._next, waiting_for=waiting_for)
        self.waited += self._next
        self._next = min(2 * self._next, self._longest)
