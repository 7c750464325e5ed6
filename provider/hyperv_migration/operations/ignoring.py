"""Updates of a resource whose program ignores changes of some settings: those stay as they are on the target.

For an ignored setting the engine sends the old input. Without a refresh that is what this resource wrote, and not what an
administrator has made of it since, so the target is read first.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from hyperv_migration.model.declaration import Inputs, State
from hyperv_migration.model.difference import ignores
from hyperv_migration.model.errors import PartiallyApplied
from hyperv_migration.operations.ports import Call
from hyperv_migration.operations.resources import Resource

_WRITTEN = "writtenSettings"
_WRITTEN_PRIORITY = "writtenPriority"


@dataclass(frozen=True, kw_only=True)
class Held:
    """What the engine keeps of a resource."""

    id: str
    state: State


def update(resource: Resource, held: Held, inputs: Inputs, ignored: Collection[str], call: Call) -> dict[str, Any]:
    """Update, without writing over what others made of the ignored settings, and without taking it for ours."""
    names = [prop.name for prop in resource.declaration.settings if prop.name in inputs and ignores(ignored, prop.name)]
    left = [name for name in names if _was_brought(held.state, inputs, name)]
    live = resource.read(held.id, held.state, call) if left else None
    if live is None:
        return resource.update(held.id, held.state, inputs, call)
    as_found = {name: live[name] for name in left if live.get(name) is not None}
    try:
        updated = resource.update(held.id, live, {**inputs, **as_found}, call)
    except PartiallyApplied as error:
        error.state = _not_ours(error.state, held.state, as_found)
        raise
    return _not_ours(updated, held.state, as_found)


def _was_brought(state: State, inputs: Inputs, name: str) -> bool:
    """Tell whether the target has had the input once; after a failure half-way it may still have to be written."""
    if _WRITTEN not in state and _WRITTEN_PRIORITY not in state:
        return True  # a delegation is written in one modify: all of it or nothing
    return name in _written(state) or state.get(name) == inputs[name]


def _written(state: State) -> dict[str, Any]:
    priority = {"priority": state[_WRITTEN_PRIORITY]} if _WRITTEN_PRIORITY in state else {}
    return {**(state.get(_WRITTEN) or {}), **priority}


def _not_ours(state: State, before: State, as_found: Mapping[str, Any]) -> dict[str, Any]:
    """Return the state with what this resource wrote last, so that a destroy knows what somebody else has set since."""
    written = {name: value for name, value in _written(before).items() if name in as_found}
    kept = dict(state)
    if _WRITTEN in kept:
        kept[_WRITTEN] = {**kept[_WRITTEN], **written}
    if _WRITTEN_PRIORITY in kept and "priority" in written:
        kept[_WRITTEN_PRIORITY] = written["priority"]
    return kept
