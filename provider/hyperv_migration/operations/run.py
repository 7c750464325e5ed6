"""What one run of the engine knows, from the Configure that begins it to its end.

A process may outlive a run (PULUMI_DEBUG_PROVIDERS) and an engine may keep a provider alive, so nothing of this stands in
a module: a face owns the run, begins a new one, and hands it to the operations with each call.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable
from typing import Any, TypeVar

from hyperv_migration.operations.claims import Claims
from hyperv_migration.operations.sign_ins import SignIns

T = TypeVar("T")


class Run:
    """One `up`, `preview`, `refresh` or `destroy`, as far as one configuration of the provider sees it.

    Whatever is true of a run and of no longer belongs here: which resource has which target, the connections to hosts and
    what was read of those, what a host or a domain refused.
    """

    def __init__(self) -> None:
        self.claims = Claims()
        self.sign_ins = SignIns()
        self._lock = threading.RLock()  # what is shared may be owned as it is made
        self._shared: dict[Hashable, Any] = {}
        self._said: set[str] = set()
        self._noted: set[str] = set()
        self._waits: list[Callable[[], None]] = []
        self._closes: list[Callable[[], None]] = []

    def share(self, key: Hashable, make: Callable[[], T]) -> T:
        """Return what all operations of this run have in common under a key; made at first use, which must not wait.

        The key begins with what is shared, such as ("host", name, connection). A failure that all shall share is kept in
        what is made, since that is what all of them ask.
        """
        with self._lock:
            if key not in self._shared:
                self._shared[key] = make()
            shared: T = self._shared[key]
            return shared

    def first(self, what: str) -> bool:
        """Tell whether this is asked for the first time in this run; for what is said once."""
        with self._lock:
            new = what not in self._said
            self._said.add(what)
            return new

    def note(self, urn: str, *, there: bool) -> None:
        """Keep whether this machine has a note that the next operation of a resource goes on from."""
        with self._lock:
            (self._noted.add if there else self._noted.discard)(urn)

    def has_note(self, urn: str) -> bool:
        """Tell whether this run has kept or found one."""
        with self._lock:
            return urn in self._noted

    def owns(self, let_go: Callable[[], None], close: Callable[[], None] | None = None) -> None:
        """Take over a connection: `let_go` ends every wait on it, from whichever thread; `close` ends the connection."""
        with self._lock:
            self._waits.append(let_go)
            self._closes += [close] if close else []

    def let_go(self) -> None:
        """End every wait on a connection of this run; nothing new is waited for either."""
        with self._lock:
            waits = list(self._waits)
        for let_go in waits:
            let_go()

    def close(self) -> None:
        """End it, because the next run begins: every wait, and every connection."""
        self.let_go()
        with self._lock:
            closes = list(self._closes)
        for close in closes:
            close()
