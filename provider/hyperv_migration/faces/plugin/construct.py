"""MigrationPair and MigrationMesh for every language: the children are requested from the engine like a program's own."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pulumi
from pulumi.provider import ConstructResult, Provider
from pulumi.provider.server import ProviderServicer

from hyperv_migration import __version__
from hyperv_migration.faces.components import component_options, new_ticket_needed, realise
from hyperv_migration.faces.plugin.wire import decode, secret_texts
from hyperv_migration.faces.schema import dynamic_token, token
from hyperv_migration.faces.spelling import camel_case
from hyperv_migration.model.components import MESH, PAIR, SETTINGS, mesh_inputs
from hyperv_migration.model.errors import InvalidInput
from hyperv_migration.model.pair import Child, MeshInputs, plan_mesh, plan_pair
from hyperv_migration.operations.resources import RESOURCES

_PLANS: dict[str, Callable[[str, MeshInputs], list[Child]]] = {
    token(PAIR.name): plan_pair,
    token(MESH.name): plan_mesh,
}


class _Component(pulumi.ComponentResource):
    """The component itself; its children stand below it."""


def _child_class(kind: str) -> Callable[..., pulumi.CustomResource]:
    declaration = RESOURCES[kind].declaration
    outputs = [prop.name for prop in (*declaration.inputs, *declaration.outputs)]

    def make(name: str, *, opts: pulumi.ResourceOptions, **inputs: Any) -> pulumi.CustomResource:
        of_kind = pulumi.ResourceOptions(aliases=[pulumi.Alias(type_=dynamic_token(kind))])
        opts = pulumi.ResourceOptions.merge(opts, of_kind)
        given = {camel_case(key): value for key, value in inputs.items()}
        return pulumi.CustomResource(token(kind), name, {**dict.fromkeys(outputs), **given}, opts)

    return make


class _Components(Provider):
    """One request: the SDK makes an Output of whatever holds one, so what is planned from is read off the wire."""

    def __init__(self, inputs: Any) -> None:
        super().__init__(__version__)
        self._given, self._secrets = decode(inputs), secret_texts(inputs)

    def construct(
        self, name: str, resource_type: str, inputs: Mapping[str, Any], options: pulumi.ResourceOptions | None = None
    ) -> ConstructResult:
        plan = _PLANS.get(resource_type)
        if plan is None:
            raise InvalidInput(f"There is no component {resource_type}; it has {', '.join(_PLANS)}.")
        passed_on = {key: value for key, value in inputs.items() if key in SETTINGS}
        try:
            children = plan(name, mesh_inputs({**self._given.values, **passed_on}, self._secrets))
        except InvalidInput as error:
            raise InvalidInput(f"{name}: {error}") from None
        component = _Component(resource_type, name, None, component_options(resource_type, options))
        classes = {kind: _child_class(kind) for kind in RESOURCES}
        made = realise(children, classes, component, self._secrets)
        state: dict[str, Any] = {
            output: [made[child.name].id for child in children if child.kind == kind]
            for output, kind in (
                ("hosts", "MigrationHost"),
                ("networks", "MigrationNetwork"),
                ("delegations", "KerberosDelegation"),
            )
        }
        state["newTicketNeeded"] = new_ticket_needed(
            [vars(made[child.name])["newTicketNeeded"] for child in children if child.kind == "KerberosDelegation"]
        )
        component.register_outputs(dict(state))
        return ConstructResult(urn=component.urn, state=state)


async def construct(request: Any, context: Any, engine_address: str) -> Any:
    """Answer Construct by way of the SDK's own component host, which keeps its settings per request."""
    components = _Components(request.inputs)
    return await ProviderServicer(components, [], engine_address)._construct(request, context)  # noqa: SLF001
