"""What is believed of a migration service: it is waited for while it does not show itself, and its lists are checked.

WMI answers with an empty list, or says that there is no such class or instance, while the service is starting or stopping,
and to an account without rights (hyperv-wsman.md §6, §7). So nothing is concluded from what a list lacks, unless the service
was seen after it.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from typing import TypeVar

from hyperv_migration.model.errors import NotReady, TimedOut
from hyperv_migration.model.network import NetworkEntry
from hyperv_migration.operations.deadline import Deadline, GrowingPauses
from hyperv_migration.operations.ports import Call, HostPort

_LONGEST_PAUSE = 2.0

_Answer = TypeVar("_Answer")
_Seen = TypeVar("_Seen")


class Outage:
    """Since when the service of one host has not shown itself to this run: all its resources wait for one readyTimeout."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._begun: float | None = None

    def begun(self) -> float:
        """Return when it began, on the monotonic clock; it begins now if it had not."""
        with self._lock:
            if self._begun is None:
                self._begun = time.monotonic()
            return self._begun

    def over(self) -> None:
        """The service has shown itself: the next outage is another one."""
        with self._lock:
            self._begun = None


def once_ready(port: HostPort, call: Call, host: str, ask: Callable[[], _Answer]) -> _Answer:
    """Ask, again and again while the service does not show itself, for up to readyTimeout.

    Raises NotReady where it does not: it may as well be hidden from an account without rights. Nobody may take that for
    absent.
    """
    pauses: GrowingPauses | None = None
    while True:
        try:
            answer = ask()
        except NotReady as error:
            if pauses is None:
                began = port.outage.begun()
                ready = Deadline(port.ready_timeout, since=began, cancelled=call.cancelled, progress=call.log.progress)
                pauses = GrowingPauses(ready, longest=_LONGEST_PAUSE)
            if call.timeout and call.deadline().remaining <= 0:
                raise
            try:
                pauses.pause(waiting_for=f"the migration service of {host}")
            except TimedOut:
                raise error from None
        else:
            port.outage.over()
            return answer


def networks_then(port: HostPort, see: Callable[[], _Seen]) -> tuple[list[NetworkEntry], _Seen]:
    """List the networks between two looks at the service, the second of which is `see`.

    Who has seen the service earlier in this run saves the first look, and asks for an empty list once more: the service may
    have been away between two questions. Raises NotReady where it does not show itself.
    """
    looked = not port.seen
    if looked:
        port.status()
    entries = port.networks()
    if not entries and not looked:
        port.status()
        entries = port.networks()
    return entries, see()


def list_networks(
    port: HostPort, call: Call, host: str, *, enough: Callable[[Sequence[NetworkEntry]], object]
) -> list[NetworkEntry]:
    """List the networks of a service that shows itself. A list that has what is looked for needs no further proof."""

    def ask() -> list[NetworkEntry]:
        looked = not port.seen
        if looked:
            port.status()
        entries = port.networks()
        if enough(entries):
            return entries
        port.status()
        return entries if entries or looked else port.networks()

    return once_ready(port, call, host, ask)
