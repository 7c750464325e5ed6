"""A difference as the engine shows it: every changed property with its kind (pulumi-protocol.md §7)."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from pulumi.runtime.proto import provider_pb2

from hyperv_migration.model.difference import without_ignored
from hyperv_migration.operations.resources import Resource

_KIND = provider_pb2.PropertyDiff


def diff_response(
    resource: Resource, state: Mapping[str, Any], news: Mapping[str, Any], ignored: Collection[str] = ()
) -> Any:
    """Return the answer to Diff. Compared is the state as last read, so drift shows as a change of its property."""
    difference = without_ignored(resource.diff(state, news), ignored)
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
        deleteBeforeReplace=bool(replaced) and resource.delete_before_replace(state, news),
    )


def _kind(name: str, managed: Collection[str], news: Mapping[str, Any], *, replace: bool) -> Any:
    if name not in news:
        return _KIND.DELETE_REPLACE if replace else _KIND.DELETE
    if name not in managed:
        return _KIND.ADD_REPLACE if replace else _KIND.ADD
    return _KIND.UPDATE_REPLACE if replace else _KIND.UPDATE
