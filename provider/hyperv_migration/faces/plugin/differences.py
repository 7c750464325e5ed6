"""A difference as the engine shows it: every changed property with its kind (pulumi-protocol.md §7)."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from pulumi.runtime.proto import provider_pb2

from hyperv_migration.model.difference import Difference

_KIND = provider_pb2.PropertyDiff


def diff_response(difference: Difference, state: Mapping[str, Any], news: Mapping[str, Any]) -> Any:
    """Return the answer to Diff. Compared was the state as last read, so drift shows as a change of its property.

    Another target is made before the old one loses anything, so that one that cannot be reached leaves the old one as it is.
    """
    changed, replaced = difference.changed, difference.replaced
    managed = set(state.get("managed") or ())
    return provider_pb2.DiffResponse(
        changes=provider_pb2.DiffResponse.DIFF_SOME if changed else provider_pb2.DiffResponse.DIFF_NONE,
        diffs=changed,
        detailedDiff={
            name: _KIND(kind=_kind(name, managed, news, replace=name in replaced), inputDiff=False) for name in changed
        },
        hasDetailedDiff=True,
        replaces=replaced,
        deleteBeforeReplace=False,
    )


def _kind(name: str, managed: Collection[str], news: Mapping[str, Any], *, replace: bool) -> Any:
    if name not in news:
        return _KIND.DELETE_REPLACE if replace else _KIND.DELETE
    if name not in managed:
        return _KIND.ADD_REPLACE if replace else _KIND.ADD
    return _KIND.UPDATE_REPLACE if replace else _KIND.UPDATE
