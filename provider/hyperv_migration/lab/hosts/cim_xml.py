"""Embedded instances: CIM-XML INSTANCE documents as text (DSP0201; hyperv-wsman.md §3.4)."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from collections.abc import Mapping
from dataclasses import dataclass
from xml.sax.saxutils import escape, quoteattr

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

from hyperv_migration.lab.hosts.schema import CimClass, Instance, Property

_INTEGER = re.compile(r"([su])int(8|16|32|64)")

INVALID_PARAMETER = 32773
INCORRECT_TYPE = 32776


class Unacceptable(Exception):
    """The method answers with a return code, not with a fault (§3.6)."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(reason)
        self.code = code


@dataclass(frozen=True)
class Embedded:
    """One embedded instance; a property that was given without a value is None."""

    class_name: str
    values: Mapping[str, object]
    """By the names of the class."""


def read(text: str, cim_class: CimClass, build: int) -> Embedded:
    """Read an embedded instance of a class.

    Raises:
        Unacceptable: It is no INSTANCE, of another class, names a property the class lacks, or has a wrong type.
    """
    try:
        root = fromstring(text.strip(), forbid_dtd=True)
    except (ET.ParseError, DefusedXmlException, ValueError):
        raise Unacceptable(INVALID_PARAMETER, "no XML") from None
    if root.tag != "INSTANCE" or root.get("CLASSNAME", "").lower() != cim_class.name.lower():
        raise Unacceptable(INVALID_PARAMETER, f"no INSTANCE of {cim_class.name}")
    values: dict[str, object] = {}
    for element in root:
        if element.tag == "QUALIFIER":
            continue
        row = cim_class.property(element.get("NAME", ""), build)
        if element.tag not in ("PROPERTY", "PROPERTY.ARRAY") or row is None or row.name in values:
            raise Unacceptable(INVALID_PARAMETER, f"{element.tag} {element.get('NAME')} is unknown")
        if (element.tag == "PROPERTY.ARRAY") != row.array or element.get("TYPE", "").lower() != row.type:
            raise Unacceptable(INCORRECT_TYPE, f"{row.name} is no {element.get('TYPE')}")
        values[row.name] = _array(row, element) if row.array else _scalar(row, element.find("VALUE"))
    return Embedded(cim_class.name, values)


def write(instance: Instance, build: int) -> str:
    """Write an instance as a method hands it out; nulls are left out."""
    rows = []
    for row in instance.cim_class.of_build(build):
        value = instance.value(row.name)
        if value is None:
            continue
        head = f"NAME={quoteattr(row.name)} TYPE={quoteattr(row.type)}"
        if isinstance(value, list | tuple):
            items = "".join(f"<VALUE>{escape(_text(each))}</VALUE>" for each in value)
            rows.append(f"<PROPERTY.ARRAY {head}><VALUE.ARRAY>{items}</VALUE.ARRAY></PROPERTY.ARRAY>")
        else:
            rows.append(f"<PROPERTY {head}><VALUE>{escape(_text(value))}</VALUE></PROPERTY>")
    return f"<INSTANCE CLASSNAME={quoteattr(instance.cim_class.name)}>{''.join(rows)}</INSTANCE>"


def _array(row: Property, element: ET.Element) -> tuple[object, ...] | None:
    array = element.find("VALUE.ARRAY")
    return None if array is None else tuple(_scalar(row, each) for each in array)


def _scalar(row: Property, element: ET.Element | None) -> object:
    if element is None:
        return None
    if len(element):
        raise Unacceptable(INVALID_PARAMETER, f"{row.name} is a tree")
    text = element.text or ""
    if row.type == "boolean":
        if text.lower() not in ("true", "false"):
            raise Unacceptable(INCORRECT_TYPE, f"{row.name} is no boolean")
        return text.lower() == "true"
    kind = _INTEGER.fullmatch(row.type)
    if kind is None:
        return text
    try:
        number = int(text)
    except ValueError:
        raise Unacceptable(INCORRECT_TYPE, f"{row.name} is no {row.type}") from None
    bits = int(kind[2])
    low, high = (0, 2**bits) if kind[1] == "u" else (-(2 ** (bits - 1)), 2 ** (bits - 1))
    if not low <= number < high:
        raise Unacceptable(INCORRECT_TYPE, f"{row.name} is out of the range of {row.type}")
    return number


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
