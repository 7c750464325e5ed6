"""The Pulumi schema, built from the property declarations: what every other language's SDK is generated from."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from hyperv_migration import __version__
from hyperv_migration.faces.examples import with_example
from hyperv_migration.faces.functions import FUNCTIONS
from hyperv_migration.faces.home import Home, home
from hyperv_migration.model.components import MESH, OTHER_COMPONENT, PAIR, SETTINGS
from hyperv_migration.model.configuration import NAMESPACE, OPTIONS, Option, Shape
from hyperv_migration.model.declaration import Declaration, Kind, Property, Record, Role
from hyperv_migration.operations.resources import RESOURCES

MODULE = f"{NAMESPACE}:index"

_DESCRIPTION = "Hyper-V live migration between hosts outside a failover cluster."
_TEXT = {"type": "string"}
_UNMANAGED = "An input that is not declared is not managed: it is never written and never compared."
# The hand-written Python package of the dynamic face has the plain name.
PYTHON_PACKAGE = "pulumi_hyperv_migration_native"
_KEYWORDS = (
    "hyper-v",
    "live-migration",
    "kerberos",
    "active-directory",
    "windows",
    "kind/native",
    "category/infrastructure",
)
_DOWNLOADED = "Pulumi downloads it when a program asks for it.\n"
_FROM_A_CHECKOUT = (
    "Not in a registry yet: `pulumi package add` with the path of a checkout brings the plugin and writes this package\n"
    "into the program's folder.\n"
)
_TYPES: dict[Kind, dict[str, Any]] = {
    Kind.STRING: _TEXT,
    Kind.BOOLEAN: {"type": "boolean"},
    Kind.INTEGER: {"type": "integer"},
    Kind.STRINGS: {"type": "array", "items": _TEXT},
}


def token(name: str) -> str:
    """Return the type token of a resource or component."""
    return f"{MODULE}:{name}"


def dynamic_token(name: str) -> str:
    """Return the type of the same resource on the dynamic face."""
    return f"pulumi-python:dynamic/{NAMESPACE}:{name}"


def build_schema(at: Home | None = None) -> dict[str, Any]:
    """Return the schema of this version, for the project's home."""
    at = at or home()
    declarations = [resource.declaration for resource in RESOURCES.values()]
    logo = at.logo_url(__version__)
    return {
        "name": NAMESPACE,
        "displayName": "Hyper-V live migration",
        "version": __version__,
        "description": _DESCRIPTION,
        "keywords": ["pulumi", *_KEYWORDS],
        "homepage": at.repository,
        "license": "Apache-2.0",
        "repository": at.repository,
        **({"logoUrl": logo} if logo else {}),
        "pluginDownloadURL": at.plugin_download_url,
        "publisher": at.publisher,
        # supportPack: the Go SDK brings its own go.mod.
        "meta": {"moduleFormat": "(.*)", "supportPack": True},
        "language": _languages(at),
        "config": {"variables": {option.name: _option(option) for option in OPTIONS}},
        "provider": {
            "description": "How hosts and the directory are reached. Credentials from the environment win.",
            "inputProperties": {option.name: _option(option) for option in OPTIONS},
        },
        "types": _types((PAIR, MESH, *declarations, *(each.declaration for each in FUNCTIONS.values()))),
        "resources": {
            **{token(declaration.name): _resource(declaration) for declaration in declarations},
            **{token(component.name): _component(component) for component in (PAIR, MESH)},
        },
        "functions": {token(each.declaration.name): _function(each.declaration) for each in FUNCTIONS.values()},
    }


def _languages(at: Home) -> dict[str, Any]:
    return {
        "python": {
            "packageName": PYTHON_PACKAGE,
            "pyproject": {"enabled": True},
            "readme": _readme(PYTHON_PACKAGE, at),
            "respectSchemaVersion": True,
        },
        "nodejs": {
            "packageName": at.npm_package,
            "packageDescription": _DESCRIPTION,
            "readme": _readme(at.npm_package, at),
            "respectSchemaVersion": True,
        },
        "go": {"importBasePath": f"{at.go_module}/hypervmigration", "respectSchemaVersion": True},
        # Neither is below Pulumi.… or com.pulumi: these names are of Pulumi's own packages.
        "csharp": {"rootNamespace": "HyperV", "namespaces": {NAMESPACE: "Migration"}, "respectSchemaVersion": True},
        "java": {"basePackage": at.java_package},
    }


def _readme(package: str, at: Home) -> str:
    names = [*(resource.declaration.name for resource in RESOURCES.values()), PAIR.name, MESH.name]
    listed = ", ".join(f"`{name}`" for name in names[:-1]) + f" and `{names[-1]}`"
    return (
        f"# {package}\n\n{_DESCRIPTION}\n\n{listed}, as Pulumi resources.\n\n"
        f"{_functions()}"
        "The work is done by the plugin `pulumi-resource-hyperv-migration`, which needs Python 3.11 or newer where Pulumi runs.\n"
        f"{_DOWNLOADED if at.public else _FROM_A_CHECKOUT}"
    )


def _functions() -> str:
    lines = [f"`{each.declaration.name}`: {each.declaration.description}" for each in FUNCTIONS.values()]
    return "".join(f"{line}\n\n" for line in lines)


def _resource(declaration: Declaration) -> dict[str, Any]:
    outputs = {**_properties(declaration.inputs, as_input=False), **_properties(declaration.outputs, as_input=False)}
    required = [prop.name for prop in declaration.inputs if prop.required or prop.default is not None]
    required += [prop.name for prop in declaration.outputs if prop.always]
    return {
        "description": with_example(
            f"{declaration.description} {_UNMANAGED}\n\nRights: {declaration.rights}\n\nOn destroy: {declaration.teardown}",
            declaration.name,
        ),
        "inputProperties": _properties(declaration.inputs, as_input=True),
        "requiredInputs": [prop.name for prop in declaration.inputs if prop.required],
        "properties": outputs,
        "required": list(dict.fromkeys(required)),
        # A stack moves here from the dynamic face without a write and without user code.
        "aliases": [{"type": dynamic_token(declaration.name)}],
    }


def _function(declaration: Declaration) -> dict[str, Any]:
    return {
        "description": with_example(f"{declaration.description}\n\nRights: {declaration.rights}", declaration.name),
        "inputs": {
            "type": "object",
            "properties": {prop.name: _input(prop) for prop in declaration.inputs},
            "required": [prop.name for prop in declaration.inputs if prop.required],
        },
        "outputs": {
            "type": "object",
            "properties": _properties(declaration.outputs, as_input=False),
            "required": [prop.name for prop in declaration.outputs if prop.always],
        },
    }


def _component(declaration: Declaration) -> dict[str, Any]:
    return {
        "isComponent": True,
        "description": with_example(
            f"{declaration.description}\n\nRights: {declaration.rights}\n\nOn destroy: {declaration.teardown}",
            declaration.name,
        ),
        "inputProperties": {
            prop.name: _plain(_input(prop)) if prop.name not in SETTINGS else _input(prop)
            for prop in declaration.inputs
        },
        "requiredInputs": [prop.name for prop in declaration.inputs if prop.required],
        "properties": _properties(declaration.outputs, as_input=False),
        "required": [prop.name for prop in declaration.outputs],
        # Two hosts that become three touch nothing that stays.
        "aliases": [{"type": token(OTHER_COMPONENT[declaration.name])}],
    }


def _properties(properties: Iterable[Property], *, as_input: bool) -> dict[str, Any]:
    return {prop.name: _resource_input(prop) if as_input else _property(prop) for prop in properties}


def _property(prop: Property) -> dict[str, Any]:
    return {**_shape(prop), "description": _description(prop)}


def _input(prop: Property) -> dict[str, Any]:
    constant = isinstance(prop.default, bool | int | str)
    return {**_property(prop), **({"default": prop.default} if constant else {})}


def _resource_input(prop: Property) -> dict[str, Any]:
    return {**_input(prop), **({"willReplaceOnChanges": True} if prop.role is Role.IDENTITY else {})}


def _plain(described: Mapping[str, Any]) -> dict[str, Any]:
    """Return an input that takes no output of another resource."""
    items = {"items": {**described["items"], "plain": True}} if "items" in described else {}
    return {**described, **items, "plain": True}


def _shape(prop: Property) -> dict[str, Any]:
    if prop.enum:
        return _reference(prop.enum)
    if prop.record is None:
        return _TYPES[prop.kind]
    of_record = _reference(prop.record.name)
    if prop.kind is Kind.RECORDS:
        return {"type": "array", "items": of_record}
    return {"type": "object", "additionalProperties": of_record} if prop.record.keyed else of_record


def _reference(name: str) -> dict[str, Any]:
    return {"$ref": f"#/types/{token(name)}"}


def _description(prop: Property) -> str:
    """Say what it is; in a paragraph of its own, what an administrator knows it by."""
    about = [f"Default: {_quoted(prop.default)}."] if isinstance(prop.default, tuple) else []
    if prop.cmdlet:
        about.append(f"Cmdlet: {_quoted(prop.cmdlet.split(', '))}.")
    if prop.maps_to:
        about.append(f"On the target: {_quoted(prop.maps_to.split(', '))}.")
    return "\n\n".join([prop.description, *([" ".join(about)] if about else [])])


def _quoted(parts: Iterable[str]) -> str:
    return ", ".join(f"`{part}`" for part in parts)


def _types(declarations: Sequence[Declaration]) -> dict[str, Any]:
    # A resource says what a value means for itself, a component for all its hosts: the last one stands.
    types: dict[str, Any] = {}
    for prop in (prop for declaration in declarations for prop in (*declaration.inputs, *declaration.outputs)):
        if prop.enum:
            types[token(prop.enum)] = _enumeration(prop.description, prop.values)
        if prop.record:
            types[token(prop.record.name)] = _record(prop.record)
    return {**types, **dict(_option_types(OPTIONS))}


def _enumeration(description: str, values: Mapping[str, str]) -> dict[str, Any]:
    return {
        "type": "string",
        "description": description,
        "enum": [
            {"name": value[:1].upper() + value[1:], "value": value, "description": meaning}
            for value, meaning in values.items()
        ],
    }


def _record(record: Record) -> dict[str, Any]:
    return {
        "type": "object",
        "description": record.description,
        "properties": {prop.name: _property(prop) for prop in record.fields},
        "required": [prop.name for prop in record.fields if prop.always],
    }


def _option_types(options: Iterable[Option]) -> Iterator[tuple[str, dict[str, Any]]]:
    for option in options:
        yield from _option_types(option.section)
        if option.values:
            yield token(option.type_name), _enumeration(option.description, option.values)
        elif option.section:
            yield (
                token(option.type_name),
                {
                    "type": "object",
                    "description": option.description,
                    "properties": {inner.name: _nested_option(inner) for inner in option.section},
                },
            )


def _nested_option(option: Option) -> dict[str, Any]:
    return {**_option_shape(option), "description": option.description, **({"secret": True} if option.secret else {})}


def _option(option: Option) -> dict[str, Any]:
    """Return a key of the configuration; one that may hold a password is secret as a whole.

    No default is taken from the environment here: the SDKs would store what they find there, in clear, with the
    provider. The plugin looks there itself, whenever it signs in.
    """
    found = f" The environment variable {option.environment} wins." if option.environment else ""
    secret = {"secret": True} if _holds_secret(option) else {}
    return {**_option_shape(option), "description": option.description + found, **secret}


def _holds_secret(option: Option) -> bool:
    return option.secret or any(_holds_secret(inner) for inner in option.section)


def _option_shape(option: Option) -> dict[str, Any]:
    match option.shape:
        case Shape.TEXT:
            return _reference(option.type_name) if option.values else _TEXT
        case Shape.INTEGER:
            return {"type": "integer"}
        case Shape.TEXTS:
            return {"type": "array", "items": _TEXT}
        case Shape.TEXT_MAP:
            return {"type": "object", "additionalProperties": _TEXT}
        case Shape.SECTION:
            return _reference(option.type_name)
        case Shape.SECTIONS:
            return {"type": "object", "additionalProperties": _reference(option.type_name)}
