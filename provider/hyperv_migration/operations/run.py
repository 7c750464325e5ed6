"""What one run of the engine knows, from the Configure that begins it to its end.

A process may outlive a run (PULUMI_DEBUG_PROVIDERS) and an engine may keep a provider alive, so nothing of this stands in
a module: a face owns the run, begins a new one, and hands it to the operations with each call.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable, Iterable
from typing import Any, TypeVar

T = TypeVar("T")


class Run:
    """One `up`, `preview`, `refresh` or `destroy`, as far as one configuration of the provider sees it.

    Whatever is true of a run and of no longer belongs here: what its resources have created, the connections to their
    hosts and what was read of those, what a host or a domain refused.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._shared: dict[Hashable, Any] = {}
        self._created: dict[tuple[str, str], dict[str, frozenset[str]]] = {}

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

    def remember_created(self, kind: str, id: str, *, urn: str = "", claims: Iterable[str] = ()) -> None:  # noqa: A002
        """Keep that a resource was created or updated; `claims` are the parts of the target it declares, if it has parts."""
        with self._lock:
            self._created.setdefault((kind, id), {})[urn] = frozenset(claims)

    def created(self, kind: str, id: str, *, urn: str | None = None) -> bool:  # noqa: A002 - the engine's word
        """Tell whether a resource of this kind and id, or just the one named, was created or updated earlier in this run."""
        with self._lock:
            owners = self._created.get((kind, id))
            return owners is not None and (urn is None or urn in owners)

    def claimed(self, kind: str, id: str, *, except_urn: str | None = None) -> frozenset[str]:  # noqa: A002
        """Return the parts that resources of this run declare on one target, one resource left out if named."""
        with self._lock:
            owners = self._created.get((kind, id), {})
            return frozenset[str]().union(*(parts for urn, parts in owners.items() if urn != except_urn))
