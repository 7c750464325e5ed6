"""One declaration per property: validation, comparison, documentation and the SDK classes all follow from it."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from types import MappingProxyType
from typing import Any

from hyperv_migration.model.errors import InvalidInput
from hyperv_migration.model.guide import Guide
from hyperv_migration.model.unknown import has_unknown

Inputs = Mapping[str, Any]
State = Mapping[str, Any]
NO_INPUTS: Inputs = MappingProxyType({})


class Kind(Enum):
    """The types a property can have in a Pulumi program."""

    STRING = "string"
    BOOLEAN = "boolean"
    INTEGER = "integer"
    STRINGS = "list of strings"
    MAP = "map"
    RECORDS = "list of records"
    """Of outputs only."""


class Role(Enum):
    """What an input is for."""

    IDENTITY = "identity"
    """Says which thing on which target; another value means another thing."""
    SETTING = "setting"
    """Is written to the target; unset is unmanaged."""
    OPTION = "option"
    """Governs how the provider works; changing it writes nothing to the target."""


def _same(value: Any) -> Any:
    return value


@dataclass(frozen=True, kw_only=True)
class Property:
    """An input or output of a resource, in the program's spelling (camelCase)."""

    name: str
    kind: Kind
    description: str
    role: Role = Role.SETTING
    required: bool = False
    default: Any = None
    values: Mapping[str, str] = field(default_factory=dict)
    """The values it may have, each with what it means."""
    minimum: int | None = None
    maximum: int | None = None
    not_empty: bool = False
    validate: Callable[[Any], object] | None = None
    """Raises InvalidInput for a value that cannot be."""
    canonical: Callable[[Any], Any] = _same
    """The form in which two spellings of one value are equal."""
    cmdlet: str = ""
    """The cmdlet and parameter an administrator would use."""
    maps_to: str = ""
    """The CIM property or LDAP attribute behind it."""
    ordering_only: bool = False
    """Orders resources and is verified, but a change of it alone is no difference."""
    record: Record | None = None
    """What a map holds."""
    enum: str = ""
    """The name of the type of `values`, for languages that have enumerations."""
    lasting: bool = False
    """An output that an update leaves as it is, so that a preview may show it."""
    always: bool = False
    """An output that every state has."""


@dataclass(frozen=True, kw_only=True)
class Record:
    """What a map holds: these fields, or a record of them for each key."""

    name: str
    description: str
    fields: tuple[Property, ...]
    keyed: bool = False


@dataclass(frozen=True, kw_only=True)
class Failure:
    """One reason why inputs are refused."""

    property_name: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class Declaration:
    """A resource: its name, what it is, and its properties."""

    name: str
    description: str
    inputs: tuple[Property, ...]
    outputs: tuple[Property, ...] = ()
    rights: str = ""
    teardown: str = ""
    guide: Guide = field(default_factory=Guide)
    cross_check: Callable[[Inputs], Sequence[Failure]] = field(default=lambda _inputs: ())
    """Rules between properties; called only with inputs that passed alone."""

    def input(self, name: str) -> Property:
        """Return the declaration of one input."""
        return next(item for item in self.inputs if item.name == name)

    @property
    def identities(self) -> tuple[Property, ...]:
        """The inputs that say which target is meant."""
        return tuple(item for item in self.inputs if item.role is Role.IDENTITY)

    @property
    def settings(self) -> tuple[Property, ...]:
        """The inputs that are written to the target."""
        return tuple(item for item in self.inputs if item.role is Role.SETTING)


def check(declaration: Declaration, news: Inputs, olds: Inputs = NO_INPUTS) -> tuple[dict[str, Any], list[Failure]]:
    """Validate a program's inputs and add the defaults; unknown values pass through untouched.

    Args:
        declaration: The resource.
        news: The program's inputs; where it ignores changes, the engine has put the old ones in their place.
        olds: The inputs before, as the last refresh found them: a list that somebody emptied comes back empty.

    Returns the inputs in the user's own spelling (comparison, not storage, is canonical) and every failure found.
    """
    given = {name: value for name, value in news.items() if value is not None and not name.startswith("__")}
    failures = [_unknown_input(declaration, name) for name in given if not _declared(declaration, name)]
    checked: dict[str, Any] = {}
    for prop in declaration.inputs:
        value = given.get(prop.name, prop.default)
        if value is None:
            if prop.required:
                failures.append(Failure(property_name=prop.name, reason=f"{prop.name} is required"))
            continue
        try:
            found_empty = prop.not_empty and value == [] == olds.get(prop.name)
            checked[prop.name] = value if found_empty or has_unknown(value) else validated(prop, value)
        except InvalidInput as error:
            failures.append(Failure(property_name=error.property_name or prop.name, reason=str(error)))
    if not failures:
        failures.extend(declaration.cross_check(checked))
    return checked, failures


def validated(prop: Property, value: Any) -> Any:
    """Return the value in its declared type, or raise InvalidInput saying what it must be."""
    typed = _typed(prop, value)
    if prop.values and prop.kind is Kind.STRING and typed not in prop.values:
        raise InvalidInput(f"{prop.name} must be one of {', '.join(prop.values)}, not {typed!r}")
    if prop.kind is Kind.INTEGER:
        _check_range(prop, typed)
    if prop.kind is Kind.STRINGS:
        _check_items(prop, typed)
    if prop.kind is Kind.STRING and not typed.strip():
        raise InvalidInput(f"{prop.name} must not be blank")
    if prop.validate is not None:
        prop.validate(typed)
    return typed


def _typed(prop: Property, value: Any) -> Any:
    match prop.kind:
        case Kind.BOOLEAN if isinstance(value, bool):
            return value
        case Kind.INTEGER if isinstance(value, int | float) and not isinstance(value, bool):
            # Numbers travel as doubles (pulumi-protocol.md §4): 2 arrives as 2.0, and 2.5 is no integer.
            if value != value or value in (float("inf"), float("-inf")) or int(value) != value:  # noqa: PLR0124 - NaN
                raise InvalidInput(f"{prop.name} must be a whole number, not {value}")
            return int(value)
        case Kind.STRING if isinstance(value, str):
            return value
        case Kind.STRINGS if isinstance(value, list | tuple):
            return [_text(f"{prop.name}[{index}]", item) for index, item in enumerate(value)]
        case Kind.MAP if isinstance(value, Mapping):
            return dict(value)
    article = "an" if prop.kind is Kind.INTEGER else "a"
    raise InvalidInput(f"{prop.name} must be {article} {prop.kind.value}, not {type(value).__name__}")


def _text(where: str, item: Any) -> str:
    if isinstance(item, str):
        return item
    told = "null" if item is None else type(item).__name__
    raise InvalidInput(f"{where} must be a string, not {told}", property_name=where)


def _check_range(prop: Property, value: int) -> None:
    if prop.minimum is not None and value < prop.minimum:
        raise InvalidInput(f"{prop.name} must be {prop.minimum} or more, not {value}")
    if prop.maximum is not None and value > prop.maximum:
        raise InvalidInput(f"{prop.name} must be {prop.maximum} or less, not {value}")


def _check_items(prop: Property, items: list[str]) -> None:
    if prop.not_empty and not items:
        raise InvalidInput(f"{prop.name} must name at least one")
    for index, item in enumerate(items):
        if not item.strip():
            raise InvalidInput(f"{prop.name}[{index}] must not be blank", property_name=f"{prop.name}[{index}]")
        if prop.values and item not in prop.values:
            allowed = ", ".join(prop.values)
            raise InvalidInput(f"{prop.name}[{index}] must be one of {allowed}, not {item!r}")


def _declared(declaration: Declaration, name: str) -> bool:
    return any(prop.name == name for prop in declaration.inputs)


def _unknown_input(declaration: Declaration, name: str) -> Failure:
    names = [prop.name for prop in declaration.inputs]
    close = difflib.get_close_matches(name, names, n=1)
    hint = f"; did you mean {close[0]}?" if close else f"; it has {', '.join(names)}"
    return Failure(property_name=name, reason=f"{declaration.name} has no input {name}{hint}")
