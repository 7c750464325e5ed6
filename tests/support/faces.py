"""The same program text on both faces: the classes of the Python SDK, or generic ones as a generated SDK has them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import pulumi

import pulumi_hyperv_migration as sdk
from hyperv_migration.faces.schema import dynamic_token, token
from hyperv_migration.faces.spelling import camel_case, snake_case
from hyperv_migration.operations.resources import RESOURCES

Class = Callable[..., Any]


@dataclass(frozen=True, kw_only=True)
class Face:
    """One way to the same resources."""

    name: str
    host_process: str
    """What the command line of its process holds."""
    MigrationHost: Class
    MigrationNetwork: Class
    KerberosDelegation: Class
    MigrationPair: Class
    MigrationMesh: Class


class Generic(pulumi.CustomResource):
    """A resource of the plugin with the schema's aliases; attributes are spelled as Python's are."""

    def __init__(self, kind: str, name: str, *, opts: pulumi.ResourceOptions | None = None, **inputs: Any) -> None:
        declaration = RESOURCES[kind].declaration
        seeded = dict.fromkeys(snake_case(prop.name) for prop in (*declaration.inputs, *declaration.outputs))
        own = pulumi.ResourceOptions(aliases=[pulumi.Alias(type_=dynamic_token(kind))])
        super().__init__(token(kind), name, {**seeded, **inputs}, pulumi.ResourceOptions.merge(own, opts))

    def translate_output_property(self, prop: str) -> str:
        """Return the attribute of a property."""
        return snake_case(prop)

    def translate_input_property(self, prop: str) -> str:
        """Return the property of an attribute."""
        return camel_case(prop)


class GenericComponent(pulumi.ComponentResource):
    """A component that the plugin constructs."""

    def __init__(self, kind: str, name: str, *, opts: pulumi.ResourceOptions | None = None, **inputs: Any) -> None:
        given = {camel_case(key): value for key, value in inputs.items()}
        seeded = dict.fromkeys(("hosts", "networks", "delegations", "newTicketNeeded"))
        super().__init__(token(kind), name, {**seeded, **given}, opts, remote=True)


DYNAMIC = Face(
    name="dynamic",
    host_process="pulumi.dynamic",
    MigrationHost=sdk.MigrationHost,
    MigrationNetwork=sdk.MigrationNetwork,
    KerberosDelegation=sdk.KerberosDelegation,
    MigrationPair=sdk.MigrationPair,
    MigrationMesh=sdk.MigrationMesh,
)
PLUGIN = Face(
    name="plugin",
    host_process="pulumi-resource-hyperv-migration",
    MigrationHost=partial(Generic, "MigrationHost"),
    MigrationNetwork=partial(Generic, "MigrationNetwork"),
    KerberosDelegation=partial(Generic, "KerberosDelegation"),
    MigrationPair=partial(GenericComponent, "MigrationPair"),
    MigrationMesh=partial(GenericComponent, "MigrationMesh"),
)
FACES = (DYNAMIC, PLUGIN)
