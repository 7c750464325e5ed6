"""CIM classes as tables: the properties of each with type, key and the Windows build that brought them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

_FIRST_BUILD = 9200


@dataclass(frozen=True)
class Property:
    """One property of a class."""

    name: str
    type: str
    """A CIM type, or ``ref``."""
    array: bool = False
    key: bool = False
    since: int = _FIRST_BUILD


@dataclass(frozen=True)
class Parameter:
    """One parameter of a method."""

    name: str
    type: str
    array: bool = False
    out: bool = False


@dataclass(frozen=True)
class Method:
    """One method of a class; every one of them returns a uint32."""

    name: str
    parameters: tuple[Parameter, ...] = ()
    since: int = _FIRST_BUILD


@dataclass(frozen=True, kw_only=True)
class CimClass:
    """One class of a WMI namespace."""

    name: str
    namespace: str
    bases: tuple[str, ...] = ()
    properties: tuple[Property, ...]
    methods: Mapping[str, Method] = field(default_factory=dict)
    singleton: bool = False
    """Whether WMI calls the class a singleton, so that a Get needs no selectors."""

    @property
    def keys(self) -> tuple[Property, ...]:
        """The properties that tell instances apart."""
        return tuple(each for each in self.properties if each.key)

    def is_a(self, name: str) -> bool:
        """Say whether this is the class of that name or derived from it; WMI does not look at case."""
        return name.lower() in (self.name.lower(), *(base.lower() for base in self.bases))

    def property(self, name: str, build: int) -> Property | None:
        """Find a property that this build has, whatever the case of the name."""
        return next((each for each in self.of_build(build) if each.name.lower() == name.lower()), None)

    def of_build(self, build: int) -> tuple[Property, ...]:
        """Give the properties that a Windows build has, in the alphabetical order WinRM prints them in (§3.3)."""
        known = (each for each in self.properties if each.since <= build)
        return tuple(sorted(known, key=lambda each: each.name.lower()))


@dataclass(frozen=True)
class Reference:
    """A REF value: the endpoint reference of an instance."""

    namespace: str
    class_name: str
    selectors: tuple[tuple[str, str | Reference], ...]


@dataclass(frozen=True)
class Instance:
    """One instance; a property without a value is null."""

    cim_class: CimClass
    values: Mapping[str, object]

    def value(self, name: str) -> object:
        """Give a property's value; None is null."""
        return self.values.get(name)

    @property
    def reference(self) -> Reference:
        """The endpoint reference, with every key."""
        keys = ((key.name, self.value(key.name)) for key in self.cim_class.keys)
        selectors = tuple((name, value if isinstance(value, Reference) else str(value)) for name, value in keys)
        return Reference(self.cim_class.namespace, self.cim_class.name, selectors)


def properties(table: str) -> tuple[Property, ...]:
    """Read a table of properties: name, type (``[]`` for an array), then ``key`` and the build, where not the first."""
    rows = []
    for line in filter(None, map(str.strip, table.splitlines())):
        name, kind, *marks = line.split()
        since = next((int(mark) for mark in marks if mark.isdecimal()), _FIRST_BUILD)
        rows.append(Property(name, kind.removesuffix("[]"), kind.endswith("[]"), "key" in marks, since))
    return tuple(rows)


def methods(table: str) -> dict[str, Method]:
    """Read a table of methods: name, the build where not the first, then ``in|out:name:type`` for each parameter."""
    found = {}
    for line in filter(None, map(str.strip, table.splitlines())):
        name, *marks = line.split()
        since = next((int(mark) for mark in marks if mark.isdecimal()), _FIRST_BUILD)
        parameters = tuple(_parameter(mark) for mark in marks if ":" in mark)
        found[name] = Method(name, parameters, since)
    return found


def _parameter(mark: str) -> Parameter:
    direction, name, kind = mark.split(":")
    return Parameter(name, kind.removesuffix("[]"), kind.endswith("[]"), direction == "out")
