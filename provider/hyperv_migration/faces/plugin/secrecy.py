"""What a secret input may reach: the outputs that hold its value, and the sentences that could repeat it. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from hyperv_migration.faces.plugin.wire import Properties
from hyperv_migration.model.declaration import Failure


def secret_names(given: Properties, outputs: Mapping[str, Any]) -> frozenset[str]:
    """Return the properties to wrap: the secret inputs, and outputs that hold a value of one or are kept by its name."""
    told = {text for name in given.secrets for text in _texts(given.values.get(name))}
    held = {
        name for name, value in outputs.items() if _named(name, given.secrets) or _holds(value, given.secrets, told)
    }
    return given.secrets | held


def told_safely(failure: Failure, given: Properties) -> Failure:
    """Return a check failure as it may be shown.

    The engine prints the value of the property that a failure names (pulumi-protocol.md §6), and the reason itself can
    repeat it or, as with a subnet, most of it. So one about a secret says no more than which property it is.
    """
    top = failure.property_name.partition("[")[0].partition(".")[0]
    reason = failure.reason.casefold()
    told = {text for name in given.secrets for text in _texts(given.values.get(name))}
    if top in given.secrets:
        return Failure(property_name="", reason=f"{top} is not valid; it is a secret, so no more is told of it")
    if any(text in reason for text in told):
        return Failure(property_name="", reason=f"{top} is not valid beside a secret, so no more is told of it")
    return failure


def _named(output: str, names: Collection[str]) -> bool:
    """Tell whether an output is called after one of the inputs, as writtenPriority is."""
    return any(output.casefold().endswith(name.casefold()) for name in names)


def _holds(value: Any, names: Collection[str], told: Collection[str]) -> bool:
    if isinstance(value, Mapping):
        return any(name in names or _holds(item, names, told) for name, item in value.items())
    if isinstance(value, list | tuple):
        return any(_holds(item, names, told) for item in value)
    return isinstance(value, str) and any(text in value.casefold() for text in told)


def _texts(value: Any) -> Iterator[str]:
    """Give every text in a value; numbers and truth values tell nothing."""
    if isinstance(value, str) and value:
        yield value.casefold()
    elif isinstance(value, Mapping):
        for item in value.values():
            yield from _texts(item)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from _texts(item)
