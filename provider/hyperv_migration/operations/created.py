"""What this process has created or updated, so that a forced replace cannot undo it.

The engine's forced replaces (`--replace`, taint) may create the new resource before they delete the old one, and both
have the same id (DESIGN §3, Replace). The engine starts one provider process per run, so "earlier in this process" means
"earlier in this run".
"""

from __future__ import annotations

import threading
from collections.abc import Iterable

_lock = threading.Lock()
_created: dict[tuple[str, str], dict[str, frozenset[str]]] = {}


def remember_created(kind: str, id: str, *, urn: str = "", claims: Iterable[str] = ()) -> None:  # noqa: A002
    """Keep that a resource was created or updated; `claims` are the parts of the target it declares, if it has parts."""
    with _lock:
        _created.setdefault((kind, id), {})[urn] = frozenset(claims)


def created_here(kind: str, id: str, *, urn: str | None = None) -> bool:  # noqa: A002 - the engine's word
    """Tell whether a resource of this kind and id, or just the one named, was created or updated earlier in this process."""
    with _lock:
        owners = _created.get((kind, id))
        return owners is not None and (urn is None or urn in owners)


def claimed_here(kind: str, id: str, *, except_urn: str | None = None) -> frozenset[str]:  # noqa: A002
    """Return the parts that resources of this process declare on one target, one resource left out if named."""
    with _lock:
        owners = _created.get((kind, id), {})
        return frozenset[str]().union(*(parts for urn, parts in owners.items() if urn != except_urn))


def forget_created() -> None:
    """Forget everything, as a new process would."""
    with _lock:
        _created.clear()
