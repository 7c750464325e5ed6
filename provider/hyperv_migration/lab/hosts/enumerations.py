"""Enumerations: a context lives once, in pieces, for a limited time (hyperv-wsman.md §3.2, §3.8)."""

from __future__ import annotations

import threading
import time
import uuid
from dataclasses import dataclass

from hyperv_migration.lab.hosts import faults
from hyperv_migration.lab.hosts.faults import Refused

_FRAME = 2048
"""Room for the envelope around the items."""
MOST_ITEMS = 32000
"""MaxBatchItems."""


@dataclass
class _Open:
    items: list[str]
    used: float


class Enumerations:
    """The open contexts of one host."""

    def __init__(self, lifetime: float) -> None:
        self._lifetime = lifetime
        self._open: dict[str, _Open] = {}
        self._lock = threading.Lock()

    def start(self, items: list[str]) -> str:
        """Open a context for items that are printed already; gives its name."""
        context = f"uuid:{str(uuid.uuid4()).upper()}"
        with self._lock:
            self._forget_old()
            self._open[context] = _Open(items, time.monotonic())
        return context

    def pull(self, context: str, count: int, envelope_size: int) -> tuple[list[str], bool]:
        """Take up to `count` items that fit an envelope; says also whether it was the end.

        Raises:
            Refused: The context is unknown, used up or expired, or one item alone is too large.
        """
        with self._lock:
            self._forget_old()
            waiting = self._open.get(context)
            if waiting is None:
                raise Refused(faults.BAD_CONTEXT)
            taken = fitting(waiting.items, min(count, MOST_ITEMS), envelope_size)
            items, waiting.items = waiting.items[:taken], waiting.items[taken:]
            waiting.used = time.monotonic()
            if not waiting.items:
                del self._open[context]
            return items, not waiting.items

    def release(self, context: str) -> None:
        """Close a context.

        Raises:
            Refused: It is unknown.
        """
        with self._lock:
            self._forget_old()
            if self._open.pop(context, None) is None:
                raise Refused(faults.BAD_CONTEXT)

    def expire(self) -> None:
        """Forget every context, as when their time is over."""
        with self._lock:
            self._open.clear()

    def _forget_old(self) -> None:
        oldest = time.monotonic() - self._lifetime
        self._open = {context: each for context, each in self._open.items() if each.used >= oldest}


def fitting(items: list[str], count: int, envelope_size: int) -> int:
    """Say how many of the first items fit an envelope.

    Raises:
        Refused: Not even the first one does.
    """
    room = envelope_size - _FRAME
    for number, item in enumerate(items[:count]):
        room -= len(item.encode())
        if room < 0:
            if number == 0:
                raise Refused(faults.ITEM_TOO_LARGE)
            return number
    return min(count, len(items))
