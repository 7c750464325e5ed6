"""The Pulumi schema, built from the property declarations: what every other language's SDK is generated from."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from hyperv_migration.model.components import MESH, PAIR, SETTINGS
from hyperv_migration.model.configuration import NAMESPACE, OPTIONS, Option, Shape
from hyperv_migration.model.declaration import Declaration, Kind, Property
from hyperv_migration.operations.resources import RESOURCES

MODULE = f"{NAMESPACE}:index"

_DESCRIPTION = "Hyper-V live migration between hosts outside a failover cluster."
_ANY = "pulumi.json#/Any"
_TYPES: dict[Kind, dict[str, Any]] = {
    Kind.STRING: {"type": "string"},
    Kind.BOOLEAN: {"type": "boolean"},
    Kind.INTEGER: {"type": "integer"},
    Kind.STRINGS: {"type": "array", "items": {"type": "string"}},
    Kind.MAP: {"type": "object", "additionalProperties": {"$ref": _ANY}},
}


def token(name: str) -> str:
    """Return the type token of a resource or component."""
    return f"{MODULE}:{name}"


def dynamic_token(name: str) -> str:
    """Return the type of the same resource on the dynamic face."""
    return f"pulumi-python:dynamic/{NAMESPACE}:{name}"


def build_schema(version: str | None = None) -> dict[str, Any]:
    """Return the schema; the committed one carries no version."""
    declarations = [resource.declaration for resource in RESOURCES.values()]
    schema: dict[str, Any] = {
        "name": NAMESPACE,
        "displayName": "Hyper-V live migration",
        "description": _DESCRIPTION,
        "keywords": ["pulumi", "category/infrastructure", "hyper-v", "live-migration", "kerberos", "active-directory"],
        "license": "Apache-2.0",
        "publisher": NAMESPACE,
        "meta": {"moduleFormat": "(.*)"},
        "language": _languages(),
        "config": {"variables": {option.name: _option(option) for option in OPTIONS}},
        "provider": {
            "description": "How hosts and the directory are reached. Credentials from the environment win.",
            "inputProperties": {option.name: _option(option) for option in OPTIONS},
        },
        "types": _enumerations(declarations),
        "resources": {
            **{token(declaration.name): _resource(declaration) for declaration in declarations},
            **{token(component.name): _component(component) for component in (PAIR, MESH)},
        },
    }
    if version is not None:
        schema["version"] = version
    return schema


def _languages() -> dict[str, Any]:
    return {
        # The hand-written Python package of the dynamic face has the plain name.
        "python": {
            "packageName": "pulumi_hyperv_migration_native",
            "pyproject": {"enabled": True},
            "respectSchemaVersion": True,
        },
        "nodejs": {
            "packageName": "pulumi-hyperv-migration",
            "packageDescription": _DESCRIPTION,
            "respectSchemaVersion": True,
        },
        "go": {"importBasePath": "pulumi-hyperv-migration/sdk/go/hypervmigration", "respectSchemaVersion": True},
        "csharp": {"rootNamespace": "Pulumi", "respectSchemaVersion": True},
    }


def _resource(declaration: Declaration) -> dict[str, Any]:
    outputs = {**_properties(declaration.inputs, as_input=False), **_properties(declaration.outputs, as_input=False)}
    required = [prop.name for prop in declaration.inputs if prop.required or prop.default is not None]
    required += [prop.name for prop in declaration.outputs if prop.always]
    return {
        "description": (
            f"{declaration.description}\n\nRights: {declaration.rights}\n\nOn destroy: {declaration.teardown}"
        ),
        "inputProperties": _properties(declaration.inputs, as_input=True),
        "requiredInputs": [prop.name for prop in declaration.inputs if prop.required],
        "properties": outputs,
        "required": list(dict.fromkeys(required)),
        # A stack moves here from the dynamic face without a write and without user code.
        "aliases": [{"type": dynamic_token(declaration.name)}],
    }


def _component(declaration: Declaration) -> dict[str, Any]:
    ids = {"type": "array", "items": {"type": "string"}}
    return {
        "isComponent": True,
        "description": declaration.description,
        "inputProperties": {
            prop.name: _property(prop, as_input=True, plain=prop.name not in SETTINGS) for prop in declaration.inputs
        },
        "requiredInputs": [prop.name for prop in declaration.inputs if prop.required],
        "properties": {prop.name: {**ids, "description": prop.description} for prop in declaration.outputs},
        "required": [prop.name for prop in declaration.outputs],
    }


def _properties(properties: Iterable[Property], *, as_input: bool) -> dict[str, Any]:
    return {prop.name: _property(prop, as_input=as_input) for prop in properties}


def _property(prop: Property, *, as_input: bool, plain: bool = False) -> dict[str, Any]:
    shape: dict[str, Any] = {"$ref": f"#/types/{token(prop.enum)}"} if prop.enum else dict(_TYPES[prop.kind])
    if plain:
        shape["plain"] = True
        if "items" in shape:
            shape["items"] = {**shape["items"], "plain": True}
    shape["description"] = _description(prop)
    if as_input and prop.role.value == "identity":
        shape["willReplaceOnChanges"] = True
    if as_input and isinstance(prop.default, bool | int | str):
        shape["default"] = prop.default
    return shape


def _description(prop: Property) -> str:
    parts = [prop.description]
    if prop.cmdlet:
        parts.append(f"Cmdlet: `{prop.cmdlet}`.")
    if prop.maps_to:
        parts.append(f"On the target: `{prop.maps_to}`.")
    return " ".join(parts)


def _enumerations(declarations: Sequence[Declaration]) -> dict[str, Any]:
    # A resource says what a value means for itself, a component for all its hosts: the last one stands.
    return {
        token(prop.enum): {
            "type": "string",
            "description": prop.description,
            "enum": [{"name": value, "value": value} for value in prop.values],
        }
        for declaration in (PAIR, MESH, *declarations)
        for prop in declaration.inputs
        if prop.enum
    }


def _option(option: Option) -> dict[str, Any]:
    described: dict[str, Any] = {**_option_type(option), "description": _option_description(option)}
    if option.secret:
        described["secret"] = True
    if option.environment:
        described["defaultInfo"] = {"environment": [option.environment]}
    return described


def _option_type(option: Option) -> dict[str, Any]:
    match option.shape:
        case Shape.TEXT:
            return {"type": "string"}
        case Shape.INTEGER:
            return {"type": "integer"}
        case Shape.TEXTS:
            return {"type": "array", "items": {"type": "string"}}
        case Shape.TEXT_MAP:
            return {"type": "object", "additionalProperties": {"type": "string"}}
        case Shape.SECTION | Shape.SECTIONS:
            return {"type": "object", "additionalProperties": {"$ref": _ANY}}


def _option_description(option: Option) -> str:
    """Say what a section may hold, since a stack's configuration reaches the provider as text anyway."""
    if not option.section:
        allowed = f" One of {', '.join(option.values)}." if option.values else ""
        return option.description + allowed
    keys = "; ".join(
        f"`{inner.name}`: {inner.description.rstrip('.')}" for inner in option.section if not inner.section
    )
    return f"{option.description} Keys: {keys}."
