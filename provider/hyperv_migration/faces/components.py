"""Realises the plan of a pair or a mesh with a face's own resource classes."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

import pulumi

from hyperv_migration.faces.spelling import snake_case
from hyperv_migration.model.components import OTHER_COMPONENT
from hyperv_migration.model.pair import Child, IdsOf

ResourceClass = Callable[..., pulumi.CustomResource]


def component_options(type_: str, opts: pulumi.ResourceOptions | None) -> pulumi.ResourceOptions:
    """Return a component's options: a pair that becomes a mesh, or the other way round, keeps its children.

    They have the same names in both, and the engine gives an alias of the parent to its children.
    """
    module, _, name = type_.rpartition(":")
    own = pulumi.ResourceOptions(aliases=[pulumi.Alias(type_=f"{module}:{OTHER_COMPONENT[name]}")])
    return pulumi.ResourceOptions.merge(own, opts)


def realise(
    plan: Sequence[Child],
    classes: Mapping[str, ResourceClass],
    parent: pulumi.Resource,
    secrets: Collection[str] = (),
) -> dict[str, pulumi.CustomResource]:
    """Create the children in the plan's order, with its dependencies, below their component.

    Args:
        plan: Children, each after those it refers to.
        classes: The resource class of each kind; called with a name, snake_case inputs and `opts`.
        parent: The component.
        secrets: Texts that stay secret in the children's inputs.

    Returns:
        The children by name.
    """
    made: dict[str, pulumi.CustomResource] = {}
    for child in plan:
        inputs: dict[str, Any] = {
            snake_case(name): [made[other].id for other in value.names]
            if isinstance(value, IdsOf)
            else _kept_secret(value, secrets)
            for name, value in child.inputs.items()
        }
        opts = pulumi.ResourceOptions(parent=parent, depends_on=[made[other] for other in child.after])
        made[child.name] = classes[child.kind](child.name, opts=opts, **inputs)
    return made


def new_ticket_needed(delegations: Sequence[Any]) -> pulumi.Output[bool]:
    """Tell whether one of the delegations counts for new tickets only."""
    return pulumi.Output.all(*delegations).apply(lambda needed: any(each is True for each in needed))


def _kept_secret(value: Any, secrets: Collection[str]) -> Any:
    if isinstance(value, list):
        return [_kept_secret(item, secrets) for item in value]
    return pulumi.Output.secret(value) if isinstance(value, str) and value in secrets else value
