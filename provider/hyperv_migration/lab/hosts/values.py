"""How WinRM prints values: instances, references and method results (hyperv-wsman.md §3.3)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from xml.sax.saxutils import escape, quoteattr

from hyperv_migration.lab.hosts import names
from hyperv_migration.lab.hosts.schema import Instance, Property, Reference

_NIL = 'xsi:nil="true"'


def instance(shown: Instance, build: int) -> str:
    """Print an instance with the properties of a build: alphabetical, null scalars nil, null arrays left out."""
    cim_class = shown.cim_class
    rows = "".join(_property(each, shown.value(each.name)) for each in cim_class.of_build(build))
    return f"<{_opening(cim_class.namespace, cim_class.name, cim_class.name)}>{rows}</p:{cim_class.name}>"


def fragment(shown: Instance, columns: Sequence[Property]) -> str:
    """Print the columns of a projected query (§3.3)."""
    cim_class = shown.cim_class
    uri = names.resource_uri(cim_class.namespace, cim_class.name)
    rows = "".join(_property(each, shown.value(each.name)) for each in columns)
    return (
        f'<w:XmlFragment xmlns:p="{uri}" xmlns:xsi="{names.SCHEMA_INSTANCE}" xmlns:cim="{names.CIM_COMMON}">'
        f"{rows}</w:XmlFragment>"
    )


def output(namespace: str, class_name: str, method: str, values: Iterable[tuple[str, object]]) -> str:
    """Print a method's result; a null out parameter is absent, as in the recordings (E7)."""
    rows = "".join(_element(name, each) for name, value in values for each in _each(value))
    return f"<{_opening(namespace, class_name, f'{method}_OUTPUT')}>{rows}</p:{method}_OUTPUT>"


def endpoint_reference(reference: Reference) -> str:
    """Print a reference as an enumeration lists it."""
    return f"<a:EndpointReference>{_reference(reference)}</a:EndpointReference>"


def _opening(namespace: str, class_name: str, element: str) -> str:
    uri = names.resource_uri(namespace, class_name)
    return (
        f'p:{element} xmlns:p="{uri}" xmlns:xsi="{names.SCHEMA_INSTANCE}" xmlns:cim="{names.CIM_COMMON}" '
        f'xsi:type="p:{element}_Type"'
    )


def _property(row: Property, value: object) -> str:
    if row.array:
        return "".join(_element(row.name, each) for each in _each(value))
    return f"<p:{row.name} {_NIL}/>" if value is None else _element(row.name, value)


def _each(value: object) -> Sequence[object]:
    if value is None:
        return ()
    return value if isinstance(value, list | tuple) else (value,)


def _element(name: str, value: object) -> str:
    return f"<p:{name}>{_content(value)}</p:{name}>"


def _content(value: object) -> str:
    match value:
        case bool():
            return "true" if value else "false"
        case datetime():
            moment = value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")
            return f"<cim:Datetime>{moment}Z</cim:Datetime>"
        case timedelta():
            return f"<cim:Interval>{_interval(value)}</cim:Interval>"
        case Reference():
            return _reference(value)
        case _:
            return escape(str(value))


def _interval(value: timedelta) -> str:
    minutes, seconds = divmod(value.seconds, 60)
    hours, minutes = divmod(minutes, 60)
    fraction = f".{value.microseconds:06d}".rstrip("0") if value.microseconds else ""
    return f"P{value.days}DT{hours}H{minutes}M{seconds}{fraction}S"


def _reference(reference: Reference) -> str:
    # Directly inside the property: there is no a:EndpointReference around it (§3.3).
    uri = names.resource_uri(reference.namespace, reference.class_name)
    selectors = "".join(
        f"<w:Selector Name={quoteattr(name)}>"
        f"{endpoint_reference(value) if isinstance(value, Reference) else escape(value)}</w:Selector>"
        for name, value in reference.selectors
    )
    return (
        f"<a:Address>{names.ANONYMOUS}</a:Address><a:ReferenceParameters><w:ResourceURI>{uri}</w:ResourceURI>"
        f'<w:SelectorSet>{selectors}<w:Selector Name="__cimnamespace">{reference.namespace}</w:Selector>'
        "</w:SelectorSet></a:ReferenceParameters>"
    )
