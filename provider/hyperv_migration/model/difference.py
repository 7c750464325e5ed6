"""What differs between the state and the program, in canonical forms."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any

from hyperv_migration.model.declaration import Declaration, Inputs, Property, Role, State
from hyperv_migration.model.unknown import has_unknown

SameIdentity = Callable[[Property, State, Any], bool]


@dataclass(frozen=True, kw_only=True)
class Difference:
    """The inputs that changed, and those of them that mean another thing on the target."""

    changed: tuple[str, ...] = ()
    replaced: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.changed)


def compare(declaration: Declaration, state: State, news: Inputs, same_identity: SameIdentity) -> Difference:
    """Compare the state, as last read from the target, with the program's checked inputs.

    A property that is newly declared or released counts as changed even if its value on the target is right, because
    what is kept for the undo changes with it. An identity that is not known yet counts as another one
    (pulumi-protocol.md §7).
    """
    managed = set(state.get("managed") or ())
    changed: list[str] = []
    replaced: list[str] = []
    for prop in declaration.inputs:
        if prop.ordering_only:
            continue
        new = news.get(prop.name)
        if prop.role is Role.IDENTITY:
            if has_unknown(new) or not same_identity(prop, state, new):
                replaced.append(prop.name)
            if prop.name in replaced or state.get(prop.name) != new:
                changed.append(prop.name)
        elif (prop.name in managed) != (new is not None) or (new is not None and _differs(prop, state, new)):
            changed.append(prop.name)
    return Difference(changed=tuple(changed), replaced=tuple(replaced))


def _differs(prop: Property, state: State, new: Any) -> bool:
    if has_unknown(new):
        return True
    old = state.get(prop.name)
    return old is None or bool(prop.canonical(old) != prop.canonical(new))


def without_ignored(difference: Difference, ignored: Collection[str]) -> Difference:
    """Return what is left of a difference when the program ignores changes of some properties.

    The engine has put the old inputs into the program's then, and those may be older than the state (pulumi-protocol.md §7).
    """
    return Difference(
        changed=tuple(name for name in difference.changed if not ignores(ignored, name)),
        replaced=tuple(name for name in difference.replaced if not ignores(ignored, name)),
    )


def ignores(ignored: Collection[str], name: str) -> bool:
    """Tell whether ignoreChanges names a property as a whole."""
    return name in ignored or "*" in ignored


def managed_names(inputs: Inputs) -> list[str]:
    """Return the declared input names, as the state keeps them."""
    return sorted(inputs)


def declared_inputs(declaration: Declaration, state: State) -> dict[str, Any]:
    """Return the inputs of a resource as its state tells them: the declared names only, settings at their live values."""
    managed = set(state.get("managed") or ())
    return {prop.name: state[prop.name] for prop in declaration.inputs if prop.name in managed and prop.name in state}


def refreshed_inputs(declaration: Declaration, given: Inputs, state: State) -> dict[str, Any]:
    """Return the inputs as a refresh found them: the program's own, and the live value of each that differs from it.

    What a program ignores the engine fills from these inputs, so they must not be older than the target.
    """
    live = declared_inputs(declaration, state)
    drifted = {
        prop.name: live[prop.name]
        for prop in declaration.inputs
        if prop.name in given and prop.name in live and not prop.ordering_only and prop.role is not Role.IDENTITY
        if _differs(prop, live, given[prop.name])
    }
    return {**given, **drifted}


def previewed(declaration: Declaration, state: State, inputs: Inputs) -> dict[str, Any]:
    """Return the outputs that are certain before anything is done: the inputs, and what an update leaves as it is.

    With an empty state this is the preview of a create.
    """
    lasting = {prop.name: state[prop.name] for prop in declaration.outputs if prop.lasting and prop.name in state}
    return {**lasting, **inputs, "managed": managed_names(inputs)}
