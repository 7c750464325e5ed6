"""Rows of a review: one for each property that changes, in the words of its declaration."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from hyperv_migration.model.declaration import Declaration, Inputs, Kind, Property, Role, State
from hyperv_migration.model.difference import Difference
from hyperv_migration.model.unknown import has_unknown
from hyperv_migration.review.preview import Step
from hyperv_migration.review.report import NOTHING, Row
from hyperv_migration.review.text import Text, data, words

AS_FOUND: Text = ("as found",)
GOES_BACK: Text = (" (no longer managed; goes back to what was found)",)
RELEASED: Text = ("no longer managed; keeps its value",)


def created_rows(declaration: Declaration, inputs: Mapping[str, Any]) -> tuple[Row, ...]:
    """Return what a new resource declares: its settings, and the options that differ from their defaults.

    What it is stands in the headings.
    """
    return tuple(
        _row(prop, AS_FOUND if _was_there(prop) else NOTHING, (data(inputs[prop.name]),))
        for prop in declaration.inputs
        if prop.name in inputs
        and (prop.role is Role.SETTING or (prop.role is Role.OPTION and _is_chosen(prop, inputs)))
    )


def changed_names(step: Step, difference: Callable[[State, Inputs], Difference]) -> tuple[str, ...]:
    """Return the inputs that change, as the provider itself tells; what is withheld counts as changed."""
    return difference(
        {name: value for name, value in step.state.items() if not has_unknown(value)}, step.inputs
    ).changed


def changed_rows(
    declaration: Declaration,
    state: Mapping[str, Any],
    inputs: Mapping[str, Any],
    changed: Iterable[str],
    back: Mapping[str, Any] | None = None,
) -> tuple[Row, ...]:
    """Return what changes of a resource that is there already; `back` is what a released setting goes back to."""
    managed = set(state.get("managed") or ())
    rows = []
    for name in changed:
        prop = declaration.input(name)
        old: Text = (data(state[name]),) if name in state else AS_FOUND
        if name not in managed and prop.role is Role.SETTING:
            old = (*old, " (not managed until now)") if name in state else AS_FOUND
        gone: Text = RELEASED if prop.role is Role.SETTING else ("unset",)
        if back and name in back:
            gone = (data(back[name]), *GOES_BACK)
        new = (data(inputs[name]),) if name in inputs else gone
        rows.append(_row(prop, old, new))
    return tuple(rows)


def unmanaged(declaration: Declaration, inputs: Mapping[str, Any]) -> Text:
    """Return the names of the settings that the program does not declare."""
    names = [data(prop.name) for prop in declaration.settings if prop.name not in inputs]
    return tuple(part for index, name in enumerate(names) for part in ([", "] if index else []) + [name])


def teardown(declaration: Declaration, inputs: Mapping[str, Any]) -> Text:
    """Return what destroy will do, by onDestroy."""
    prop = declaration.input("onDestroy")
    chosen = inputs.get(prop.name, prop.default)
    meaning = prop.values.get(chosen if isinstance(chosen, str) else "")
    return words(meaning) if meaning else ("By onDestroy, which is ", data(chosen), ".")


def restored_rows(declaration: Declaration, now: Mapping[str, Any], back: Mapping[str, Any]) -> tuple[Row, ...]:
    """Return what goes back to a value that was found."""
    return tuple(
        _row(declaration.input(name), (data(now[name]),) if name in now else AS_FOUND, (data(value),))
        for name, value in back.items()
    )


def _row(prop: Property, old: Text, new: Text) -> Row:
    return Row(name=prop.name, old=old, new=new, meaning=words(prop.description), maps_to=prop.maps_to)


def _was_there(prop: Property) -> bool:
    """Tell whether the target has a value before: a list of accounts or services is the program's own."""
    return prop.role is Role.SETTING and prop.kind is not Kind.STRINGS


def _is_chosen(prop: Property, inputs: Mapping[str, Any]) -> bool:
    return not prop.ordering_only and not _same(prop.default, inputs[prop.name])


def _same(default: Any, value: Any) -> bool:
    if isinstance(default, Sequence) and isinstance(value, Sequence):
        return list(default) == list(value)
    return bool(default == value)
