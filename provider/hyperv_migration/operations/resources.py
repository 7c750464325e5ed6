"""The resources by name, each with its declaration and its operations: what every face dispatches on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from hyperv_migration.model.declaration import Declaration, Failure, Inputs, State
from hyperv_migration.model.delegation import DELEGATION
from hyperv_migration.model.difference import Difference
from hyperv_migration.model.host import HOST
from hyperv_migration.model.network import NETWORK, delete_before_replace, id_in
from hyperv_migration.operations import delegation, host, network
from hyperv_migration.operations.ports import Call


@dataclass(frozen=True, kw_only=True)
class Resource:
    """One resource: what it is, and what can be done with it."""

    declaration: Declaration
    check: Callable[[Inputs, Inputs], tuple[dict[str, Any], list[Failure]]]
    diff: Callable[[State, Inputs], Difference]
    create: Callable[[Inputs, Call], tuple[str, dict[str, Any]]]
    read: Callable[[str, State, Call], dict[str, Any] | None]
    update: Callable[[str, State, Inputs, Call], dict[str, Any]]
    delete: Callable[[str, State, Call], None]
    read_inputs: Callable[[State], dict[str, Any]]
    id_of: Callable[[State], str]
    """The id of what a state is about; an import may have named it otherwise."""
    delete_before_replace: Callable[[State, Inputs], bool] = lambda _state, _news: True


RESOURCES = {
    declaration.name: Resource(
        declaration=declaration,
        check=operations.check,
        diff=operations.diff,
        create=operations.create,
        read=operations.read,
        update=operations.update,
        delete=operations.delete,
        read_inputs=operations.read_inputs,
        **extra,
    )
    for declaration, operations, extra in (
        (HOST, host, {"id_of": lambda state: str(state["host"])}),
        (NETWORK, network, {"id_of": id_in, "delete_before_replace": delete_before_replace}),
        (DELEGATION, delegation, {"id_of": lambda state: str(state["sourceGuid"])}),
    )
}
