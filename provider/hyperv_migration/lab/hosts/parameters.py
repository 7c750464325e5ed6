"""The input of a method: read from the body as strictly as Windows reads it (hyperv-wsman.md §3.4)."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Mapping

from hyperv_migration.lab.hosts import faults, names
from hyperv_migration.lab.hosts.envelope import read_selectors
from hyperv_migration.lab.hosts.faults import Refused
from hyperv_migration.lab.hosts.names import split_tag
from hyperv_migration.lab.hosts.schema import Method, Parameter, Reference

_NIL = f"{{{names.SCHEMA_INSTANCE}}}nil"


def read(method: Method, body: ET.Element | None) -> Mapping[str, tuple[str | Reference, ...]]:
    """Read the parameters given; one that was left out or is nil is missing.

    The namespace of the wrapper is not looked at, because Windows took a wrong one (§3.4).

    Raises:
        Refused: The body does not match the method: another element, an unknown parameter, an element tree where text
            is due, or a reference wrapped in a:EndpointReference.
    """
    if body is None or split_tag(body.tag)[1] != f"{method.name}_INPUT":
        raise Refused(faults.SCHEMA)
    rows = {each.name: each for each in method.parameters if not each.out}
    given: dict[str, tuple[str | Reference, ...]] = {}
    for element in body:
        row = rows.get(split_tag(element.tag)[1])
        if row is None or (row.name in given and not row.array):
            raise Refused(faults.SCHEMA)
        if element.get(_NIL) not in ("true", "1"):
            given[row.name] = (*given.get(row.name, ()), _value(row, element))
    return given


def _value(row: Parameter, element: ET.Element) -> str | Reference:
    if row.type != "ref":
        if len(element):
            raise Refused(faults.SCHEMA)
        return element.text or ""
    if {each.tag for each in element} != {
        f"{{{names.ADDRESSING}}}Address",
        f"{{{names.ADDRESSING}}}ReferenceParameters",
    }:
        raise Refused(faults.SCHEMA)
    parameters = element.find(f"{{{names.ADDRESSING}}}ReferenceParameters")
    uri = None if parameters is None else parameters.find(f"{{{names.WSMAN}}}ResourceURI")
    selectors = None if parameters is None else parameters.find(f"{{{names.WSMAN}}}SelectorSet")
    text = "" if uri is None else (uri.text or "").strip()
    if not text.lower().startswith(names.WMI.lower()):
        raise Refused(faults.SCHEMA)
    namespace, _, class_name = text[len(names.WMI) :].rpartition("/")
    found = read_selectors(selectors)
    found.pop("__cimnamespace", None)
    return Reference(namespace, class_name, tuple(found.items()))
